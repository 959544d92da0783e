//! Where in events that nobody has described the text may stand, and what separates one event from the others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use worker::chat::Explained;

/// How deep values are looked at, and how many of one event.
const DEPTH: usize = 8;
const LEAVES: usize = 200;
/// Fields that say what kind of event it is.
const KINDS: [&str; 6] = ["type", "event", "kind", "object", "op", "status"];
/// Fields that differ from event to event and are no text.
const MARKS: [&str; 9] =
    ["id", "uuid", "created", "created_at", "timestamp", "time", "ts", "date", "signature"];
/// Fields in which services put text.
const TEXTS: [&str; 12] = [
    "content", "text", "delta", "token", "answer", "response", "chunk", "message", "output", "value", "data",
    "v",
];
/// Fields that are there once the answer is over.
const FINISHES: [&str; 4] = ["finish_reason", "stop_reason", "finishReason", "finish"];
/// Fields in which services put the count of an answer's tokens.
const COUNTS: [&str; 8] = [
    "completion_tokens",
    "output_tokens",
    "candidatesTokenCount",
    "completionTokens",
    "outputTokens",
    "eval_count",
    "tokens_predicted",
    "generated_tokens",
];

/// The values in an event by their paths; of what is no JSON the whole at the path ``.
fn leaves(data: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    match serde_json::from_str(data) {
        Ok(value) => collect(String::new(), value, 0, &mut found),
        Err(_) => found.push((String::new(), Value::from(data))),
    }
    found
}

fn collect(path: String, value: Value, depth: usize, found: &mut Vec<(String, Value)>) {
    if depth > DEPTH || found.len() >= LEAVES {
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => {
            // A name with a dot in it cannot be written in a path.
            for (name, value) in
                fields.into_iter().filter(|(name, _)| !name.is_empty() && !name.contains('.'))
            {
                collect(below(&name), value, depth + 1, found);
            }
        }
        Value::Array(elements) => {
            for (place, value) in elements.into_iter().enumerate() {
                collect(below(&place.to_string()), value, depth + 1, found);
            }
        }
        leaf => found.push((path, leaf)),
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// A text that changes from event to event: its path, and the events that have it.
pub(super) fn text<'e>(events: &[&'e Explained]) -> Option<(String, Vec<&'e Explained>)> {
    let mut places: BTreeMap<String, (BTreeSet<String>, Vec<&Explained>)> = BTreeMap::new();
    for event in events {
        for (path, leaf) in leaves(&event.data) {
            let is_mark = MARKS.contains(&last(&path)) || path.ends_with("_id");
            // What an event is called is not what it says.
            let is_kind = !path.is_empty() && KINDS.contains(&last(&path));
            if let (Value::String(text), false) = (leaf, is_mark || is_kind)
                && !text.is_empty()
                && text != "[DONE]"
                && text != event.event
            {
                let (texts, holders) = places.entry(path).or_default();
                texts.insert(text);
                holders.push(event);
            }
        }
    }
    let changes = |(_, (texts, _)): &(String, (BTreeSet<String>, Vec<&Explained>))| texts.len() > 1;
    let best = places.into_iter().filter(changes).max_by_key(|(path, (texts, _))| {
        (TEXTS.contains(&last(path)), texts.len(), std::cmp::Reverse(path.len()))
    });
    best.map(|(path, (_, holders))| (path, holders))
}

/// A matcher that these events have in common and the others have not, as an API file writes it.
pub(super) fn matcher(these: &[&Explained], all: &[&Explained]) -> Option<String> {
    let is_other = |event: &&&Explained| !these.iter().any(|this| std::ptr::eq(*this, **event));
    let others: Vec<&Explained> = all.iter().filter(is_other).copied().collect();
    let first = these.first()?;
    let separates = |of: &dyn Fn(&Explained) -> bool| {
        these.iter().all(|this| of(this)) && !others.iter().any(|other| of(other))
    };
    if !first.event.is_empty() && separates(&|event| event.event == first.event) {
        return Some(format!("{{ event = {} }}", quoted(&first.event)));
    }
    let fields = leaves(&first.data);
    let has = |path: &str, value: &Value| {
        let (path, value) = (path.to_owned(), value.clone());
        move |event: &Explained| leaves(&event.data).iter().any(|(at, leaf)| *at == path && *leaf == value)
    };
    let kinds = fields.iter().filter(|(path, leaf)| KINDS.contains(&last(path)) && leaf.is_string());
    let flags = fields.iter().filter(|(path, leaf)| !path.is_empty() && *leaf == Value::Bool(true));
    for (path, value) in kinds.chain(flags) {
        if separates(&has(path, value)) {
            let value = value.as_str().map_or_else(|| value.to_string(), quoted);
            return Some(format!("{{ field = {}, equals = {value} }}", quoted(path)));
        }
    }
    let is_finish = |event: &Explained, path: &str| {
        leaves(&event.data)
            .iter()
            .any(|(at, leaf)| at == path && leaf.as_str().is_some_and(|text| !text.is_empty()))
    };
    let finish = fields
        .iter()
        .find(|(path, _)| FINISHES.contains(&last(path)) && separates(&|event| is_finish(event, path)));
    if let Some((path, _)) = finish {
        return Some(format!("{{ field = {} }}", quoted(path)));
    }
    let is_word = first.data.len() < 40 && serde_json::from_str::<Value>(&first.data).is_err();
    (is_word && separates(&|event| event.data == first.data))
        .then(|| format!("{{ data = {} }}", quoted(&first.data)))
}

/// The path of a count of tokens, and the count, in the last event that has one.
pub(super) fn count(events: &[&Explained]) -> Option<(String, u64)> {
    let of = |event: &&Explained| {
        let counted = |(path, leaf): (String, Value)| {
            let count = leaf.as_u64().filter(|count| *count > 0 && COUNTS.contains(&last(&path)))?;
            Some((path, count))
        };
        leaves(&event.data).into_iter().find_map(counted)
    };
    events.iter().rev().find_map(of)
}

/// The place of an id in an answer.
pub(super) fn id(answer: &str) -> Option<String> {
    let found = leaves(answer).into_iter().filter(|(path, leaf)| {
        let name = last(path);
        (name == "id" || name.ends_with("_id") || name.ends_with("Id")) && (leaf.is_string() || leaf.is_u64())
    });
    found.map(|(path, _)| path).min_by_key(String::len)
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Explained {
        Explained {
            event: name.to_owned(),
            data: data.to_owned(),
            taken_for: String::new(),
            kinds: worker::chat::Kinds::default(),
        }
    }

    #[test]
    fn text_is_what_changes() {
        for (data, path) in [
            (
                [
                    r#"{"id":"1","choices":[{"delta":{"content":"a"}}]}"#,
                    r#"{"id":"2","choices":[{"delta":{"content":"b"}}]}"#,
                ],
                Some("choices.0.delta.content"),
            ),
            ([r#"{"model":"m","note":"x"}"#, r#"{"model":"m","note":"y"}"#], Some("note")),
            ([r#"{"event":"Started"}"#, r#"{"event":"Completed"}"#], None),
            ([r#"{"request_id":"x"}"#, r#"{"request_id":"y"}"#], None),
            (["Hel", "lo"], Some("")),
            ([r#""Hel""#, r#""lo""#], Some("")),
            ([r#"{"text":""}"#, r#"{"text":""}"#], None),
        ] {
            let events = data.map(|data| event("", data));
            let found = text(&events.iter().collect::<Vec<_>>());
            assert_eq!(found.as_ref().map(|(path, _)| path.as_str()), path, "{data:?}");
        }
    }

    #[test]
    fn an_event_is_told_by_name_kind_flag_reason_or_words() {
        let others = [event("", r#"{"type":"a","done":false,"finish_reason":null}"#), event("x", "b")];
        for (this, expected) in [
            (event("end", "c"), Some(r#"{ event = "end" }"#)),
            (event("", r#"{"type":"b"}"#), Some(r#"{ field = "type", equals = "b" }"#)),
            (event("", r#"{"type":"a","done":true}"#), Some(r#"{ field = "done", equals = true }"#)),
            (event("", r#"{"type":"a","finish_reason":"stop"}"#), Some(r#"{ field = "finish_reason" }"#)),
            (event("", "[DONE]"), Some(r#"{ data = "[DONE]" }"#)),
            (event("x", r#"{"type":"a"}"#), None),
        ] {
            let all: Vec<&Explained> = others.iter().chain([&this]).collect();
            assert_eq!(matcher(&[&this], &all).as_deref(), expected);
        }
    }

    #[test]
    fn counts_and_ids_are_known_by_their_names() {
        let last = event("", r#"{"usage":{"output_tokens":7,"input_tokens":3}}"#);
        assert_eq!(count(&[&event("", "x"), &last]), Some(("usage.output_tokens".to_owned(), 7)));
        assert_eq!(id(r#"{"data":{"thread_id":"7"},"title":"x"}"#).as_deref(), Some("data.thread_id"));
        assert_eq!(id(r#"{"title":"x"}"#), None);
    }
}
