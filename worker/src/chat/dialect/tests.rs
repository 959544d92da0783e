use common::api::{List, Matcher, Scalar, StreamDialect, Terminal};
use serde_json::{Value as Json, json};

use super::*;

const HIDDEN: &str = "thoughts or a tool call";

fn dialect(settings: Json) -> Dialect {
    Dialect::compile(&described(settings)).unwrap()
}

/// What the settings say, the rest as in the default dialect.
fn described(settings: Json) -> StreamDialect {
    let mut whole = json!(StreamDialect::default());
    for (name, value) in settings.as_object().unwrap() {
        whole[name] = value.clone();
    }
    serde_json::from_value(whole).unwrap()
}

/// What an event is taken for; its tokens with those of thoughts.
fn short(dialect: &Dialect, event: &str, data: &str) -> String {
    let mut meaning = dialect.read(event.as_bytes(), data.as_bytes());
    meaning.usage.completion = dialect.output_tokens(&meaning.usage);
    meaning.to_string()
}

#[test]
fn the_default_dialect() {
    let default = dialect(json!({}));
    let read = |data: &str| short(&default, "", data);
    assert_eq!(read(r#"{"type":"token","content":"a"}"#), "text \"a\"");
    assert_eq!(read(r#"{"content":" ","x":[{}],"type":"token"}"#), "text \" \"");
    assert_eq!(read(r#"{"type":"\u0074oken","content":"a\n\u00e9"}"#), "text \"a\\né\"");
    for nothing in [
        r#"{"type":"token","content":""}"#,
        r#"{"type":"token","content":null}"#,
        r#"{"type":"token"}"#,
        r#"{"type":"tokens","content":"a"}"#,
        r#"{"type":7,"content":"a"}"#,
        r#"{"type":"start"}"#,
        r#"{"choices":[],"usage":null}"#,
        "token",
        "",
    ] {
        assert_eq!(read(nothing), "", "{nothing}");
    }
    let usage = r#"{"type":"done","usage":{"prompt_tokens":9,"completion_tokens":42}}"#;
    assert_eq!(read(usage), "tokens 42, prompt tokens 9, end");
    assert_eq!(read(r#"{"type":"done"}"#), "end");
    assert_eq!(read(r#"{"type":"done","usage":{"completion_tokens":4294967296}}"#), "end");
    assert_eq!(read(r#"{"type":"error","message":"a\nb"}"#), "error \"a\\nb\"");
    assert_eq!(read(r#"{"type":"error"}"#), r#"error "{\"type\":\"error\"}""#);
}

#[test]
fn one_event_may_be_text_and_usage_and_end() {
    let default = dialect(json!({}));
    let all = r#"{"type":"token","content":"a","usage":{"completion_tokens":3},"finish_reason":"length"}"#;
    assert_eq!(short(&default, "", all), "text \"a\", tokens 3, finished: out of tokens");
    let last = dialect(json!({"terminal": [{"field": "finish_reason"}, {"data": "[DONE]"}]}));
    assert_eq!(short(&last, "", all), "text \"a\", tokens 3, finished: out of tokens, end");
    assert_eq!(short(&last, "", "[DONE]"), "end");
    let both = dialect(json!({
        "error": [{"field": "error"}, {"field": "finish_reason", "equals": "error"}],
        "terminal": {"field": "finish_reason"},
    }));
    let failed = r#"{"type":"token","content":"a","finish_reason":"error"}"#;
    assert_eq!(
        short(&both, "", failed),
        format!("text \"a\", finished: another reason, error {failed:?}"),
        "no answer ends well in an error"
    );
}

#[test]
fn an_absent_failure_may_be_written_in_many_ways() {
    let dialect = dialect(json!({"error": {"field": "error"}, "error_field": ""}));
    for nothing in ["null", "false", "\"\"", "{}", "[]", "{ }"] {
        let data = format!(r#"{{"type":"token","content":"a","error":{nothing}}}"#);
        assert_eq!(short(&dialect, "", &data), "text \"a\"", "{nothing}");
    }
    for (failure, words) in
        [("true", r#"{"error":true}"#), (r#""full""#, "full"), (r#"{"message":"full"}"#, "full")]
    {
        assert_eq!(short(&dialect, "", &format!(r#"{{"error":{failure}}}"#)), format!("error {words:?}"));
    }
}

#[test]
fn a_failure_is_told_with_what_the_service_calls_it() {
    let failure =
        r#"{"error":{"message":"too long","type":"invalid_request_error","code":"context_length"}}"#;
    for (field, words) in [
        ("error", "too long (type invalid_request_error, code context_length)"),
        ("error.message", "too long (type invalid_request_error, code context_length)"),
        ("error.code", "context_length"),
    ] {
        let dialect = dialect(json!({"error": {"field": "error"}, "error_field": field}));
        assert_eq!(short(&dialect, "", failure), format!("error {words:?}"), "{field}");
    }
}

#[test]
fn counts_may_be_written_as_text_or_with_a_fraction_of_nothing() {
    let default = dialect(json!({}));
    for (count, tokens) in
        [("50", Some(50)), ("50.0", Some(50)), ("\"50\"", Some(50)), ("-1", None), ("5.5", None)]
    {
        let data = format!(r#"{{"usage":{{"completion_tokens":{count}}}}}"#);
        assert_eq!(default.read(b"", data.as_bytes()).usage.completion, tokens, "{count}");
    }
    let apart =
        dialect(json!({"usage_field": "c", "reasoning_tokens_field": "t", "usage_has_reasoning": false}));
    assert_eq!(short(&apart, "", r#"{"c":5,"t":7}"#), "tokens 12, tokens of thoughts 7");
    let either = dialect(json!({"usage_field": ["usage.output_tokens", "message.usage.output_tokens"]}));
    assert_eq!(short(&either, "", r#"{"message":{"usage":{"output_tokens":1}}}"#), "tokens 1");
}

#[test]
fn text_and_thoughts_may_stand_in_parts() {
    let parts = dialect(json!({
        "text": [], "text_field": "c", "reasoning_field": ["c", "thoughts"], "tool_field": "calls",
    }));
    let read = |data: &str| short(&parts, "", data);
    assert_eq!(
        read(r#"{"c":[{"type":"text","text":"a"},{"type":"image"},{"text":"b"},"c"]}"#),
        "text \"abc\""
    );
    assert_eq!(read(r#"{"c":[{"type":"text","text":""}]}"#), "");
    assert_eq!(read(r#"{"c":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#), HIDDEN);
    assert_eq!(read(r#"{"c":[{"text":"hm","thought":true}]}"#), HIDDEN);
    assert_eq!(
        read(r#"{"c":[{"text":"hm","thought":true},{"text":"so"}]}"#),
        "text \"so\", thoughts or a tool call"
    );
    assert_eq!(read(r#"{"c":"","thoughts":"hm"}"#), HIDDEN);
    assert_eq!(read(r#"{"c":null,"calls":[{"id":"t"}]}"#), HIDDEN);
    assert_eq!(read(r#"{"c":"a","calls":[]}"#), "text \"a\"");
}

#[test]
fn a_dialect_of_names_and_plain_text() {
    let named = dialect(json!({
        "text": {"event": "message"}, "text_field": "", "terminal": {"event": "end"}, "usage_field": "tokens",
        "error": [{"event": "error"}, {"event": "x", "json": false}], "error_field": "",
    }));
    let read = |event: &str, data: &str| short(&named, event, data);
    assert_eq!(read("", "hello"), "text \"hello\"");
    assert_eq!(read("message", "\"he\\nllo\""), "text \"he\\nllo\"");
    assert_eq!(read("message", "\"\""), "");
    assert_eq!(read("", ""), "");
    assert_eq!(read("end", r#"{"tokens":3}"#), "tokens 3, end");
    assert_eq!(read("error", "broken"), "error \"broken\"");
    assert_eq!(read("ping", "x"), "");
    assert_eq!((read("x", "[1]"), read("x", "Bad luck.")), (String::new(), "error \"Bad luck.\"".to_owned()));
    let everything = dialect(json!({"text": [], "text_field": "", "terminal": {"data": "[DONE]"}}));
    assert_eq!(
        (short(&everything, "", "a"), short(&everything, "", "[DONE] ")),
        ("text \"a\"".into(), "end".into())
    );
}

#[test]
fn a_value_is_compared_by_how_it_is_written() {
    let flag =
        dialect(json!({"terminal": [{"field": "done", "equals": true}, {"field": "code", "equals": 7}]}));
    let ends = |data: &str| short(&flag, "", data) == "end";
    assert!(ends(r#"{"done":true}"#) && ends(r#"{"code":7}"#) && ends(r#"{"code":"7"}"#));
    assert!(!ends(r#"{"done":false}"#) && !ends(r#"{"code":77}"#) && !ends(r#"{"done":1}"#));
}

#[test]
fn what_can_never_hold_is_refused() {
    let fault = |settings| Dialect::compile(&described(settings)).unwrap_err();
    assert_eq!(fault(json!({"terminal": {}})), DialectError::Never("terminal"));
    assert_eq!(fault(json!({"terminal": []})), DialectError::Endless);
    assert_eq!(fault(json!({"error": {"equals": "x"}})), DialectError::EqualsWithoutField("error"));
    assert_eq!(
        fault(json!({"error": {"event": "e", "equals": "x"}})),
        DialectError::EqualsWithoutField("error")
    );
    assert_eq!(fault(json!({"max_event": 0})), DialectError::NoRoom);
    assert!(matches!(fault(json!({"text_field": "a..b"})), DialectError::Path { part: "text_field", .. }));
    let many =
        List(vec![
            Matcher { equals: Some(Scalar("x".into())), field: Some("a".into()), ..Matcher::default() };
            65
        ]);
    let many = StreamDialect { terminal: Terminal::Event(many), ..StreamDialect::default() };
    assert_eq!(Dialect::compile(&many), Err(DialectError::TooMany));
}
