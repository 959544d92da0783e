//! What a request of any of the APIs asks for.

use serde::Deserialize;
use serde_json::Value;

use super::error::ApiError;
use super::name::ModelName;

/// Most tools of a request.
const MOST_TOOLS: usize = 1_000;

/// A question to the model.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) model: ModelName,
    /// Whether the answer is a stream.
    pub(crate) streamed: bool,
    /// Whether a stream of chat completions ends with its usage.
    pub(crate) include_usage: bool,
    /// Most tokens of the answer, at least 1.
    pub(crate) most_tokens: Option<u32>,
    /// The texts of the conversation in their order: instructions, messages, results of tools. Their words are the
    /// prompt's tokens.
    pub(crate) texts: Vec<String>,
    /// Which of them is the last that a user wrote.
    pub(crate) question: Option<usize>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: ToolChoice,
    /// Whether the conversation ends with what a tool answered.
    pub(crate) after_tool: bool,
    /// What the text has to be, where it has to be JSON.
    pub(crate) schema: Option<Value>,
    /// The response that this one follows, where the API has such.
    pub(crate) previous: Option<String>,
}

/// A function that the model may call.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// JSON schema of its arguments.
    pub(crate) parameters: Value,
}

/// Whether the model is to call one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    /// As the model has it.
    Auto,
    /// None.
    Never,
    /// At least one.
    Some,
    /// This one.
    Named(String),
}

impl Ask {
    /// A question without tools or limits, to `model`.
    pub(super) fn new(model: &str, streamed: bool) -> Result<Self, ApiError> {
        Ok(Self {
            model: ModelName::read(model)?,
            streamed,
            include_usage: false,
            most_tokens: None,
            texts: Vec::new(),
            question: None,
            tools: Vec::new(),
            choice: ToolChoice::Auto,
            after_tool: false,
            schema: None,
            previous: None,
        })
    }

    /// Adds the texts of one message.
    pub(super) fn add(&mut self, is_user: bool, texts: Vec<String>) {
        let from = self.texts.len();
        self.texts.extend(texts);
        if is_user && self.texts.len() > from {
            self.question = Some(self.texts.len() - 1);
        }
    }

    /// Sets the most tokens that `field` asks for.
    pub(super) fn limit(&mut self, field: &'static str, most: Option<i64>) -> Result<(), ApiError> {
        self.most_tokens = match most {
            None => self.most_tokens,
            Some(most) if most >= 1 => Some(u32::try_from(most).unwrap_or(u32::MAX)),
            Some(most) => return Err(ApiError::invalid(field, format!("{field} is at least 1, not {most}"))),
        };
        Ok(())
    }

    /// Sets the tools, and which of them is to be called.
    pub(super) fn tools(&mut self, tools: Vec<Tool>, choice: ToolChoice) -> Result<(), ApiError> {
        if tools.len() > MOST_TOOLS {
            return Err(ApiError::invalid("tools", format!("at most {MOST_TOOLS} tools")));
        }
        if let ToolChoice::Named(name) = &choice
            && !tools.iter().any(|tool| tool.name == *name)
        {
            return Err(ApiError::invalid("tool_choice", format!("{name:?} is none of the tools")));
        }
        (self.tools, self.choice) = (tools, choice);
        Ok(())
    }

    /// The words of the prompt, which are its tokens.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().flat_map(|text| text.split_whitespace())
    }

    /// The last text that a user wrote.
    pub(crate) fn question(&self) -> Option<&str> {
        self.question.map(|at| self.texts[at].as_str())
    }
}

/// Text, or parts of which some are text.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    #[default]
    None,
    Text(String),
    Parts(Vec<ContentPart>),
}

/// A part of a message; what is not known of it is left alone.
#[derive(Debug, Deserialize)]
pub(super) struct ContentPart {
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    text: Option<String>,
    /// What a tool answered.
    #[serde(default)]
    content: Option<Box<Content>>,
}

impl Content {
    /// Its texts.
    pub(super) fn texts(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::Text(text) => vec![text],
            Self::Parts(parts) => parts
                .into_iter()
                .flat_map(|part| {
                    let inner = part.content.map_or_else(Vec::new, |content| content.texts());
                    part.text.into_iter().chain(inner)
                })
                .collect(),
        }
    }

    /// Whether it holds what a tool answered.
    pub(super) fn is_tool_result(&self) -> bool {
        matches!(self, Self::Parts(parts) if parts.iter().any(|part| part.kind == "tool_result"))
    }
}
