//! What the reader of JSON says of what it cannot read, in words of our own.

use serde_json::Error;
use serde_json::error::Category;

/// Kinds of values as the reader calls them, and as people do.
const KINDS: [(&str, &str); 11] = [
    ("a string", "a text"),
    ("a borrowed string", "a text"),
    ("a boolean", "true or false"),
    ("u32", "a whole number from 0"),
    ("u64", "a whole number from 0"),
    ("i64", "a whole number"),
    ("f64", "a number"),
    ("a map", "an object"),
    ("map", "an object"),
    ("a sequence", "a list"),
    ("sequence", "a list"),
];

/// What is wrong, without its line: whoever reads line by line knows that better.
pub fn plain(error: &Error) -> String {
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    match error.classify() {
        Category::Eof => "it ends in the middle of its JSON".to_owned(),
        Category::Syntax if said == "trailing characters" => {
            format!("something stands behind its JSON, from column {} on", error.column())
        }
        Category::Syntax => format!("it is no JSON from column {} on", error.column()),
        Category::Data | Category::Io => data(said),
    }
}

fn data(said: &str) -> String {
    if let Some(name) = said.strip_prefix("missing field ") {
        return format!("it has no {name}");
    }
    if let Some(name) = said.strip_prefix("duplicate field ") {
        return format!("{name} is there twice");
    }
    if let Some((name, _)) = said.strip_prefix("unknown field ").and_then(|rest| rest.split_once(", ")) {
        return format!("there is no field {name}");
    }
    if let Some((name, wanted)) =
        said.strip_prefix("unknown variant ").and_then(|rest| rest.split_once(", expected "))
    {
        let wanted = wanted.strip_prefix("one of ").unwrap_or(wanted);
        return format!("{name} stands where one of these is wanted: {wanted}");
    }
    let wrong = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
    match wrong.and_then(|rest| rest.split_once(", expected ")) {
        Some((found, wanted)) => format!("{} stands where {} is wanted", found_kind(found), kind(wanted)),
        None => said.to_owned(),
    }
}

fn kind(text: &str) -> &str {
    match KINDS.iter().find(|(theirs, _)| *theirs == text) {
        Some((_, ours)) => ours,
        None if text.starts_with("struct ") => "an object",
        None => text,
    }
}

fn found_kind(text: &str) -> String {
    match text.split_once(' ') {
        Some(("string", value)) => format!("the text {value}"),
        Some(("integer", value)) => format!("the number {value}"),
        Some(("floating", value)) => format!("the number {}", value.trim_start_matches("point ")),
        Some(("boolean", value)) => value.to_owned(),
        _ => kind(text).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Way {
        Ok,
        Left,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[serde(rename = "user")]
        _user: u64,
        #[serde(rename = "at")]
        _at: f64,
        #[serde(rename = "way")]
        _way: Way,
    }

    #[test]
    fn no_word_is_the_readers() {
        let good = r#"{"user": 1, "at": 0.5, "way": "ok"}"#;
        assert!(serde_json::from_str::<Line>(good).is_ok());
        for (found, instead, said) in [
            ("1,", "\"x\",", "the text \"x\" stands where a whole number from 0 is wanted"),
            ("1,", "1.5,", "the number `1.5` stands where a whole number from 0 is wanted"),
            ("1,", "-1,", "the number `-1` stands where a whole number from 0 is wanted"),
            ("0.5", "[]", "a list stands where a number is wanted"),
            ("0.5", "null", "null stands where a number is wanted"),
            ("\"user\": 1, ", "", "it has no `user`"),
            ("\"at\"", "\"user\"", "`user` is there twice"),
            ("\"at\"", "\"att\"", "there is no field `att`"),
            ("\"ok\"", "\"okay\"", "`okay` stands where one of these is wanted: `ok` or `left`"),
            ("\"ok\"}", "\"ok\"", "it ends in the middle of its JSON"),
            ("\"ok\"}", "\"ok\"} 7", "something stands behind its JSON, from column 37 on"),
            ("{\"user\"", "{user", "it is no JSON from column 2 on"),
        ] {
            let text = good.replacen(found, instead, 1);
            assert_eq!(plain(&serde_json::from_str::<Line>(&text).unwrap_err()), said, "{text}");
        }
    }
}
