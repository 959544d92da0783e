//! Text where a service puts it: plain, a JSON string, or in parts.

use crate::sse::scan::{Value, elements, string_at, value_at};

/// Text that an event adds, not yet decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chat) enum Said<'e> {
    /// These bytes.
    Plain(&'e [u8]),
    /// A JSON value and its text: a string, or a list of parts.
    Json(Value<'e>, &'e [u8]),
}

impl Said<'_> {
    /// Adds the text to `out`, escapes decoded and invalid UTF-8 replaced.
    pub(crate) fn push_to(self, out: &mut String) {
        match self {
            Said::Plain(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
            Said::Json(Value::String(text), _) => out.push_str(&text.to_text()),
            Said::Json(_, rest) => elements(rest).filter_map(visible).for_each(|text| text.push_to(out)),
        }
    }
}

/// Whether a value holds visible text.
pub(super) fn is_text(value: Value<'_>, rest: &[u8]) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Array => elements(rest).any(|part| visible(part).is_some()),
        _ => false,
    }
}

/// Whether a value holds thoughts.
pub(super) fn is_thought(value: Value<'_>, rest: &[u8]) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Array => elements(rest).any(|part| kind(part) == PartKind::Thought),
        _ => false,
    }
}

/// Whether a value says anything: absent are `null`, `false`, and what is empty.
pub(super) fn is_something(value: Value<'_>, rest: &[u8]) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array => elements(rest).next().is_some(),
        Value::Object => rest[1..].trim_ascii_start().first() != Some(&b'}'),
    }
}

#[derive(PartialEq)]
enum PartKind {
    Text,
    Thought,
    Other,
}

/// What a part of a list is: a text has the type `text`, or none; a thought says so by its type or, as Gemini's,
/// by a flag.
fn kind(part: &[u8]) -> PartKind {
    if value_at(part, &["thought"]) == Some(Value::Bool(true)) {
        return PartKind::Thought;
    }
    match string_at(part, &["type"]).map(|kind| kind.as_bytes()) {
        None | Some(b"text" | b"output_text" | b"text_delta") => PartKind::Text,
        Some(b"thinking" | b"reasoning" | b"thinking_delta" | b"summary_text") => PartKind::Thought,
        Some(_) => PartKind::Other,
    }
}

/// The visible text of a part.
fn visible(part: &[u8]) -> Option<Said<'_>> {
    let text = match value_at::<&str>(part, &[])? {
        text @ Value::String(_) => text,
        Value::Object if kind(part) == PartKind::Text => Value::String(string_at(part, &["text"])?),
        _ => return None,
    };
    is_text(text, part).then_some(Said::Json(text, part))
}
