//! Files of values that an API file names: `think = "file:think.txt"`, from its own folder on.

use std::path::Path;
use std::time::Duration;

use common::api::{Abandon, Think, Turns};
use common::shape::Location;

use super::choice::ApiChoice;
use crate::values_file::{FORM, ValuesFault, in_full};

/// The text with the values in place of each name; all else stands where it stood.
///
/// # Errors
/// What is wrong with one of the files, and where it is named.
pub(super) fn written_out(text: &str, file: &str) -> Result<String, ApiChoice> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    while let Some(found) = text[done..].find(&format!("\"{FORM}")) {
        let at = done + found + 1;
        let Some(length) = text[at..].find('"') else { break };
        out.push_str(&text[done..at]);
        let named = &text[at..at + length];
        let values = match key(&text[..at - 1]) {
            Some(key) => of_key(key, &named[FORM.len()..], folder),
            None => Ok(named.to_owned()),
        };
        let values =
            values.map_err(|fault| ApiChoice::Values { at: Location::in_text(file, text, at), fault })?;
        out.push_str(&values);
        done = at + length;
    }
    out.push_str(&text[done..]);
    Ok(out)
}

/// The setting whose value follows, if it is one that takes a distribution.
fn key(before: &str) -> Option<&'static str> {
    let is_comment = before.lines().next_back().is_some_and(|line| line.trim_start().starts_with('#'));
    let name = before.trim_end().strip_suffix('=')?.trim_end();
    ["think", "turns", "after"].into_iter().filter(|_| !is_comment).find(|key| {
        let rest = name.strip_suffix(key);
        rest.is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-'))
    })
}

fn of_key(key: &str, path: &str, folder: &Path) -> Result<String, ValuesFault> {
    let said = |error: &dyn std::error::Error| error.to_string();
    match key {
        "turns" => {
            in_full::<u32>(path, folder, |one| one.parse::<Turns>().map(drop).map_err(|error| said(&error)))
        }
        "think" => in_full::<Duration>(path, folder, |one| {
            one.parse::<Think>().map(drop).map_err(|error| said(&error))
        }),
        _ => in_full::<Duration>(path, folder, |one| {
            Abandon::new(1.0, one).map(drop).map_err(|error| said(&error))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_values_are_read_from_the_api_files_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.txt"), "3\n1\n3\n").unwrap();
        std::fs::write(folder.path().join("s.txt"), "2s\n").unwrap();
        let file = folder.path().join("my.toml").display().to_string();
        let text = "[users.stream]\nturns = \"file:t.txt\"\nthink=\"file:s.txt\" # so long\n\
                    abandon = { share = 0.5, after = \"file:s.txt\" }\nbody = \"file:t.txt\"\n";
        let expected = "[users.stream]\nturns = \"values:1,3x2@t.txt\"\nthink=\"values:2s@s.txt\" # so long\n\
                    abandon = { share = 0.5, after = \"values:2s@s.txt\" }\nbody = \"file:t.txt\"\n";
        assert_eq!(written_out(text, &file).unwrap(), expected);
        for (text, said) in [
            (
                "a = 1\nturns = \"file:s.txt\"",
                "my.toml line 2: s.txt line 1: `2s` is no value; write a whole number",
            ),
            ("think = \"file:none\"", "my.toml line 1: none: No such file"),
        ] {
            let error = written_out(text, &file).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert_eq!(written_out("turns = \"file:t", &file).unwrap(), "turns = \"file:t", "no end, no name");
    }
}
