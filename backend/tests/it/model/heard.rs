//! What any client reads of an answer, streamed or whole.

use serde_json::Value;

use super::{CHAT, RESPONSES};

/// What any client reads of an answer.
#[derive(Debug, Default, PartialEq)]
pub struct Heard {
    pub reasoning: String,
    pub text: String,
    pub calls: Vec<(String, String)>,
    pub finish: String,
    /// Prompt, cached, completion and reasoning tokens.
    pub usage: [u64; 4],
    pub error: bool,
    pub ended: bool,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn usage_of(path: &str, usage: &Value) -> [u64; 4] {
    let at = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    match path {
        CHAT => [
            at("/prompt_tokens"),
            at("/prompt_tokens_details/cached_tokens"),
            at("/completion_tokens"),
            at("/completion_tokens_details/reasoning_tokens"),
        ],
        RESPONSES => [
            at("/input_tokens"),
            at("/input_tokens_details/cached_tokens"),
            at("/output_tokens"),
            at("/output_tokens_details/reasoning_tokens"),
        ],
        _ => [at("/input_tokens"), at("/cache_read_input_tokens"), at("/output_tokens"), 0],
    }
}

pub fn whole(path: &str, body: &Value) -> Heard {
    let mut heard = Heard { usage: usage_of(path, &body["usage"]), ended: true, ..Heard::default() };
    match path {
        CHAT => {
            let choice = &body["choices"][0];
            let message = &choice["message"];
            heard.finish = text(&choice["finish_reason"]).to_owned();
            heard.text = text(&message["content"]).to_owned();
            heard.reasoning = text(&message["reasoning_content"]).to_owned();
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let (name, arguments) = (&call["function"]["name"], &call["function"]["arguments"]);
                heard.calls.push((text(name).to_owned(), text(arguments).to_owned()));
            }
        }
        RESPONSES => {
            heard.finish = text(&body["status"]).to_owned();
            for item in body["output"].as_array().into_iter().flatten() {
                match text(&item["type"]) {
                    "reasoning" => heard.reasoning += text(&item["summary"][0]["text"]),
                    "message" => heard.text += text(&item["content"][0]["text"]),
                    _ => heard
                        .calls
                        .push((text(&item["name"]).to_owned(), text(&item["arguments"]).to_owned())),
                }
            }
        }
        _ => {
            heard.finish = text(&body["stop_reason"]).to_owned();
            for block in body["content"].as_array().into_iter().flatten() {
                match text(&block["type"]) {
                    "thinking" => heard.reasoning += text(&block["thinking"]),
                    "text" => heard.text += text(&block["text"]),
                    _ => heard.calls.push((text(&block["name"]).to_owned(), block["input"].to_string())),
                }
            }
        }
    }
    heard
}

/// Puts a stream together again.
pub fn streamed(path: &str, body: &str) -> Heard {
    let mut heard = Heard::default();
    for data in body.lines().filter_map(|line| line.strip_prefix("data: ")) {
        if data == "[DONE]" {
            heard.ended = true;
            continue;
        }
        let event: Value = serde_json::from_str(data).unwrap();
        let delta = &event["delta"];
        match (path, text(&event["type"])) {
            (CHAT, _) => {
                heard.error |= event.get("error").is_some();
                let (choice, delta) = (&event["choices"][0], &event["choices"][0]["delta"]);
                heard.text += text(&delta["content"]);
                heard.reasoning += text(&delta["reasoning_content"]);
                heard.finish += text(&choice["finish_reason"]);
                for call in delta["tool_calls"].as_array().into_iter().flatten() {
                    if let Some(name) = call["function"]["name"].as_str() {
                        heard.calls.push((name.to_owned(), String::new()));
                    }
                    let place = call["index"].as_u64().unwrap() as usize;
                    heard.calls[place].1 += text(&call["function"]["arguments"]);
                }
                if event["usage"].is_object() {
                    heard.usage = usage_of(path, &event["usage"]);
                }
            }
            (_, "response.output_text.delta") => heard.text += text(delta),
            (_, "response.reasoning_summary_text.delta") => heard.reasoning += text(delta),
            (_, "response.output_item.added") if event["item"]["type"] == "function_call" => {
                heard.calls.push((text(&event["item"]["name"]).to_owned(), String::new()));
            }
            (_, "response.function_call_arguments.delta") => heard.calls.last_mut().unwrap().1 += text(delta),
            (_, "response.completed" | "response.incomplete") => {
                // The response at the end is the one that a whole answer is.
                let all = whole(path, &event["response"]);
                assert_eq!(
                    (&all.text, &all.reasoning, &all.calls),
                    (&heard.text, &heard.reasoning, &heard.calls)
                );
                (heard.finish, heard.usage, heard.ended) = (all.finish, all.usage, true);
            }
            (_, "response.failed" | "error") => heard.error = true,
            (_, "message_start") => heard.usage = usage_of(path, &event["message"]["usage"]),
            (_, "content_block_start") if event["content_block"]["type"] == "tool_use" => {
                heard.calls.push((text(&event["content_block"]["name"]).to_owned(), String::new()));
            }
            (_, "content_block_delta") => {
                heard.text += text(&delta["text"]);
                heard.reasoning += text(&delta["thinking"]);
                if let Some(part) = delta["partial_json"].as_str() {
                    heard.calls.last_mut().unwrap().1 += part;
                }
            }
            (_, "message_delta") => {
                heard.finish = text(&delta["stop_reason"]).to_owned();
                heard.usage[2] = usage_of(path, &event["usage"])[2];
            }
            (_, "message_stop") => heard.ended = true,
            _ => {}
        }
    }
    heard
}
