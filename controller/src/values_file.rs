//! Distributions from files: `file:PATH` stands for the values in it, one on each line.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use common::distribution::{Distribution, Quantity, Values};
use common::named_file;

/// How it is written.
pub const FORM: &str = "file:";
/// Most bytes of a file, and values in it.
const MOST_BYTES: u64 = 16 << 20;
const MOST: usize = 1_000_000;
/// The beginning of a line that is shown, characters.
const SHOWN: usize = 40;

/// A file that holds no values.
#[derive(Debug, thiserror::Error)]
pub enum ValuesFault {
    #[error("{path}: {source}; name a readable text file with a value on each line")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path} is no file, or longer than {} MiB; name one with a value on each line", MOST_BYTES >> 20)]
    Kind { path: String },
    #[error("{path} line {line}: {why}")]
    Line {
        path: String,
        /// Counted from 1.
        line: usize,
        why: String,
    },
    #[error("{path} has no value in it; write one on each line")]
    None { path: String },
    #[error("{path} has more than {MOST} values; take a part of them")]
    Many { path: String },
    #[error(
        "the name of {path} has a sign that cannot be repeated: @, a quote, a backslash or a line end; rename it"
    )]
    Name { path: String },
}

/// Reads a flag of which a part may be a distribution of a file, which then stands at its end: `file:a.txt`,
/// `stream=file:a.txt`, `0.05,file:a.txt`.
///
/// # Errors
/// What is wrong with the file, or with the rest.
pub fn flag<Q: Quantity, T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    let read = |text: &str| text.parse::<T>().map_err(|error| error.to_string());
    let begins = |at: &usize| *at == 0 || text[..*at].ends_with(['=', ',', ' ']);
    let Some(at) = text.find(FORM).filter(begins) else { return read(text) };
    let (before, path) = (&text[..at], &text[at + FORM.len()..]);
    // What no such value may be, the file may not have either.
    let is_one = |value: &str| read(&format!("{before}{value}")).map(drop);
    let values = in_full::<Q>(path, Path::new(""), is_one).map_err(|fault| fault.to_string())?;
    read(&format!("{before}{values}"))
}

/// The values of a file, which is named from `folder` on, written out. `is_one` tells why a value may not be there.
///
/// # Errors
/// See [`ValuesFault`].
pub fn in_full<Q: Quantity>(
    path: &str,
    folder: &Path,
    is_one: impl Fn(&str) -> Result<(), String>,
) -> Result<String, ValuesFault> {
    let named = || path.to_owned();
    if path.contains(['@', '"', '\\', '\n']) {
        return Err(ValuesFault::Name { path: named() });
    }
    let place = folder.join(path);
    let unreadable = |source| ValuesFault::Unreadable { path: named(), source };
    let found = std::fs::metadata(&place).map_err(unreadable)?;
    if !found.is_file() || found.len() > MOST_BYTES {
        return Err(ValuesFault::Kind { path: named() });
    }
    let text = named_file::text(&place, MOST_BYTES).map_err(unreadable)?;
    let values = values::<Q>(&text, path, is_one)?;
    let values = Values::new(values, path).ok_or_else(|| ValuesFault::None { path: named() })?;
    Ok(Distribution::Data(values).written())
}

/// A value on each line. Empty lines and what begins with `#` are left out.
fn values<Q: Quantity>(
    text: &str,
    path: &str,
    is_one: impl Fn(&str) -> Result<(), String>,
) -> Result<Vec<Q>, ValuesFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = (1..).zip(text.lines()).map(|(line, text)| (line, text.trim()));
    let mut values = Vec::new();
    for (line, text) in lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#')) {
        let wrong = |why| ValuesFault::Line { path: path.to_owned(), line, why };
        let value =
            Q::read(text).ok_or_else(|| wrong(format!("{} is no value; write {}", shown(text), Q::ONE)))?;
        // What was there before need not be asked again.
        if values.last() != Some(&value) {
            is_one(text).map_err(wrong)?;
        }
        values.push(value);
        if values.len() > MOST {
            return Err(ValuesFault::Many { path: path.to_owned() });
        }
    }
    Ok(values)
}

fn shown(text: &str) -> String {
    format!("`{}`", text.chars().filter(|c| !c.is_control()).take(SHOWN).collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use common::api::Turns;

    fn read<Q: Quantity, T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values.txt");
        std::fs::write(&path, text).unwrap();
        let path = path.display().to_string();
        flag::<Q, T>(&format!("{FORM}{path}")).map_err(|error| error.replace(&path, "F"))
    }

    #[test]
    fn each_value_is_drawn_as_often_as_it_is_there() {
        let words = read::<u32, Distribution<u32>>("\u{feff}# measured\n7\n\n 1 \r\n7\n7\n").unwrap();
        let draws = [0, 1, 2, 3].map(|quarter| words.sample(quarter << 62));
        assert_eq!((draws, words.mean()), ([1, 7, 7, 7], 5.5));
        assert!(words.written().starts_with("values:1,7x3@/"), "{}", words.written());
        assert_eq!(words.written().parse(), Ok(words), "as a worker reads it");
        assert!(words.to_string().starts_with("file:/"), "as it is repeated");
        assert!(words.said().contains("1 to 7, median 7 ("), "{}", words.said());
        let times = read::<Duration, Distribution<Duration>>("1500ms\n2s\n").unwrap();
        assert_eq!(times.sample(0), Duration::from_millis(1500));
        let many: String = (1..=100_000).map(|value| format!("{value}\n")).collect();
        let many = read::<u32, Distribution<u32>>(&many).unwrap();
        assert!((many.mean() / 50_000.5 - 1.0).abs() < 1e-4, "{}", many.mean());
        assert_eq!([many.sample(0), many.sample(u64::MAX)], [6, 99_996]);
    }

    #[test]
    fn what_is_no_value_is_told_with_its_line() {
        for (text, said) in [
            ("", "F has no value in it; write one on each line"),
            ("# 1\n", "F has no value in it"),
            ("1\n\nmany\n", "F line 3: `many` is no value; write a whole number such as 4"),
            ("1\n2..5\n", "F line 2: `2..5` is no value"),
            ("1\n0\n", "F line 2: `0` is no number of turns"),
            ("1\n-1\n", "F line 2: `-1` is no value"),
            ("1\n1e3\n", "F line 2: `1e3` is no value"),
            ("3,4\n", "F line 1: `3,4` is no value"),
        ] {
            let error = read::<u32, Turns>(text).unwrap_err();
            assert!(error.starts_with(said), "{text:?}: {error}");
        }
        let error = read::<Duration, common::api::Think>("2s\n25h\n").unwrap_err();
        assert!(error.starts_with("F line 2: users think at most 24h"), "{error}");
        for (path, said) in
            [("file:no/such", "no/such: No such file"), ("file:/", "/ is no file"), ("file:", ": No such")]
        {
            let error = flag::<u32, Turns>(path).unwrap_err();
            assert!(error.starts_with(said), "{path}: {error}");
        }
        assert!(flag::<u32, Turns>("file:a@b").unwrap_err().contains("cannot be repeated"));
    }
}
