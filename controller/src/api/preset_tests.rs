//! Each preset reads what its services send: true answers in short, and what they must be taken for.

use worker::chat::{Dialect, explain};

use super::choose;

/// What each event is taken for that is anything, and how the stream ends.
fn read(preset: &str, body: &str) -> (String, Result<(), String>) {
    let api = choose(Some(preset), &[]).unwrap();
    let (events, outcome) = explain(&Dialect::compile(&api.stream).unwrap(), body.as_bytes());
    let taken = events.into_iter().map(|event| event.taken_for).filter(|taken| !taken.is_empty());
    (taken.collect::<Vec<_>>().join(" | "), outcome.map_err(|failure| failure.to_string()))
}

fn complete(preset: &str, body: &str, taken: &str) {
    assert_eq!(read(preset, body), (taken.to_owned(), Ok(())), "{preset}");
}

fn fails(preset: &str, body: &str, failure: &str) {
    assert_eq!(read(preset, body).1, Err(failure.to_owned()), "{preset}");
}

/// Lines of JSON as server-sent events, each named by what its `type` is where it has one.
fn events(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("data: {line}\n\n")).collect()
}

const HIDDEN: &str = "thoughts or a tool call";

#[test]
fn openai() {
    let delta = |delta: &str| {
        format!(r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}],"usage":null}}"#)
    };
    let thought = delta(r#"{"content":null,"reasoning_content":"hm"}"#);
    let lines = [
        &delta(r#"{"role":"assistant","content":""}"#),
        &thought,
        &delta(r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#),
        &delta(r#"{"content":"Hel"}"#),
        &delta(r#"{"content":[{"type":"text","text":"lo"}]}"#),
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":2}}}"#,
        "[DONE]",
    ];
    let taken = format!(
        "{HIDDEN} | {HIDDEN} | text \"Hel\" | text \"lo\" | finished: out of tokens | \
         tokens 4, prompt tokens 9, of them cached 8, tokens of thoughts 2 | end"
    );
    complete("openai", &events(&lines), &taken);
    // The last event lacks its blank line, or even its line end.
    for ending in [1, 2] {
        let body = events(&lines);
        assert_eq!(read("openai", &body[..body.len() - ending]).1, Ok(()));
    }
    let call = delta(r#"{"content":null,"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}"#);
    complete("openai", &events(&[&call, "[DONE]"]), &format!("{HIDDEN} | end"));
    let truncated = "truncated: the stream ended without its terminal event";
    fails("openai", &events(&lines[..5]), truncated);
    let hint = "; it gave a finish reason, so perhaps `terminal = \"body\"` in [stream] is right";
    fails("openai", &events(&lines[..7]), &format!("{truncated}{hint}"));
}

#[test]
fn every_shape_of_failure_of_openais_kind_is_one() {
    let shapes = [
        (r#"{"error":{"message":"full","code":504}}"#, "full"),
        (r#"{"error":"full","error_type":"generation"}"#, "full (type generation)"),
        (r#"{"object":"error","message":"full","code":500}"#, "full"),
        (r#"{"type":"error","error":{"message":"full"}}"#, "full"),
        (r#"{"detail":"full"}"#, "full"),
        ("Number of choices is wrong.", "Number of choices is wrong."),
        (r#"{"choices":[{"delta":{"content":"a"}}],"error":{"message":"full"}}"#, "full"),
    ];
    for (shape, words) in shapes {
        fails("openai", &events(&[shape, "[DONE]"]), &format!("error_event: {words}"));
    }
    let named = "event: error\ndata: {\"message\":\"full\"}\n\ndata: [DONE]\n\n";
    fails("openai", named, "error_event: full");
    let reason = r#"{"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#;
    fails("openai", &events(&[reason, "[DONE]"]), &format!("error_event: {reason}"));
    // What is no failure: fields that are there and say nothing.
    for nothing in ["null", "false", "\"\"", "{}"] {
        let text = format!(r#"{{"error":{nothing},"choices":[{{"delta":{{"content":"a"}}}}]}}"#);
        complete("openai", &events(&[&text, "[DONE]"]), "text \"a\" | end");
    }
}

#[test]
fn openai_responses() {
    let lines = [
        r#"{"type":"response.created","response":{"status":"in_progress","usage":null}}"#,
        r#"{"type":"response.reasoning_summary_text.delta","delta":"hm"}"#,
        r#"{"type":"response.output_text.delta","delta":"Hello"}"#,
        r#"{"type":"response.output_text.done","text":"Hello"}"#,
        r#"{"type":"response.completed","response":{"status":"completed","error":null,"incomplete_details":null,"usage":{"input_tokens":9,"output_tokens":4,"output_tokens_details":{"reasoning_tokens":2}}}}"#,
    ];
    let taken = format!(
        "finished: another reason | {HIDDEN} | text \"Hello\" | \
         tokens 4, prompt tokens 9, tokens of thoughts 2, finished: done, end"
    );
    complete("openai-responses", &events(&lines), &taken);
    let failed =
        r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"x","message":"full"}}}"#;
    fails("openai-responses", &events(&[lines[2], failed]), "error_event: full (code x)");
    fails("openai-responses", &events(&[r#"{"type":"error","message":"full"}"#]), "error_event: full");
}

#[test]
fn anthropic() {
    let lines = [
        r#"{"type":"message_start","message":{"usage":{"input_tokens":9,"cache_read_input_tokens":3,"output_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"abc="}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello"}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":45}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    let taken = format!(
        "tokens 1, prompt tokens 9, of them cached 3 | {HIDDEN} | text \"Hello\" | {HIDDEN} | \
         tokens 45, finished: done | end"
    );
    complete("anthropic", &events(&lines), &taken);
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    fails("anthropic", &events(&[lines[4], overloaded]), "error_event: Overloaded (type overloaded_error)");
}

#[test]
fn gemini() {
    let part = |part: &str, more: &str| {
        format!(r#"{{"candidates":[{{"content":{{"role":"model","parts":[{part}]}}{more}}}]"#)
    };
    let lines = [
        format!("{}}}", part(r#"{"text":"hm","thought":true}"#, "")),
        format!("{}}}", part(r#"{"text":"Hel"}"#, "")),
        format!(
            r#"{},"usageMetadata":{{"promptTokenCount":5,"candidatesTokenCount":12,"thoughtsTokenCount":7}}}}"#,
            part(r#"{"text":"lo"}"#, r#","finishReason":"STOP""#)
        ),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let taken = format!(
        "{HIDDEN} | text \"Hel\" | \
         text \"lo\", tokens 12, prompt tokens 5, tokens of thoughts 7, finished: done, end"
    );
    complete("gemini", &events(&lines), &taken);
    fails("gemini", &events(&[r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#]), "error_event: SAFETY");
    fails("gemini", &events(&[r#"{"error":{"code":503,"message":"full"}}"#]), "error_event: full");
}

#[test]
fn lines_of_json() {
    let body = "{\"message\":{\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}\n\
                {\"message\":{\"content\":\"Hello\"},\"done\":false}\n\
                {\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":10}\n";
    let taken = format!("{HIDDEN} | text \"Hello\" | tokens 10, prompt tokens 9, finished: done, end");
    complete("ollama", body, &taken);
    assert_eq!(read("ollama", body.trim_end()).1, Ok(()), "the last line need not end");
    fails("ollama", &body[..90], "cut_frame: the stream ended inside an event");
    fails("ollama", "{\"error\":\"model not found\"}\n", "error_event: model not found");
}

#[test]
fn llama_cpp_and_tgi() {
    let lines = [
        r#"{"content":"Hel","stop":false,"tokens_predicted":1}"#,
        r#"{"content":"lo","stop":false,"tokens_predicted":2}"#,
        r#"{"content":"","stop":true,"stop_type":"limit","tokens_predicted":2,"tokens_evaluated":9,"timings":{"cache_n":4}}"#,
    ];
    let taken = "text \"Hel\", tokens 1 | text \"lo\", tokens 2 | \
                 tokens 2, prompt tokens 9, of them cached 4, finished: out of tokens, end";
    complete("llama.cpp", &events(&lines), taken);
    let lines = [
        r#"{"index":1,"token":{"id":1,"text":"Hel","special":false},"generated_text":null,"details":null}"#,
        r#"{"index":2,"token":{"id":2,"text":"lo","special":false},"generated_text":"Hello","details":{"finish_reason":"length","generated_tokens":2,"input_length":9}}"#,
    ];
    let taken = "text \"Hel\" | text \"lo\", tokens 2, prompt tokens 9, finished: out of tokens, end";
    complete("tgi", &events(&lines), taken);
    fails(
        "tgi",
        &events(&[r#"{"error":"out of memory","error_type":"generation"}"#]),
        "error_event: out of memory (type generation)",
    );
}

#[test]
fn both_protocols_of_the_ai_sdk() {
    let lines = [
        r#"{"type":"start"}"#,
        r#"{"type":"reasoning-delta","id":"r","delta":"hm"}"#,
        r#"{"type":"tool-input-delta","toolCallId":"t","inputTextDelta":"{"}"#,
        r#"{"type":"text-delta","id":"0","delta":"Hello"}"#,
        r#"{"type":"finish","finishReason":"tool-calls","messageMetadata":{"usage":{"outputTokens":3}}}"#,
        "[DONE]",
    ];
    let taken = format!("{HIDDEN} | {HIDDEN} | text \"Hello\" | tokens 3, finished: tool call, end");
    complete("ai-sdk", &events(&lines), &taken);
    fails("ai-sdk", &events(&[r#"{"type":"error","errorText":"full"}"#, "[DONE]"]), "error_event: full");
    let body = "f:{\"messageId\":\"m1\"}\ng:\"hm\"\n0:\"He\"\n0:\"l\\nlo\"\n\
                e:{\"finishReason\":\"stop\",\"usage\":{\"promptTokens\":5,\"completionTokens\":10},\"isContinued\":false}\n\
                d:{\"finishReason\":\"stop\",\"usage\":{\"promptTokens\":5,\"completionTokens\":10}}\n";
    let end = "tokens 10, prompt tokens 5, finished: done";
    let taken = format!("{HIDDEN} | text \"He\" | text \"l\\nlo\" | {end} | {end}, end");
    complete("ai-sdk-v4", body, &taken);
    fails("ai-sdk-v4", "0:\"He\"\n3:\"An error occurred.\"\n", "error_event: An error occurred.");
}

#[test]
fn agents() {
    let lines = [
        r#"{"type":"RUN_STARTED"}"#,
        r#"{"type":"THINKING_TEXT_MESSAGE_CONTENT","delta":"hm"}"#,
        r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"Hello"}"#,
        r#"{"type":"TOOL_CALL_ARGS","toolCallId":"t","delta":"{"}"#,
        r#"{"type":"RUN_FINISHED"}"#,
    ];
    complete("ag-ui", &events(&lines), &format!("{HIDDEN} | text \"Hello\" | {HIDDEN} | end"));
    fails("ag-ui", &events(&[r#"{"type":"RUN_ERROR","message":"full"}"#]), "error_event: full");

    // Two calls of the model, and a second text long after the first one's last.
    let chunk =
        |chunk: &str| format!("event: messages\r\ndata: [{chunk},{{\"langgraph_node\":\"n\"}}]\r\n\r\n");
    let text = chunk(r#"{"type":"AIMessageChunk","content":"Hello","usage_metadata":null}"#);
    let parts = chunk(r#"{"type":"AIMessageChunk","content":[{"type":"text","text":"Hello"}]}"#);
    let last = chunk(
        r#"{"type":"AIMessageChunk","content":"","response_metadata":{"finish_reason":"stop"},"usage_metadata":{"input_tokens":4,"output_tokens":30}}"#,
    );
    let asked = chunk(r#"{"type":"human","content":"Why?"}"#);
    let body = [asked.as_str(), ": heartbeat\r\n\r\n", &text, &last, &parts, &last].concat();
    let end = "tokens 30, prompt tokens 4, finished: done";
    complete("langgraph", &body, &format!("text \"Hello\" | {end} | text \"Hello\" | {end}"));
    let broken =
        format!("{text}event: error\ndata: {{\"error\":\"ValueError\",\"message\":\"no such graph\"}}\n\n");
    fails("langgraph", &broken, "error_event: no such graph");
    fails("langgraph", &text[..text.len() - 9], "cut_frame: the stream ended inside an event");
}

#[test]
fn named_events_and_the_default() {
    let named = "event: token\ndata: Hello\n\nevent: done\ndata: {\"usage\":{\"completion_tokens\":2}}\n\n";
    complete("events", named, "text \"Hello\" | tokens 2, end");
    fails("events", "event: error\ndata: full\n\n", "error_event: full");
    let lines =
        [r#"{"type":"token","content":"Hello"}"#, r#"{"type":"done","usage":{"completion_tokens":2}}"#];
    complete("default", &events(&lines), "text \"Hello\" | tokens 2, end");
    let reply = r#"{"choices":[{"delta":{"content":"Hello"}}]}"#;
    complete("open-webui", &events(&[reply, "[DONE]"]), "text \"Hello\" | end");
}
