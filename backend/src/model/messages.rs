//! Anthropic's messages.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ModelApi;
use super::answer::{Answer, Finish, Part, PartKind};
use super::ask::{Ask, Content, Tool, ToolChoice};
use super::dialect::Dialect;
use super::error::{ApiError, ErrorShape};
use super::sse::EventText;

/// `POST /v1/messages`.
#[derive(Debug)]
pub(crate) struct Messages;

/// What stands for the signature of a thought.
const SIGNATURE: &str = "c2FuZGJveA==";

#[derive(Debug, Deserialize)]
struct Request {
    model: String,
    max_tokens: i64,
    messages: Vec<Message>,
    #[serde(default)]
    system: Content,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    tools: Option<Vec<Value>>,
    #[serde(default)]
    tool_choice: Value,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    content: Content,
}

impl ModelApi for Messages {
    fn read(body: &[u8]) -> Result<Ask, ApiError> {
        let request: Request = serde_json::from_slice(body).map_err(|error| ApiError::unreadable(&error))?;
        let Some(last) = request.messages.last() else {
            return Err(ApiError::invalid("messages", "messages has at least one message"));
        };
        let mut ask = Ask::new(&request.model, request.stream == Some(true))?;
        ask.limit("max_tokens", Some(request.max_tokens))?;
        ask.after_tool = last.content.is_tool_result();
        ask.add(false, request.system.texts());
        for message in request.messages {
            let is_user = message.role == "user" && !message.content.is_tool_result();
            ask.add(is_user, message.content.texts());
        }
        let tool = |tool: &Value| {
            let name = tool["name"].as_str()?.to_owned();
            Some(Tool { name, parameters: tool["input_schema"].clone() })
        };
        let choice = match (request.tool_choice["type"].as_str(), request.tool_choice["name"].as_str()) {
            (Some("none"), _) => ToolChoice::Never,
            (Some("any"), _) => ToolChoice::Some,
            (Some("tool"), Some(name)) => ToolChoice::Named(name.to_owned()),
            _ => ToolChoice::Auto,
        };
        ask.tools(request.tools.unwrap_or_default().iter().filter_map(tool).collect(), choice)?;
        Ok(ask)
    }

    fn dialect(_ask: &Ask) -> Box<dyn Dialect> {
        Box::new(MessageEvents)
    }
}

struct MessageEvents;

impl Answer {
    fn stop_reason(&self) -> &'static str {
        match self.finish {
            Finish::Stop => "end_turn",
            Finish::Length => "max_tokens",
            Finish::ToolCalls => "tool_use",
        }
    }

    /// The whole message, or the one that a stream begins with.
    fn message(&self, content: &[Value], stop: Option<&str>, tokens: u32) -> Value {
        // Those from a cache are not among the input's.
        let (cached, fresh) = (self.prompt.cached, self.prompt.prompt - self.prompt.cached);
        json!({
            "id": format!("msg_{}", self.stem), "type": "message", "role": "assistant", "model": &*self.model,
            "content": content, "stop_reason": stop, "stop_sequence": null,
            "usage": {"input_tokens": fresh, "cache_creation_input_tokens": 0, "cache_read_input_tokens": cached,
                "output_tokens": tokens},
        })
    }

    /// A block of the content; with no text while it is being written.
    fn block(&self, part: &Part, text: Option<&str>) -> Value {
        let written = text.unwrap_or_default();
        match &part.kind {
            PartKind::Reasoning => {
                let signature = text.map_or("", |_| SIGNATURE);
                json!({"type": "thinking", "thinking": written, "signature": signature})
            }
            PartKind::Text(_) => json!({"type": "text", "text": written}),
            PartKind::Call(call) => {
                // Cut short by `max_tokens` it is no JSON.
                let input: Value = serde_json::from_str(written).unwrap_or_else(|_| json!({}));
                let id = self.call_id(call).replacen("call", "toolu", 1);
                json!({"type": "tool_use", "id": id, "name": call.name, "input": input})
            }
        }
    }
}

impl Dialect for MessageEvents {
    fn begin(&mut self, answer: &Answer, out: &mut EventText) {
        let message = answer.message(&[], None, 0);
        out.named("message_start", json!({"type": "message_start", "message": message}));
    }

    fn open(&mut self, answer: &Answer, part: &Part, out: &mut EventText) {
        let block = answer.block(part, None);
        let data = json!({"type": "content_block_start", "index": part.index, "content_block": block});
        out.named("content_block_start", data);
    }

    fn token(&mut self, _answer: &Answer, part: &Part, token: &str, out: &mut EventText) {
        let (kind, field) = match part.kind {
            PartKind::Reasoning => ("thinking_delta", "thinking"),
            PartKind::Text(_) => ("text_delta", "text"),
            PartKind::Call(_) => ("input_json_delta", "partial_json"),
        };
        let (index, token) = (part.index, json!(token));
        let delta = format!("{{\"type\":\"{kind}\",\"{field}\":{token}}}");
        let data = format!("{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{delta}}}");
        out.named("content_block_delta", data);
    }

    fn close(&mut self, _answer: &Answer, part: &Part, out: &mut EventText) {
        if matches!(part.kind, PartKind::Reasoning) {
            let delta = json!({"type": "signature_delta", "signature": SIGNATURE});
            let data = json!({"type": "content_block_delta", "index": part.index, "delta": delta});
            out.named("content_block_delta", data);
        }
        out.named("content_block_stop", json!({"type": "content_block_stop", "index": part.index}));
    }

    fn end(&mut self, answer: &Answer, out: &mut EventText) {
        let delta = json!({"stop_reason": answer.stop_reason(), "stop_sequence": null});
        let usage = json!({"output_tokens": answer.tokens()});
        out.named("message_delta", json!({"type": "message_delta", "delta": delta, "usage": usage}));
        out.named("message_stop", json!({"type": "message_stop"}));
    }

    fn error(&mut self, _answer: &Answer, message: &str, out: &mut EventText) {
        let error = json!({"type": "api_error", "message": message});
        out.named("error", json!({"type": "error", "error": error}));
    }

    fn ping(&self, out: &mut EventText) {
        out.named("ping", json!({"type": "ping"}));
    }

    fn whole(&self, answer: &Answer) -> Value {
        let content: Vec<Value> =
            answer.parts.iter().map(|part| answer.block(part, Some(&part.text()))).collect();
        answer.message(&content, Some(answer.stop_reason()), answer.tokens())
    }

    fn errors(&self) -> ErrorShape {
        ErrorShape::Anthropic
    }
}
