//! What the scanner finds and what it refuses, case by case.

use worker::sse::scan::{
    JsonPath, JsonPathError, RawStr, Value, number_field, string_at, string_field, value_at,
};

fn raw(found: Option<RawStr<'_>>) -> Option<&str> {
    found.and_then(|text| std::str::from_utf8(text.as_bytes()).ok())
}

#[test]
fn reads_the_dialects_of_chat_backends() {
    let own = br#"{"type":"token","content":"w12 ","i":12}"#;
    assert_eq!(raw(string_field(own, "type")), Some("token"));
    assert_eq!(raw(string_field(own, "content")), Some("w12 "));
    assert_eq!(number_field(own, &["i"]), Some(12));
    assert_eq!(string_field(own, "i"), None);
    assert_eq!(string_field(own, "missing"), None);
    let done = br#"{"type": "done", "usage": {"prompt_tokens": 3, "completion_tokens": 120}}"#;
    assert_eq!(number_field(done, &["usage", "completion_tokens"]), Some(120));
    let openai = br#"{"choices":[{"index":0,"delta":{"content":"Hi \"you\""},"finish_reason":null}]}"#;
    let path: JsonPath = "choices.0.delta.content".parse().unwrap();
    let content = string_at(openai, path.segments()).unwrap();
    assert_eq!(content.as_bytes(), br#"Hi \"you\""#);
    assert_eq!(content.to_text(), "Hi \"you\"");
    assert_eq!(value_at(openai, &["choices", "0", "finish_reason"]), Some(Value::Null));
    assert_eq!(value_at(openai, &["error"]), None);
}

#[test]
fn an_empty_string_is_found_and_empty() {
    assert!(string_field(br#"{"content":""}"#, "content").unwrap().is_empty());
    assert!(!string_field(br#"{"content":"\u0000"}"#, "content").unwrap().is_empty());
}

#[test]
fn inner_keys_and_text_that_looks_like_keys_are_not_taken() {
    let text = br#"{"a":{"content":"inner"},"b":["content"],"c":"\"content\":\"no\"","content":"yes"}"#;
    assert_eq!(raw(string_field(text, "content")), Some("yes"));
}

#[test]
fn keys_are_compared_as_written_and_the_first_counts() {
    assert_eq!(string_field(br#"{"\u0061":"x"}"#, "a"), None);
    assert_eq!(raw(string_field(br#"{"a":"first","a":"last"}"#, "a")), Some("first"));
}

#[test]
fn malformed_json_gives_none() {
    for text in [
        "",
        "[DONE]",
        "plain text",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":\"x",
        "{\"a\":\"x\\",
        "{\"a\" \"x\"}",
        "{a:\"x\"}",
        "{'a':'x'}",
        "{\"b\":1 \"a\":\"x\"}",
        "{\"b\":,\"a\":\"x\"}",
        "{\"b\":01,\"a\":\"x\"}",
        "{\"b\":1.,\"a\":\"x\"}",
        "{\"b\":1e,\"a\":\"x\"}",
        "{\"b\":-,\"a\":\"x\"}",
        "{\"b\":nul,\"a\":\"x\"}",
        "{\"b\":truely,\"a\":\"x\"}",
        "{\"b\":[1,],\"a\":\"x\"}",
        "{\"b\":{\"c\":1,},\"a\":\"x\"}",
        "{\"b\":[}],\"a\":\"x\"}",
        "{\"b\":{]},\"a\":\"x\"}",
        "{\"b\":\"\\q\",\"a\":\"x\"}",
        "{\"b\":\"\\u12g4\",\"a\":\"x\"}",
        "{,\"a\":\"x\"}",
        "[\"a\",\"x\"]",
        "\"a\"",
    ] {
        assert_eq!(value_at(text.as_bytes(), &["a"]), None, "{text}");
    }
    assert_eq!(number_field(b"{\"a\":12", &["a"]), None); // may have been 123
}

#[test]
fn numbers_are_whole_and_fit() {
    for (text, number) in [
        ("0", Some(0)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("-1", None),
        ("-0", None),
        ("1.0", None),
        ("1e3", None),
        ("\"7\"", None),
        ("null", None),
        ("7 ", Some(7)),
    ] {
        assert_eq!(number_field(format!("{{\"n\":{text}}}").as_bytes(), &["n"]), number, "{text}");
    }
}

#[test]
fn deep_nesting_is_bounded_and_does_not_recurse() {
    let nested = |depth| format!("{{\"b\":{}1{},\"a\":\"x\"}}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(raw(string_field(nested(128).as_bytes(), "a")), Some("x"));
    assert_eq!(string_field(nested(129).as_bytes(), "a"), None);
    assert_eq!(string_field(nested(1_000_000).as_bytes(), "a"), None);
    let path = vec!["0"; 100_000];
    assert_eq!(value_at("[".repeat(100_000).as_bytes(), &path), None);
}

#[test]
fn text_for_people_never_fails() {
    let text = |json: &'static str| string_field(json.as_bytes(), "a").unwrap().to_text().into_owned();
    assert_eq!(text(r#"{"a":"\ud83d\udc4d\n\/"}"#), "👍\n/");
    assert_eq!(text(r#"{"a":"\ud83d"}"#), r"\ud83d");
    let invalid = string_field(b"{\"a\":\"\xFF\\n\"}", "a").unwrap();
    assert_eq!(invalid.to_text(), "\u{FFFD}\n");
}

#[test]
fn paths_are_dotted_or_pointers() {
    let parsed = |text: &str| text.parse::<JsonPath>().map(|path| path.segments().to_vec());
    assert_eq!(parsed("type"), Ok(vec!["type".into()]));
    assert_eq!(parsed("usage.completion_tokens"), Ok(vec!["usage".into(), "completion_tokens".into()]));
    assert_eq!(parsed("/choices/0"), Ok(vec!["choices".into(), "0".into()]));
    assert_eq!(parsed("/a~1b/c~0d/e.f/"), Ok(vec!["a/b".into(), "c~d".into(), "e.f".into(), "".into()]));
    for text in ["", "a..b", ".a", "a."] {
        assert_eq!(parsed(text), Err(JsonPathError::EmptySegment(text.into())));
    }
    for text in ["/a~", "/~2", "/~é"] {
        assert_eq!(parsed(text), Err(JsonPathError::LoneTilde(text.into())));
    }
}
