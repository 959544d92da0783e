//! How a service writes its stream: which event is text, which one its end, which one a failure.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::list::List;

/// Which events match. Every part that is given must hold, and one must be given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a matcher such as { event = \"done\" } or { field = \"type\", equals = \"done\" }"
)]
pub struct Matcher {
    /// The event's name (`event:` line).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The whole data, as `[DONE]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Path of a JSON field, parts separated by dots, that must say something: not `null`, `false` or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What that field must be instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Scalar>,
    /// Whether the data must be JSON, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<bool>,
}

impl Matcher {
    fn field(field: &str, equals: &str) -> Matcher {
        let equals = Some(Scalar(equals.to_owned()));
        Matcher { field: Some(field.to_owned()), equals, ..Matcher::default() }
    }
}

/// A text, number, `true` or `false` of JSON, by how it is written: `true` is the text "true" too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true or false")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }
}

/// What ends a complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terminal {
    /// The end of the body, if HTTP sees it as whole.
    Body,
    /// An event.
    Event(List<Matcher>),
}

/// The word for [`Terminal::Body`].
const BODY: &str = "body";

impl Serialize for Terminal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Terminal::Body => to.serialize_str(BODY),
            Terminal::Event(matchers) => matchers.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Terminal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        /// A matcher, or the word.
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "\"body\", a matcher such as { event = \"done\" }, or a list of matchers"
        )]
        enum Written {
            Word(String),
            Event(List<Matcher>),
        }
        match Written::deserialize(from)? {
            Written::Word(word) if word == BODY => Ok(Terminal::Body),
            Written::Word(word) => {
                let hint = "write \"body\", a matcher such as { event = \"done\" }, or a list of matchers";
                Err(D::Error::custom(format!("`{word}` ends no stream; {hint}")))
            }
            Written::Event(matchers) => Ok(Terminal::Event(matchers)),
        }
    }
}

/// How the body is divided into events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// Server-sent events.
    #[default]
    Sse,
    /// Each line is the data of an event.
    Ndjson,
    /// Lines `name:data`, as the AI SDK wrote them before its version 5.
    AiSdkV4,
    /// No events: every piece of the body that comes is text.
    Text,
}

/// What to make of a stream that ends with its terminal event and gave nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmptyAnswer {
    /// A failure: silence is not success.
    #[default]
    Fails,
    /// A complete answer.
    Ok,
}

/// Largest event by default, bytes: room for a tool's result or an echoed state.
const MAX_EVENT: u32 = 4 << 20;

/// How to read the events of a stream. One event may be several things at once: text, a count of tokens and
/// the end.
///
/// Where a list of fields is given, the first that is there counts. Text may stand in a string or in parts,
/// `[{"type":"text","text":"…"}]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamDialect {
    /// How the body is divided into events.
    pub framing: Framing,
    /// Longer events fail as `oversize_event`, bytes.
    pub max_event: u32,
    /// Which events carry visible text; empty: all.
    pub text: List<Matcher>,
    /// Paths of the text in such an event, parts separated by dots; empty: the whole data.
    pub text_field: List<String>,
    /// Which events carry thoughts; empty: all.
    pub reasoning: List<Matcher>,
    /// Paths of the thoughts; empty: the whole data of the events named, or none.
    pub reasoning_field: List<String>,
    /// Which events carry a part of a tool's call; empty: all.
    pub tool: List<Matcher>,
    /// Paths of such a part; empty: the whole data of the events named, or none.
    pub tool_field: List<String>,
    /// What ends a complete answer.
    pub terminal: Terminal,
    /// Paths of the count of output tokens, in whichever event; the last one counts. Empty: events are counted.
    pub usage_field: List<String>,
    /// Likewise of the prompt's tokens.
    pub prompt_tokens_field: List<String>,
    /// Likewise of those of them that came from a cache.
    pub cached_tokens_field: List<String>,
    /// Likewise of the output's tokens that are thoughts.
    pub reasoning_tokens_field: List<String>,
    /// Whether the output tokens include those of thoughts.
    pub usage_has_reasoning: bool,
    /// Whether each count is of a part of the answer, so that they add up; else the last one is of all.
    pub usage_adds_up: bool,
    /// Paths of the reason why the answer ended.
    pub finish_field: List<String>,
    /// Which event reports a failure.
    pub error: List<Matcher>,
    /// Paths of the failure's text; where they lead nowhere it is looked for where services put it.
    pub error_field: List<String>,
    /// What a complete stream without text, thoughts and tool calls is: `fails` or `ok`.
    pub empty_answer: EmptyAnswer,
}

impl Default for StreamDialect {
    fn default() -> Self {
        Self {
            framing: Framing::Sse,
            max_event: MAX_EVENT,
            text: Matcher::field("type", "token").into(),
            text_field: List::path("content"),
            reasoning: List::default(),
            reasoning_field: List::default(),
            tool: List::default(),
            tool_field: List::default(),
            terminal: Terminal::Event(Matcher::field("type", "done").into()),
            usage_field: List::path("usage.completion_tokens"),
            prompt_tokens_field: List::path("usage.prompt_tokens"),
            cached_tokens_field: List::path("usage.cached_tokens"),
            reasoning_tokens_field: List::default(),
            usage_has_reasoning: true,
            usage_adds_up: false,
            finish_field: List::path("finish_reason"),
            error: Matcher::field("type", "error").into(),
            error_field: List::path("message"),
            empty_answer: EmptyAnswer::Fails,
        }
    }
}
