//! OpenAI's chat completions.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ModelApi;
use super::answer::{Answer, Call, Finish, Part, PartKind};
use super::ask::{Ask, Content, Tool, ToolChoice};
use super::dialect::Dialect;
use super::error::{ApiError, ErrorShape};
use super::sse::EventText;

/// `POST /v1/chat/completions`.
#[derive(Debug)]
pub(crate) struct ChatCompletions;

#[derive(Debug, Deserialize)]
struct Request {
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    max_tokens: Option<i64>,
    #[serde(default)]
    max_completion_tokens: Option<i64>,
    #[serde(default)]
    n: Option<i64>,
    #[serde(default)]
    tools: Option<Vec<Value>>,
    #[serde(default)]
    tool_choice: Value,
    #[serde(default)]
    response_format: Value,
}

#[derive(Debug, Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Content,
}

impl ModelApi for ChatCompletions {
    fn read(body: &[u8]) -> Result<Ask, ApiError> {
        let request: Request = serde_json::from_slice(body).map_err(|error| ApiError::unreadable(&error))?;
        if request.messages.is_empty() {
            return Err(ApiError::invalid("messages", "messages has at least one message"));
        }
        if request.n.is_some_and(|n| n != 1) {
            return Err(ApiError::invalid("n", "n is 1: this model gives one answer"));
        }
        let mut ask = Ask::new(&request.model, request.stream == Some(true))?;
        ask.include_usage = request.stream_options.is_some_and(|options| options.include_usage == Some(true));
        ask.limit("max_tokens", request.max_tokens)?;
        ask.limit("max_completion_tokens", request.max_completion_tokens)?;
        ask.after_tool = request
            .messages
            .last()
            .is_some_and(|message| matches!(message.role.as_str(), "tool" | "function"));
        for message in request.messages {
            ask.add(message.role == "user", message.content.texts());
        }
        let tools = request.tools.unwrap_or_default();
        let tools = tools.iter().filter_map(|tool| openai_tool(&tool["function"])).collect();
        ask.tools(tools, openai_choice(&request.tool_choice, &request.tool_choice["function"]))?;
        ask.schema = json_wanted(&request.response_format, &request.response_format["json_schema"]);
        Ok(ask)
    }

    fn dialect(ask: &Ask) -> Box<dyn Dialect> {
        Box::new(CompletionEvents { include_usage: ask.include_usage, frame: (String::new(), String::new()) })
    }
}

/// A function of OpenAI's APIs.
pub(super) fn openai_tool(function: &Value) -> Option<Tool> {
    let name = function["name"].as_str()?.to_owned();
    Some(Tool { name, parameters: function["parameters"].clone() })
}

/// `tool_choice` of OpenAI's APIs; `named` is where it names a function.
pub(super) fn openai_choice(choice: &Value, named: &Value) -> ToolChoice {
    match (choice.as_str(), named["name"].as_str()) {
        (Some("none"), _) => ToolChoice::Never,
        (Some("required"), _) => ToolChoice::Some,
        (None, Some(name)) => ToolChoice::Named(name.to_owned()),
        _ => ToolChoice::Auto,
    }
}

/// The schema that a text has to satisfy; `described` is where the format has it.
pub(super) fn json_wanted(format: &Value, described: &Value) -> Option<Value> {
    match format["type"].as_str() {
        Some("json_schema") => Some(described["schema"].clone()),
        Some("json_object") => Some(json!({"type": "object", "properties": {"answer": {"type": "string"}}})),
        _ => None,
    }
}

struct CompletionEvents {
    include_usage: bool,
    /// What stands before and after the delta of each chunk.
    frame: (String, String),
}

impl Answer {
    fn completion_id(&self) -> String {
        format!("chatcmpl-{}", self.stem)
    }

    fn finish_reason(&self) -> &'static str {
        match self.finish {
            Finish::Stop => "stop",
            Finish::Length => "length",
            Finish::ToolCalls => "tool_calls",
        }
    }

    /// The id of a call.
    pub(super) fn call_id(&self, call: &Call) -> String {
        format!("call_{}_{}", self.stem, call.number)
    }

    fn completion_usage(&self) -> Value {
        let (prompt, completion) = (self.prompt.prompt, self.tokens());
        json!({
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": self.prompt.cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning(), "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
        })
    }
}

impl CompletionEvents {
    fn chunk(&self, delta: &str, finish: Option<&str>, out: &mut EventText) {
        let (before, after) = &self.frame;
        let finish = finish.map_or("null".to_owned(), |finish| format!("\"{finish}\""));
        out.data(format_args!("{before}{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]{after}"));
    }
}

impl Dialect for CompletionEvents {
    fn begin(&mut self, answer: &Answer, out: &mut EventText) {
        let (id, created, model) = (answer.completion_id(), answer.created, json!(&*answer.model));
        let head = format!(
            "{{\"id\":\"{id}\",\"object\":\"chat.completion.chunk\",\"created\":{created},\"model\":{model},"
        );
        let usage = if self.include_usage { ",\"usage\":null}" } else { "}" };
        self.frame = (format!("{head}\"choices\":[{{\"index\":0,\"delta\":"), usage.to_owned());
        let content = if answer.text().is_some() { "\"\"" } else { "null" };
        self.chunk(&format!("{{\"role\":\"assistant\",\"content\":{content}}}"), None, out);
    }

    fn open(&mut self, answer: &Answer, part: &Part, out: &mut EventText) {
        if let PartKind::Call(call) = &part.kind {
            let function = json!({"name": call.name, "arguments": ""});
            let call = json!({"index": call.number, "id": answer.call_id(call), "type": "function",
                "function": function});
            self.chunk(&json!({ "tool_calls": [call] }).to_string(), None, out);
        }
    }

    fn token(&mut self, _answer: &Answer, part: &Part, token: &str, out: &mut EventText) {
        let token = json!(token);
        let delta = match &part.kind {
            PartKind::Text(_) => format!("{{\"content\":{token}}}"),
            PartKind::Reasoning => format!("{{\"reasoning_content\":{token}}}"),
            PartKind::Call(Call { number, .. }) => {
                format!("{{\"tool_calls\":[{{\"index\":{number},\"function\":{{\"arguments\":{token}}}}}]}}")
            }
        };
        self.chunk(&delta, None, out);
    }

    fn close(&mut self, _answer: &Answer, _part: &Part, _out: &mut EventText) {}

    fn end(&mut self, answer: &Answer, out: &mut EventText) {
        self.chunk("{}", Some(answer.finish_reason()), out);
        if self.include_usage {
            out.data(json!({
                "id": answer.completion_id(), "object": "chat.completion.chunk", "created": answer.created,
                "model": &*answer.model, "choices": [], "usage": answer.completion_usage(),
            }));
        }
        out.data("[DONE]");
    }

    fn error(&mut self, _answer: &Answer, message: &str, out: &mut EventText) {
        out.data(json!({"error": {"message": message, "type": "server_error", "param": null, "code": null}}));
    }

    fn ping(&self, out: &mut EventText) {
        out.comment("ping");
    }

    fn whole(&self, answer: &Answer) -> Value {
        let mut message = json!({"role": "assistant", "content": answer.text(), "refusal": null});
        let mut calls = Vec::new();
        for part in &answer.parts {
            match &part.kind {
                PartKind::Reasoning => message["reasoning_content"] = json!(part.text()),
                PartKind::Call(call) => calls.push(json!({"id": answer.call_id(call), "type": "function",
                    "function": {"name": call.name, "arguments": part.text()}})),
                PartKind::Text(_) => {}
            }
        }
        if !calls.is_empty() {
            message["tool_calls"] = json!(calls);
        }
        json!({
            "id": answer.completion_id(), "object": "chat.completion", "created": answer.created,
            "model": &*answer.model,
            "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": answer.finish_reason()}],
            "usage": answer.completion_usage(),
        })
    }

    fn errors(&self) -> ErrorShape {
        ErrorShape::OpenAi
    }
}
