//! What the reader of TOML says, in words of our own: its users do not know Rust.

/// What is wrong, for whoever wrote the file.
pub(super) fn plain(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return match rest.split_once(", ") {
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
    match wrong.and_then(|rest| rest.split_once(", expected ")) {
        Some((found, wanted)) => format!("{} stands where {} is wanted", kind(found), kind(wanted)),
        None => message.to_owned(),
    }
}

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
        for (message, told) in [
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
            ("something else\nin two lines", "something else"),
        ] {
            assert_eq!(plain(message), told);
        }
    }
}
