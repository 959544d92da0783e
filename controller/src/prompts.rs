//! What users ask, from a file.

use std::path::Path;
use std::sync::Arc;

/// Most prompts, and bytes of all of them: they travel to each worker in one message.
const MOST: usize = 100_000;
const MOST_BYTES: usize = 16 << 20;
/// The ending of files whose lines are JSON.
const JSON_LINES: &str = "jsonl";

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
    /// A line of JSON that is no prompt.
    #[error(
        "{path} line {line}: {fault}; each line of a .jsonl file is a JSON string, or an object with one in `prompt`"
    )]
    Line {
        path: String,
        /// Counted from 1.
        line: usize,
        fault: String,
    },
    #[error("--prompts {0}: there is no prompt in it; write one on each line")]
    None(String),
    #[error("--prompts {path}: {is}, and {MOST} prompts of {} MiB in all are the most; take a part of it", MOST_BYTES >> 20)]
    TooMuch { path: String, is: String },
}

/// Reads a file: a prompt on each line, or, in a `.jsonl` file, a JSON string or an object with one in `prompt`
/// on each line. Empty lines are skipped.
///
/// # Errors
/// See [`PromptsError`].
pub fn read(path: &Path) -> Result<Prompts, PromptsError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| PromptsError::Unreadable { path: shown.clone(), source })?;
    let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(JSON_LINES));
    let name = path.file_name().map_or(shown.clone(), |name| name.to_string_lossy().into_owned());
    parse(&text, json, &shown).map(|all| Prompts { summary: summary(&name, &all), all })
}

/// The prompts in `text`; errors name it `path`.
pub fn parse(text: &str, json: bool, path: &str) -> Result<Arc<[String]>, PromptsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let prompt = |(number, line): (usize, &str)| match json {
        false => Ok(line.to_owned()),
        true => json_prompt(line).map_err(|fault| {
            let (path, line) = (path.to_owned(), number + 1);
            PromptsError::Line { path, line, fault }
        }),
    };
    let all = lines.map(prompt).collect::<Result<Vec<_>, _>>()?;
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

fn json_prompt(line: &str) -> Result<String, String> {
    let value: serde_json::Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let text = value.get("prompt").unwrap_or(&value).as_str();
    match text {
        Some("") => Err("the prompt is empty".to_owned()),
        Some(text) => Ok(text.to_owned()),
        None => Err("there is no prompt in it".to_owned()),
    }
}

fn summary(name: &str, all: &[String]) -> String {
    let lengths = || all.iter().map(|prompt| prompt.chars().count());
    let (least, most) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    format!("{name}: {} of {least} to {most} characters ({:08x})", all.len(), fingerprint(all))
}

/// FNV-1a, folded to 32 bits, with an end behind each prompt. Tells files apart, and keeps nobody from forging one.
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
        parse(text, json, "f").map(|all| all.to_vec()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_prompt_is_a_line() {
        let table: [(&str, bool, &[&str]); 5] = [
            ("a\nb", false, &["a", "b"]),
            ("\u{feff}a\r\n\n  \n b \n", false, &["a", " b "]),
            ("\"quoted\"\n{}", false, &["\"quoted\"", "{}"]),
            ("\"a\\nb\"\n{\"prompt\": \"c\", \"id\": 7}\n", true, &["a\nb", "c"]),
            ("\n\"\\u00e9\"", true, &["é"]),
        ];
        for (text, json, prompts) in table {
            assert_eq!(said(text, json).unwrap(), prompts, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_prompt_is_told_with_its_line() {
        for (text, json, fault) in [
            ("", false, "--prompts f: there is no prompt in it"),
            (" \n\n", true, "--prompts f: there is no prompt in it"),
            ("\"a\"\nb", true, "f line 2: expected value"),
            ("\"a\"\n\n{\"text\": 1}", true, "f line 3: there is no prompt in it"),
            ("\"\"", true, "f line 1: the prompt is empty"),
            (&"a\n".repeat(MOST + 1), false, "--prompts f: it has 100001 prompts of 0.1 MiB"),
            (&"a".repeat(MOST_BYTES + 1), false, "--prompts f: it has 1 prompts of 16.0 MiB"),
        ] {
            let message = said(text, json).unwrap_err();
            assert!(message.starts_with(fault), "{message}");
        }
        assert_eq!(said(&"a".repeat(MOST_BYTES), false).map(|all| all.len()), Ok(1));
    }

    #[test]
    fn two_files_that_differ_are_told_apart() {
        let of =
            |prompts: &[&str]| summary("f", &prompts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert!(of(&["ab", "c"]).starts_with("f: 2 of 1 to 2 characters ("));
        for other in [&["ab", "d"], &["a", "bc"], &["c", "ab"]] {
            assert_ne!(of(&["ab", "c"]), of(other));
        }
    }
}
