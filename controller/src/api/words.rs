//! What the reader of an API file says, in words of our own: its users do not know Rust.

use std::ops::Range;

use common::text::toml;

/// Settings that stand at the top of a file and are often written below a table's head.
const TOP: [&str; 7] = [
    "`preset`",
    "`thread_id_field`",
    "`user_header`",
    "`cookies`",
    "`login_every`",
    "`nonce`",
    "`max_tokens_field`",
];

/// What is wrong at `span` of `text`, where the reader stumbled, for whoever wrote the file.
pub(super) fn plain(message: &str, text: &str, span: Range<usize>) -> String {
    if let Some(slip) = toml::slip(message, text, span.clone()) {
        return slip;
    }
    let message = message.lines().next().unwrap_or_default();
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return match rest.split_once(", ") {
            Some((name, _)) if TOP.contains(&name) => {
                format!(
                    "{name} is no setting of a table; write it at the top of the file, before the first [table]"
                )
            }
            Some((name, wanted)) => format!("there is no setting {name} here; {}", there_are(wanted)),
            None => format!("there is no setting {rest} here"),
        };
    }
    if let Some((name, wanted)) =
        message.strip_prefix("unknown variant ").and_then(|rest| rest.split_once(", "))
    {
        return format!("{name} cannot stand here; {}", there_are(wanted));
    }
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((found, wanted)) = wrong.and_then(|rest| rest.split_once(", expected ")) {
        return format!("{} stands where {} is wanted", kind(found), kind(wanted));
    }
    let found = text.get(span).unwrap_or_default();
    let found = format!("`{}`", found.lines().next().unwrap_or_default().trim());
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("{name} is missing in {found}; add it");
    }
    match message {
        "wanted string or table" => format!("{found} stands where a text in quotes is wanted"),
        _ if OURS.iter().any(|ours| message.starts_with(ours)) => {
            format!("{found} stands where this is wanted: {message}")
        }
        _ => message.to_owned(),
    }
}

/// How our own words begin that say what is wanted of a setting that has several forms.
const OURS: [&str; 6] = [
    "\"body\", a matcher",
    "a matcher such",
    "a path in",
    "the name of a call",
    "a number of turns",
    "a table such as { share",
];

/// `expected one of a, b` and `expected a`.
fn there_are(wanted: &str) -> String {
    let list = wanted.strip_prefix("expected one of ").or_else(|| wanted.strip_prefix("expected "));
    list.map_or("there are none".to_owned(), |list| format!("there are {list}"))
}

/// A kind of value as people call it.
fn kind(text: &str) -> String {
    let known = [
        ("a string", "a text in quotes"),
        ("a boolean", "true or false"),
        ("u16", "a whole number from 0 to 65535"),
        ("u32", "a whole number from 0 to 4294967295"),
        ("a map", "a table { … }"),
        ("map", "a table { … }"),
        ("sequence", "a list [ … ]"),
        ("a sequence", "a list [ … ]"),
    ];
    if let Some((_, plain)) = known.iter().find(|(name, _)| *name == text) {
        return (*plain).to_owned();
    }
    if text.starts_with("struct ") {
        return "a table { … }".to_owned();
    }
    match text.split_once(' ') {
        Some(("string", value)) => format!("the text {value}"),
        Some(("integer" | "floating", value)) => format!("the number {value}"),
        Some(("boolean", value)) => value.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_in_plain_words() {
        for (message, expected) in [
            (
                "unknown field `pth`, expected one of `a`, `b`",
                "there is no setting `pth` here; there are `a`, `b`",
            ),
            ("unknown field `x`, expected `a`", "there is no setting `x` here; there are `a`"),
            (
                "unknown variant `xml`, expected one of `a`, `b`",
                "`xml` cannot stand here; there are `a`, `b`",
            ),
            (
                "invalid type: integer `7`, expected a string",
                "the number `7` stands where a text in quotes is wanted",
            ),
            (
                "invalid type: string \"x\", expected struct Matcher",
                "the text \"x\" stands where a table { … } is wanted",
            ),
            ("invalid type: map, expected a boolean", "a table { … } stands where true or false is wanted"),
            (
                "invalid value: integer `-1`, expected u32",
                "the number `-1` stands where a whole number from 0 to 4294967295 is wanted",
            ),
            ("duplicate key", "`found` is there already; write it once, with all of its settings"),
            (
                "a path in the answer such as \"id\"",
                "`found` stands where this is wanted: a path in the answer such as \"id\"",
            ),
            (
                "unknown field `cookies`, expected `a`",
                "`cookies` is no setting of a table; write it at the top of the file, before the first [table]",
            ),
            ("something else\nin two lines", "something else"),
        ] {
            assert_eq!(plain(message, "found\nand more", 0..9), expected);
        }
    }
}
