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
/// What services name a failure by, beside its message, and how that is told.
const NAMES: [(&str, &str); 3] = [("type", "type"), ("error_type", "type"), ("code", "code")];
/// Longest such name, bytes; longer ones are texts of their own.
const LONGEST_NAME: usize = 48;
/// Entries of such a list that are read.
const MOST_ENTRIES: usize = 8;
/// Steps of an entry's place that are read.
const MOST_STEPS: usize = 8;

/// The words in the body of an error answer: the message in its JSON, or the title of a web page.
pub(super) fn words_in(body: &[u8]) -> Option<String> {
    message_in(body).or_else(|| title_of(body))
}

/// The message in the JSON with which `body` begins, of an error answer or of an event that reports a failure, and
/// what the service calls that failure: `too long (type invalid_request_error, code context_length_exceeded)`.
pub(crate) fn message_in(body: &[u8]) -> Option<String> {
    let whole = text_at(body, &[]);
    let list = || LISTS.iter().find_map(|name| listed(body, name));
    whole.or_else(list).or_else(|| {
        PLACES.iter().find_map(|path| {
            let message = text_at(body, path)?;
            let names = names_beside(body, path, &message);
            Some(if names.is_empty() { message } else { format!("{message} ({})", names.join(", ")) })
        })
    })
}

/// The names of a failure that stand beside its message at `path`, each once.
fn names_beside(body: &[u8], path: &[&str], message: &str) -> Vec<String> {
    let beside = path.split_last().map_or(path, |(_, parent)| parent);
    let mut said = message.to_lowercase();
    let names = NAMES.iter().filter_map(|(key, shown)| {
        let name = name_at(body, &[beside, &[key]].concat())?;
        let lower = name.to_lowercase();
        let is_new = !said.contains(&lower);
        said.push_str(&lower);
        is_new.then(|| format!("{shown} {name}"))
    });
    names.collect()
}

/// A short word, or a number that is no status: that one is told already.
fn name_at(body: &[u8], path: &[&str]) -> Option<String> {
    let name = match value_at(body, path)? {
        Value::String(text) => text.to_text().into_owned(),
        Value::Number(digits) => String::from_utf8_lossy(digits).into_owned(),
        _ => return None,
    };
    let is_word = (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let is_status = name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_digit());
    let is_empty = matches!(name.as_str(), "error" | "RUN_ERROR" | "0");
    (is_word && !is_status && !is_empty).then_some(name)
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
            r#"{"error":{"message":"full","type":"error"}}"#,
            r#"{"error":"full"}"#,
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
            r#"{"type":"response.failed","response":{"error":{"message":"full"}}}"#,
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
    fn what_the_service_calls_the_failure_stands_behind_its_message() {
        for (body, expected) in [
            // OpenAI, vLLM, Anthropic, OpenAI's responses, TGI, a driver of PostgreSQL.
            (
                r#"{"error":{"message":"too long","type":"invalid_request_error","param":"messages",
                    "code":"context_length_exceeded"}}"#,
                "too long (type invalid_request_error, code context_length_exceeded)",
            ),
            (
                r#"{"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400}"#,
                "too long (type BadRequestError)",
            ),
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                "Overloaded (type overloaded_error)",
            ),
            (
                r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"sorry"}}}"#,
                "sorry (code server_error)",
            ),
            (r#"{"error":"full","error_type":"generation"}"#, "full (type generation)"),
            (r#"{"message":"sorry, no more","code":"53300"}"#, "sorry, no more (code 53300)"),
            (r#"{"message":"no","code":-32601}"#, "no (code -32601)"),
            // Nothing that is no name, says nothing, or is said already.
            (r#"{"message":"no","type":"about:blank","code":"a text of its own"}"#, "no"),
            (r#"{"message":"no","type":"error","code":0}"#, "no"),
            (r#"{"type":"RUN_ERROR","message":"no","code":"x"}"#, "no (code x)"),
            (r#"{"message":"no","type":null,"code":{"id":"a"}}"#, "no"),
            (r#"{"message":"Rate_Limit hit","type":"rate_limit","code":"429"}"#, "Rate_Limit hit"),
            (r#"{"error":{"message":"no","type":"full","code":"full"}}"#, "no (type full)"),
            (r#"{"error":"no","code":"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"}"#, "no"),
        ] {
            assert_eq!(message_in(body.as_bytes()).as_deref(), Some(expected), "{body}");
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
