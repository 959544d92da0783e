//! OpenAI's responses.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ModelApi;
use super::answer::{Answer, Finish, Part, PartKind};
use super::ask::{Ask, Content};
use super::completions::{json_wanted, openai_choice, openai_tool};
use super::dialect::Dialect;
use super::error::{ApiError, ErrorShape};
use super::sse::EventText;

/// `POST /v1/responses`.
#[derive(Debug)]
pub(crate) struct Responses;

#[derive(Debug, Deserialize)]
struct Request {
    model: String,
    input: Input,
    #[serde(default)]
    instructions: Option<String>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    max_output_tokens: Option<i64>,
    #[serde(default)]
    tools: Option<Vec<Value>>,
    #[serde(default)]
    tool_choice: Value,
    #[serde(default)]
    text: Value,
    #[serde(default)]
    previous_response_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Items(Vec<Item>),
}

#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    content: Content,
    /// Of what a function answered.
    #[serde(default)]
    output: Content,
}

impl ModelApi for Responses {
    fn read(body: &[u8]) -> Result<Ask, ApiError> {
        let request: Request = serde_json::from_slice(body).map_err(|error| ApiError::unreadable(&error))?;
        let mut ask = Ask::new(&request.model, request.stream == Some(true))?;
        ask.limit("max_output_tokens", request.max_output_tokens)?;
        ask.add(false, request.instructions.into_iter().collect());
        match request.input {
            Input::Text(text) => ask.add(true, vec![text]),
            Input::Items(items) => {
                ask.after_tool = items.last().is_some_and(|item| item.kind == "function_call_output");
                for item in items {
                    ask.add(item.role == "user", item.content.texts());
                    ask.add(false, item.output.texts());
                }
            }
        }
        let tools = request.tools.unwrap_or_default();
        ask.tools(
            tools.iter().filter_map(openai_tool).collect(),
            openai_choice(&request.tool_choice, &request.tool_choice),
        )?;
        ask.schema = json_wanted(&request.text["format"], &request.text["format"]);
        ask.previous = request.previous_response_id;
        Ok(ask)
    }

    fn dialect(ask: &Ask) -> Box<dyn Dialect> {
        let echo = json!({"previous_response_id": ask.previous, "max_output_tokens": ask.most_tokens});
        Box::new(ResponseEvents { echo, sequence: 0, place: String::new() })
    }
}

struct ResponseEvents {
    /// What of the request the response repeats.
    echo: Value,
    /// Number of the next event.
    sequence: u64,
    /// Where the tokens of the present part belong, as fields of their events.
    place: String,
}

/// Whether an item is still written, or how it ended.
fn status(answer: &Answer, part: &Part) -> &'static str {
    let is_last = part.index + 1 == answer.parts.len();
    if is_last && answer.finish == Finish::Length { "incomplete" } else { "completed" }
}

impl Answer {
    fn item_id(&self, part: &Part) -> String {
        let kind = match part.kind {
            PartKind::Reasoning => "rs",
            PartKind::Text(_) => "msg",
            PartKind::Call(_) => "fc",
        };
        format!("{kind}_{}_{}", self.stem, part.index)
    }

    /// One item of the output; with no text while it is being written.
    fn item(&self, part: &Part, text: Option<&str>) -> Value {
        let (id, status) = (self.item_id(part), text.map_or("in_progress", |_| status(self, part)));
        match &part.kind {
            PartKind::Reasoning => {
                let summary: Vec<Value> =
                    text.map(|text| json!({"type": "summary_text", "text": text})).into_iter().collect();
                json!({"id": id, "type": "reasoning", "summary": summary, "status": status})
            }
            PartKind::Text(_) => {
                let content: Vec<Value> = text.map(output_text).into_iter().collect();
                json!({"id": id, "type": "message", "role": "assistant", "status": status, "content": content})
            }
            PartKind::Call(call) => json!({"id": id, "type": "function_call", "status": status,
                "call_id": self.call_id(call), "name": call.name, "arguments": text.unwrap_or_default()}),
        }
    }

    fn response(&self, status: &str, echo: &Value) -> Value {
        let is_over = status != "in_progress" && status != "failed";
        let output: Vec<Value> = match is_over {
            true => self.parts.iter().map(|part| self.item(part, Some(&part.text()))).collect(),
            false => Vec::new(),
        };
        let (input, written) = (self.prompt.prompt, self.tokens());
        let usage = is_over.then(|| {
            json!({"input_tokens": input, "input_tokens_details": {"cached_tokens": self.prompt.cached},
                "output_tokens": written, "output_tokens_details": {"reasoning_tokens": self.reasoning()},
                "total_tokens": input + written})
        });
        let incomplete = (status == "incomplete").then(|| json!({"reason": "max_output_tokens"}));
        json!({
            "id": format!("resp_{}", self.stem), "object": "response", "created_at": self.created,
            "status": status, "error": null, "incomplete_details": incomplete, "instructions": null,
            "max_output_tokens": echo["max_output_tokens"], "model": &*self.model, "output": output,
            "parallel_tool_calls": true, "previous_response_id": echo["previous_response_id"],
            "reasoning": {"effort": null, "summary": null}, "store": false, "temperature": 1.0,
            "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0,
            "truncation": "disabled", "usage": usage, "metadata": {},
        })
    }

    fn response_status(&self) -> &'static str {
        if self.finish == Finish::Length { "incomplete" } else { "completed" }
    }
}

fn output_text(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

impl ResponseEvents {
    fn event(&mut self, kind: &str, mut data: Value, out: &mut EventText) {
        data["type"] = json!(kind);
        data["sequence_number"] = json!(self.sequence);
        self.sequence += 1;
        out.named(kind, data);
    }

    /// An event about the present part, with fields of its own.
    fn of_part(&mut self, kind: &str, answer: &Answer, part: &Part, fields: Value, out: &mut EventText) {
        let mut data = json!({"item_id": answer.item_id(part), "output_index": part.index});
        match part.kind {
            PartKind::Reasoning => data["summary_index"] = json!(0),
            PartKind::Text(_) => data["content_index"] = json!(0),
            PartKind::Call(_) => {}
        }
        if let (Value::Object(data), Value::Object(fields)) = (&mut data, fields) {
            data.extend(fields);
        }
        self.event(kind, data, out);
    }
}

fn delta_kind(kind: &PartKind) -> &'static str {
    match kind {
        PartKind::Reasoning => "response.reasoning_summary_text.delta",
        PartKind::Text(_) => "response.output_text.delta",
        PartKind::Call(_) => "response.function_call_arguments.delta",
    }
}

impl Dialect for ResponseEvents {
    fn begin(&mut self, answer: &Answer, out: &mut EventText) {
        for kind in ["response.created", "response.in_progress"] {
            let response = answer.response("in_progress", &self.echo);
            self.event(kind, json!({ "response": response }), out);
        }
    }

    fn open(&mut self, answer: &Answer, part: &Part, out: &mut EventText) {
        let item = answer.item(part, None);
        self.event("response.output_item.added", json!({"output_index": part.index, "item": item}), out);
        let index = match part.kind {
            PartKind::Reasoning => {
                let fields = json!({"part": {"type": "summary_text", "text": ""}});
                self.of_part("response.reasoning_summary_part.added", answer, part, fields, out);
                ",\"summary_index\":0"
            }
            PartKind::Text(_) => {
                let fields = json!({"part": output_text("")});
                self.of_part("response.content_part.added", answer, part, fields, out);
                ",\"content_index\":0,\"logprobs\":[]"
            }
            PartKind::Call(_) => "",
        };
        let (kind, id, at) = (delta_kind(&part.kind), answer.item_id(part), part.index);
        self.place = format!("{{\"type\":\"{kind}\",\"item_id\":\"{id}\",\"output_index\":{at}{index}");
    }

    fn token(&mut self, _answer: &Answer, part: &Part, token: &str, out: &mut EventText) {
        let (place, sequence, token) = (&self.place, self.sequence, json!(token));
        let data = format!("{place},\"sequence_number\":{sequence},\"delta\":{token}}}");
        out.named(delta_kind(&part.kind), data);
        self.sequence += 1;
    }

    fn close(&mut self, answer: &Answer, part: &Part, out: &mut EventText) {
        let text = part.text();
        match &part.kind {
            PartKind::Reasoning => {
                let fields = json!({ "text": text });
                self.of_part("response.reasoning_summary_text.done", answer, part, fields, out);
                let fields = json!({"part": {"type": "summary_text", "text": text}});
                self.of_part("response.reasoning_summary_part.done", answer, part, fields, out);
            }
            PartKind::Text(_) => {
                let fields = json!({"text": text, "logprobs": []});
                self.of_part("response.output_text.done", answer, part, fields, out);
                let fields = json!({"part": output_text(&text)});
                self.of_part("response.content_part.done", answer, part, fields, out);
            }
            PartKind::Call(call) => {
                let fields = json!({"name": call.name, "arguments": text});
                self.of_part("response.function_call_arguments.done", answer, part, fields, out);
            }
        }
        let item = answer.item(part, Some(&text));
        self.event("response.output_item.done", json!({"output_index": part.index, "item": item}), out);
    }

    fn end(&mut self, answer: &Answer, out: &mut EventText) {
        let status = answer.response_status();
        let response = answer.response(status, &self.echo);
        self.event(&format!("response.{status}"), json!({ "response": response }), out);
    }

    fn error(&mut self, answer: &Answer, message: &str, out: &mut EventText) {
        let mut response = answer.response("failed", &self.echo);
        response["error"] = json!({"code": "server_error", "message": message});
        self.event("response.failed", json!({ "response": response }), out);
    }

    fn ping(&self, out: &mut EventText) {
        out.comment("ping");
    }

    fn whole(&self, answer: &Answer) -> Value {
        answer.response(answer.response_status(), &self.echo)
    }

    fn errors(&self) -> ErrorShape {
        ErrorShape::OpenAi
    }
}
