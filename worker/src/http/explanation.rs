//! What a service says of its own failure.

use crate::sse::scan::{Value, value_at};

/// Where services put the words, the likeliest first.
const PLACES: [&[&str]; 17] = [
    &["error", "message"],
    &["error", "msg"],
    &["error", "detail"],
    &["error"],
    &["message"],
    &["detail", "message"],
    &["detail", "error"],
    &["detail", "0", "msg"],
    &["detail"],
    &["errors", "0", "message"],
    &["response", "error", "message"],
    &["errorText"],
    &["error_description"],
    &["msg"],
    &["reason"],
    &["title"],
    &["0", "error", "message"],
];

/// The message in the JSON with which `body` begins: of an error answer, or of an event that reports a failure.
pub(crate) fn message_in(body: &[u8]) -> Option<String> {
    let text = |value| match value {
        Value::String(text) if !text.is_empty() => Some(text.to_text().into_owned()),
        _ => None,
    };
    let whole = value_at::<&str>(body, &[]).and_then(text);
    whole.or_else(|| PLACES.iter().find_map(|path| value_at(body, path).and_then(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_found_wherever_services_put_them() {
        for body in [
            r#"{"error":{"message":"full","type":"x"}}"#,
            r#"{"error":"full","error_type":"generation"}"#,
            r#"{"object":"error","message":"full","code":500}"#,
            r#"{"detail":"full"}"#,
            r#"{"detail":[{"loc":["body"],"msg":"full"}]}"#,
            r#"{"errors":[{"message":"full"}]}"#,
            r#"{"type":"response.failed","response":{"error":{"code":"c","message":"full"}}}"#,
            r#"[{"error":{"code":400,"message":"full"}}]"#,
            r#"{"message":"","error":{"message":"full"}}"#,
            r#""full""#,
        ] {
            assert_eq!(message_in(body.as_bytes()).as_deref(), Some("full"), "{body}");
        }
        for body in ["", "Internal Server Error", "<h1>", "{}", "7", r#"{"error":{"code":7}}"#] {
            assert_eq!(message_in(body.as_bytes()), None, "{body}");
        }
    }
}
