//! What the reader of TOML says of a text that is none, in words of our own: its users do not know its grammar.

use std::ops::Range;

/// What the reader says, and what we say; LINE stands for the line, WORD for what the reader points at.
const SLIPS: [(&[&str], &str); 21] = [
    (&["unclosed table"], "the head LINE has no `]` at its end; write [name]"),
    (&["unclosed array table"], "the head LINE has no `]]` at its end; write [[name]]"),
    (&["duplicate key"], "WORD is there already; write it once, with all of its settings"),
    (&["missing value"], "nothing stands behind the `=` of LINE; write a value there"),
    (
        &["extra `=`", "extra assignment between key-value pairs"],
        "LINE has one `=` too many; write name = value",
    ),
    (&["invalid boolean"], "WORD is neither true nor false; write one of them in small letters"),
    (&["unclosed array"], "a list has no `]` at its end; write it before LINE"),
    (&["unclosed inline table"], "a table has no `}` at its end; write it at the end of LINE"),
    (&["extra comma in array", "extra comma in inline table"], "LINE has a comma too many; leave it out"),
    (
        &["missing comma between array elements"],
        "in LINE a comma is missing between two values, or the `]` of a list above it",
    ),
    (&["missing comma between key-value pairs"], "in LINE a comma is missing between two settings"),
    (&["unexpected `=` in array"], "LINE has `=` in a list; names go into a table: { name = value }"),
    (
        &[
            "missing key for inline table element",
            "missing assignment between key-value pairs",
            "missing opening quote",
        ],
        "in LINE a name has no value, or a value no name; write { name = value, name = value }",
    ),
    (
        &["unexpected key or value", "unexpected content"],
        "LINE goes on where it should end; write one setting a line, numbers without commas, notes behind #",
    ),
    (
        &["invalid unquoted key", "unquoted keys cannot be empty", "invalid key", "invalid table"],
        "LINE has no name that can be one; use letters, digits, `-` and `_`, or quotes around it",
    ),
    (
        &["invalid basic string", "invalid literal string"],
        "a text in LINE does not end in the quote that it begins with; write \"…\"",
    ),
    (
        &["invalid multi-line basic string", "invalid multi-line literal string"],
        "a text that begins with three quotes has no end; write three quotes there",
    ),
    (
        &["missing escaped value", "too few unicode value digits", "invalid value"],
        r"a backslash in LINE stands before nothing that it could escape; write \\ for itself",
    ),
    (&["unexpected leading zero"], "a number in LINE begins with a zero; leave that out"),
    (
        &["invalid comment character", "missing comment start"],
        "LINE has a note with a character that cannot be printed; leave it out",
    ),
    (
        &["carriage return must be followed by newline"],
        "a line ends in a carriage return alone; write the file with line ends of Unix or Windows",
    ),
];

const NO_NUMBER: &str = "LINE has a number that is none; write digits, with one point at most: 5 or 0.5";
const NUMBERS: [&str; 6] = [
    "redundant numeric sign",
    "integers with a radix cannot be signed",
    "radix must be lowercase",
    "redundant integer number prefix",
    "unexpected sign",
    "`_` may only go between digits",
];
const NO_TIME: &str = "WORD is neither a number nor a text; a text wants quotes: \"30s\"";
const TIMES: [&str; 3] = ["date-time", "date", "time"];

/// What is wrong where the reader stumbled: `message` is the reader's, `span` where in `text` it points to. None for words
/// that are not of its grammar.
pub fn slip(message: &str, text: &str, span: Range<usize>) -> Option<String> {
    let said = message.lines().next().unwrap_or_default().split(", expected").next().unwrap_or_default();
    let found = text.get(span.clone()).unwrap_or_default().lines().next().unwrap_or_default().trim();
    let line = line_at(text, span.start);
    let invalid = said.strip_prefix("invalid ").unwrap_or_default();
    let ours = match SLIPS.iter().find(|(theirs, _)| theirs.contains(&said)) {
        Some((_, ours)) => ours,
        None if ["key with no value", "missing value for key"].contains(&said) => no_equals(line),
        None if said == "string values must be quoted" => unquoted(found),
        None if NUMBERS.contains(&said) || invalid.ends_with(" number") || invalid == "float" => NO_NUMBER,
        None if TIMES.iter().any(|time| invalid.ends_with(time)) => NO_TIME,
        None => return None,
    };
    let quoted = |text: &str| format!("`{}`", shown(text));
    let (before, after) =
        ours.split_once("LINE").map_or((ours, None), |(before, after)| (before, Some(after)));
    // What is filled in may hold these words itself.
    let fill = |part: &str| part.replacen("WORD", &quoted(found), 1);
    Some(fill(before) + &after.map(|after| quoted(line) + &fill(after)).unwrap_or_default())
}

/// What is wrong with the line at this byte, where nothing more is known.
pub fn no_setting(text: &str, at: usize) -> String {
    format!("`{}` is no setting; write name = value", shown(line_at(text, at)))
}

fn no_equals(line: &str) -> &'static str {
    let is_name = |name: &str| !name.contains(['"', '=']);
    match line.split_once('=').map(|(name, _)| name.trim()) {
        None if line.split_once(':').is_some_and(|(name, _)| is_name(name)) => {
            "LINE has a colon; a setting is written with `=`: name = value"
        }
        Some(name) if name.contains(' ') => {
            "the name in LINE has a blank in it; use letters, digits, `-` and `_`"
        }
        _ => "LINE is no setting; write name = value",
    }
}

fn unquoted(found: &str) -> &'static str {
    match found.chars().next() {
        None => "nothing stands behind the `=` of LINE; write a value there",
        Some('0'..='9') => "WORD is no number; write digits alone, or \"…\" where a text is wanted",
        _ if found.contains(['“', '”', '„', '‘', '’', '«', '»']) => {
            "WORD stands in quotes of a word processor; write \"…\""
        }
        _ => "WORD stands there without its quotes; write \"…\"",
    }
}

/// The line that holds this byte, or that ends at it.
fn line_at(text: &str, at: usize) -> &str {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = after.find('\n').map_or(text.len(), |end| before.len() + end);
    text.get(start..end).unwrap_or_default().trim()
}

/// On one line, and no novel.
fn shown(text: &str) -> String {
    let mut shown: String =
        text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(60).collect();
    if text.chars().count() > 60 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a text whose fault stands at `found`.
    fn said(message: &str, text: &str, found: &str) -> String {
        let start = text.find(found).unwrap();
        slip(message, text, start..start + found.len()).unwrap()
    }

    #[test]
    fn the_words_are_ours_and_quote_the_line() {
        let unquoted = "string values must be quoted, expected literal string";
        let table = [
            ("unclosed table, expected `]`", "a = 1\n[b\n", "[b", "the head `[b` has no `]`"),
            ("key with no value, expected `=`", "path: \"/x\"\n", "path", "`path: \"/x\"` has a colon"),
            ("key with no value, expected `=`", "spawn rate = 2\n", "spawn", "has a blank"),
            (unquoted, "a = 5m\n", "5m", "`5m` is no number"),
            (unquoted, "a = b\n", "b", "without its quotes"),
            (unquoted, "a =\n", "\n", "nothing stands behind the `=` of `a =`"),
            (unquoted, "a = “b”\n", "“b”", "word processor"),
            ("invalid boolean, expected `true`", "a = True\n", "True", "small letters"),
            ("invalid date-time, expected digits", "a = 1:2\n", "1:2", "wants quotes"),
        ];
        for (message, text, found, expected) in table {
            let said = said(message, text, found);
            assert!(said.contains(expected) && !said.contains(", expected"), "{said}");
        }
        assert_eq!(slip("unknown field `a`", "a = 1", 0..1), None);
        assert!(shown(&"é".repeat(61)).ends_with('…'));
    }

    #[test]
    fn a_span_beyond_the_text_harms_nobody() {
        assert!(slip("duplicate key", "é", 1..9).is_some());
    }
}
