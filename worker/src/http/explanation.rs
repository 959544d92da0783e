//! What a service says of its own failure.

use crate::sse::scan::{RawStr, Value, value_at};

/// Where services put the words, the likeliest first.
const PLACES: [&[&str]; 20] = [
    &["error", "message"],
    &["error", "msg"],
    &["error", "detail"],
    &["message"],
    &["error"],
    &["detail", "message"],
    &["detail", "error"],
    &["detail", "msg"],
    &["detail"],
    &["errors", "0", "message"],
    &["errors", "0", "detail"],
    &["errors", "0"],
    &["response", "error", "message"],
    &["errorText"],
    &["error_description"],
    &["msg"],
    &["reason"],
    &["title"],
    &["0", "error", "message"],
    &["Message"],
];
/// Where frameworks list what is wrong with a request.
const LISTS: [&str; 2] = ["detail", "message"];
/// Entries of such a list that are read.
const MOST_ENTRIES: usize = 8;
/// Steps of an entry's place that are read.
const MOST_STEPS: usize = 8;

/// The words in the body of an error answer: the message in its JSON, or the title of a web page.
pub(super) fn words_in(body: &[u8]) -> Option<String> {
    message_in(body).or_else(|| title_of(body))
}

/// The message in the JSON with which `body` begins: of an error answer, or of an event that reports a failure.
pub(crate) fn message_in(body: &[u8]) -> Option<String> {
    let whole = text_at(body, &[]);
    let list = || LISTS.iter().find_map(|name| listed(body, name));
    whole.or_else(list).or_else(|| PLACES.iter().find_map(|path| text_at(body, path)))
}

/// All entries of a list of texts, or of objects that say `msg` of a place, `loc`, as FastAPI does:
/// `body.messages: Field required; query.page: Input should be a valid integer`.
fn listed(body: &[u8], name: &str) -> Option<String> {
    let entry = |place: usize| {
        let place = place.to_string();
        let text = text_at(body, &[name, &place]).or_else(|| text_at(body, &[name, &place, "msg"]))?;
        let steps = (0..MOST_STEPS).map_while(|step| {
            match value_at(body, &[name, &place, "loc", step.to_string().as_str()])? {
                Value::String(text) => Some(text.to_text().into_owned()),
                Value::Number(digits) => Some(String::from_utf8_lossy(digits).into_owned()),
                _ => None,
            }
        });
        let steps: Vec<String> = steps.collect();
        Some(if steps.is_empty() { text } else { format!("{}: {text}", steps.join(".")) })
    };
    let entries: Vec<String> = (0..MOST_ENTRIES).map_while(entry).collect();
    (!entries.is_empty()).then(|| entries.join("; "))
}

fn text_at(body: &[u8], path: &[&str]) -> Option<String> {
    match value_at(body, path)? {
        Value::String(text) if !RawStr::is_empty(text) => Some(text.to_text().into_owned()),
        _ => None,
    }
}

/// What a web page calls itself: proxies answer with `502 Bad Gateway`.
fn title_of(body: &[u8]) -> Option<String> {
    let page = body.trim_ascii_start();
    let page = String::from_utf8_lossy(page.starts_with(b"<").then_some(page)?);
    let lower = page.to_ascii_lowercase();
    let from = lower.find("<title>")? + "<title>".len();
    let to = from + lower.get(from..)?.find("</title>")?;
    let title = page.get(from..to)?.trim();
    (!title.is_empty()).then(|| title.to_owned())
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
            r#"{"detail":{"msg":"full"}}"#,
            r#"{"detail":[{"msg":"full"}]}"#,
            r#"{"statusCode":400,"message":["full"],"error":"Bad Request"}"#,
            r#"{"status":500,"error":"Internal Server Error","message":"full","path":"/"}"#,
            r#"{"errors":[{"message":"full"}]}"#,
            r#"{"errors":["full"]}"#,
            r#"{"errors":[{"status":"422","detail":"full"}]}"#,
            r#"{"title":"Conflict","detail":"full"}"#,
            r#"{"type":"response.failed","response":{"error":{"code":"c","message":"full"}}}"#,
            r#"[{"error":{"code":400,"message":"full"}}]"#,
            r#"{"message":"","error":{"message":"full"}}"#,
            r#""full""#,
        ] {
            assert_eq!(message_in(body.as_bytes()).as_deref(), Some("full"), "{body}");
        }
        for body in
            ["", "Internal Server Error", "<h1>", "{}", "7", r#"{"error":{"code":7}}"#, r#"{"detail":[]}"#]
        {
            assert_eq!(words_in(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn each_entry_of_a_list_is_named_with_its_place() {
        let body = r#"{"detail":[{"type":"missing","loc":["body","messages",0,"role"],"msg":"Field required"},
            {"loc":["query","page"],"msg":"Input should be a valid integer"}]}"#;
        assert_eq!(
            message_in(body.as_bytes()).as_deref(),
            Some("body.messages.0.role: Field required; query.page: Input should be a valid integer")
        );
    }

    #[test]
    fn a_web_page_is_called_by_its_title() {
        let page = "\r\n<html>\n<head><TITLE>502 Bad Gateway</TITLE></head>\n<body>";
        assert_eq!(words_in(page.as_bytes()).as_deref(), Some("502 Bad Gateway"));
        assert_eq!(words_in(b"<html><title></title>"), None);
        assert_eq!(message_in(page.as_bytes()), None, "an event is no page");
    }
}
