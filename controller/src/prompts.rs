//! What users ask, from a file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use common::named_file;
use serde_json::Value;

/// Most prompts, and bytes of all of them: they travel to each worker in one message.
const MOST: usize = 100_000;
const MOST_BYTES: usize = 16 << 20;
/// Most bytes of a file: conversations hold more than what is asked of them.
const MOST_READ: u64 = 1 << 30;

/// What users ask, and how a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts {
    /// The prompts; never empty.
    pub all: Arc<[String]>,
    /// The file's name, how many, how long, and a fingerprint: two runs that ask the same have the same.
    pub summary: String,
}

/// A file that holds no prompts.
#[derive(Debug, thiserror::Error)]
pub enum PromptsError {
    #[error("--prompts {path}: {source}; name a readable text file")]
    Unreadable { path: String, source: std::io::Error },
    /// A file of another kind.
    #[error("--prompts {path}: it is {is}; {instead}")]
    Kind { path: String, is: &'static str, instead: &'static str },
    /// JSON that is not a prompt.
    #[error(
        "--prompts {path} {place}: {fault}; a prompt is a JSON string, or an object with one in `prompt`, `messages` or `conversations`"
    )]
    Item { path: String, place: Place, fault: String },
    #[error("--prompts {0}: there is no prompt in it; write one on each line")]
    None(String),
    #[error("--prompts {path}: {is}, and {MOST} prompts of {} MiB in all are the most; take a part of it", MOST_BYTES >> 20)]
    TooMuch { path: String, is: String },
}

/// Where a prompt stands, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a line.
    Line(usize),
    /// In the list that the file is.
    Entry(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(number) => write!(f, "line {number}"),
            Place::Entry(number) => write!(f, "entry {number}"),
        }
    }
}

/// How a file holds its prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One on each line.
    Text,
    /// JSON on each line, or all of it one array.
    Json,
}

/// Reads a file: a prompt on each line; of a `.jsonl` or `.json` file JSON on each line, or an array, of strings,
/// of objects with one in `prompt`, or of conversations as ShareGPT, OpenAI's messages and its batches have them,
/// whose first words of the user are asked. Empty lines are skipped.
///
/// # Errors
/// See [`PromptsError`].
pub fn read(path: &Path) -> Result<Prompts, PromptsError> {
    let shown = path.display().to_string();
    let bytes = named_file::bytes(path, MOST_READ)
        .map_err(|source| PromptsError::Unreadable { path: shown.clone(), source })?;
    let kind = |is, instead| PromptsError::Kind { path: shown.clone(), is, instead };
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let form = match ending.to_str().unwrap_or_default() {
        "jsonl" | "ndjson" | "json" => Form::Json,
        "csv" | "tsv" => {
            return Err(kind("a table", "write its prompts one on each line of a .txt or .jsonl file"));
        }
        _ => Form::Text,
    };
    let text = String::from_utf8(bytes).map_err(|error| match error.as_bytes() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => kind("UTF-16 text", "save it as UTF-8"),
        [0x1f, 0x8b, ..] => kind("compressed with gzip", "unpack it"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => kind("compressed with zstd", "unpack it"),
        _ => kind("no UTF-8 text", "save it as UTF-8"),
    })?;
    let name = path.file_name().map_or(shown.clone(), |name| name.to_string_lossy().into_owned());
    parse(&text, form, &shown).map(|all| Prompts { summary: summary(&name, &all), all })
}

/// The prompts in `text`; errors name it `path`.
pub fn parse(text: &str, form: Form, path: &str) -> Result<Arc<[String]>, PromptsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let all = match form {
        Form::Text => text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect(),
        Form::Json => json(text).map_err(|(place, fault)| {
            let path = path.to_owned();
            PromptsError::Item { path, place, fault }
        })?,
    };
    let bytes: usize = all.iter().map(String::len).sum();
    if all.is_empty() {
        return Err(PromptsError::None(path.to_owned()));
    }
    if all.len() > MOST || bytes > MOST_BYTES {
        let is =
            format!("it has {} prompts of {:.1} MiB in all", all.len(), bytes as f64 / f64::from(1 << 20));
        return Err(PromptsError::TooMuch { path: path.to_owned(), is });
    }
    Ok(all.into())
}

/// The prompts of JSON, or the line or entry that is not a prompt, and why.
fn json(text: &str) -> Result<Vec<String>, (Place, String)> {
    let items: Vec<(Place, Value)> = match serde_json::from_str(text) {
        Ok(Value::Array(items)) => (1..).map(Place::Entry).zip(items).collect(),
        Ok(one) => vec![(Place::Line(1), one)],
        Err(_) => {
            let lines = (1..).map(Place::Line).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
            let value = |(place, line)| match serde_json::from_str(line) {
                Ok(value) => Ok((place, value)),
                Err(_) => Err((place, "it is no JSON".to_owned())),
            };
            lines.map(value).collect::<Result<_, _>>()?
        }
    };
    items.iter().map(|(place, item)| json_prompt(item).map_err(|fault| (*place, fault))).collect()
}

/// The prompt of one item: itself, its `prompt`, or the first words of the user in its conversation.
fn json_prompt(item: &Value) -> Result<String, String> {
    let asked = ["prompt", "messages", "conversations"].into_iter().find_map(|name| item.get(name));
    let text = match (item.get("body"), asked) {
        // A line of a batch of OpenAI's.
        (Some(body), None) => return json_prompt(body),
        (_, Some(Value::Array(turns))) => turns.iter().find_map(words_of_user),
        (_, Some(text)) => text.as_str().map(str::to_owned),
        (None, None) => item.as_str().map(str::to_owned),
    };
    match text {
        Some(text) if text.is_empty() => Err("the prompt is empty".to_owned()),
        Some(text) => Ok(text),
        None => Err("there is no prompt in it".to_owned()),
    }
}

/// What a turn of a conversation says, if the user says it: as ShareGPT has it, or as messages, in parts or not.
fn words_of_user(turn: &Value) -> Option<String> {
    let who = turn.get("role").or_else(|| turn.get("from"))?.as_str()?;
    if !matches!(who, "user" | "human") {
        return None;
    }
    match turn.get("content").or_else(|| turn.get("value"))? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        }
        _ => None,
    }
}

fn summary(name: &str, all: &[String]) -> String {
    let lengths = || all.iter().map(|prompt| prompt.chars().count());
    let (least, most) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    format!("{name}: {} of {least} to {most} characters ({:08x})", all.len(), fingerprint(all))
}

/// FNV-1a, folded to 32 bits, with an end behind each prompt. Distinguishes files, but does not protect from forgery.
fn fingerprint(all: &[String]) -> u32 {
    let bytes = all.iter().flat_map(|prompt| prompt.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash >> 32) as u32 ^ hash as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, json: bool) -> Result<Vec<String>, String> {
        let form = if json { Form::Json } else { Form::Text };
        parse(text, form, "f").map(|all| all.to_vec()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_prompt_is_a_line() {
        let table: [(&str, bool, &[&str]); 10] = [
            ("a\nb", false, &["a", "b"]),
            ("\u{feff}a\r\n\n  \n b \n", false, &["a", " b "]),
            ("\"quoted\"\n{}", false, &["\"quoted\"", "{}"]),
            ("\"a\\nb\"\n{\"prompt\": \"c\", \"id\": 7}\n", true, &["a\nb", "c"]),
            ("\n\"\\u00e9\"", true, &["é"]),
            ("[\n  \"a\",\n  {\"prompt\": \"b\"}\n]\n", true, &["a", "b"]),
            (
                r#"{"id":1,"conversations":[{"from":"gpt","value":"x"},{"from":"human","value":"a"}]}"#,
                true,
                &["a"],
            ),
            (
                r#"[{"messages":[{"role":"system","content":"x"},{"role":"user","content":"a"}]}]"#,
                true,
                &["a"],
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"text":"b"}]}]}"#,
                true,
                &["a\nb"],
            ),
            (
                "{\"custom_id\":1,\"body\":{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}}\n\"b\"",
                true,
                &["a", "b"],
            ),
        ];
        for (text, json, prompts) in table {
            assert_eq!(said(text, json).unwrap(), prompts, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_prompt_is_reported_with_its_line() {
        for (text, json, fault) in [
            ("", false, "--prompts f: there is no prompt in it"),
            (" \n\n", true, "--prompts f: there is no prompt in it"),
            ("\"a\"\nb", true, "--prompts f line 2: it is no JSON"),
            ("[\"a\", 7]", true, "--prompts f entry 2: there is no prompt in it"),
            (
                "{\"messages\":[{\"role\":\"system\",\"content\":\"x\"}]}",
                true,
                "--prompts f line 1: there is no prompt in it",
            ),
            ("\"a\"\n\n{\"text\": 1}", true, "--prompts f line 3: there is no prompt in it"),
            ("\"\"", true, "--prompts f line 1: the prompt is empty"),
            (&"a\n".repeat(MOST + 1), false, "--prompts f: it has 100001 prompts of 0.1 MiB"),
            (&"a".repeat(MOST_BYTES + 1), false, "--prompts f: it has 1 prompts of 16.0 MiB"),
        ] {
            let message = said(text, json).unwrap_err();
            assert!(message.starts_with(fault), "{message}");
        }
        assert_eq!(said(&"a".repeat(MOST_BYTES), false).map(|all| all.len()), Ok(1));
    }

    #[test]
    fn two_files_that_differ_have_different_fingerprints() {
        let of =
            |prompts: &[&str]| summary("f", &prompts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert!(of(&["ab", "c"]).starts_with("f: 2 of 1 to 2 characters ("));
        for other in [&["ab", "d"], &["a", "bc"], &["c", "ab"]] {
            assert_ne!(of(&["ab", "c"]), of(other));
        }
    }
    #[test]
    fn a_file_of_another_kind_is_called_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes, is) in [
            ("a.txt", &b"\xff\xfea\0"[..], "UTF-16 text; save it as UTF-8"),
            ("a.jsonl", b"\x1f\x8b\x08", "compressed with gzip; unpack it"),
            ("b.txt", b"gr\xfc\xdfe", "no UTF-8 text; save it as UTF-8"),
            ("a.CSV", b"prompt\na\n", "a table; write its prompts"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let message = read(&path).unwrap_err().to_string();
            assert!(message.contains(&format!("{name}: it is {is}")), "{message}");
        }
    }
}
