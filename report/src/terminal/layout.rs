//! Columns, line breaks and colours of the summary.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::text::escape::{column, columns, cut, plain};
use common::text::wrap::wrapped_at;

use crate::style::Paint;

/// Longest path printed, in characters: the longest a system allows.
const MAX_PATH: usize = 4096;

/// Columns of the narrowest terminal that the summary is laid out for, and of the widest: longer lines are hard to read.
const NARROWEST: usize = 60;
const WIDEST: usize = 100;
/// Where the values of a total begin.
const VALUES: usize = 36;

/// What the summary is written on.
#[derive(Clone, Copy)]
pub struct Sheet {
    pub paint: Paint,
    pub width: usize,
}

impl Sheet {
    /// For a terminal of so many columns.
    pub fn new(paint: Paint, columns: usize) -> Sheet {
        Sheet { paint, width: columns.clamp(NARROWEST, WIDEST) }
    }

    /// The text in lines that fit.
    pub fn wrapped(self, text: &str, first: &str, rest: &str) -> String {
        wrapped_at(self.width, text, first, rest)
    }

    /// One row of the endpoint table: the name takes what the numbers leave of the width.
    pub fn table_row(self, name: &str, cells: &[String; 6]) -> String {
        let narrower = usize::from(self.width < 80);
        let widths = [9, 8, 9, 9, 9, 9].map(|width| width - narrower);
        let numbers: String =
            cells.iter().zip(widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        let name = column(name, self.width.saturating_sub(columns(&numbers) + 1).max(8));
        // A number that outgrows its column keeps its distance to the name.
        format!("{name} {numbers}")
    }

    /// A label and its values: in one line where they fit, else the values below.
    pub fn total(self, label: &str, values: &str) -> String {
        match VALUES + columns(values) <= self.width {
            true => format!("{label:VALUES$}{values}\n"),
            false => format!("{label}\n{}", self.wrapped(values, "    ", "    ")),
        }
    }

    /// A head and the text that belongs to it: in one line where they fit, else the text in at most `most` lines
    /// below, each behind `indent`.
    pub fn headed(self, head: &str, text: &str, indent: &str, most: usize) -> Vec<String> {
        let line = if text.is_empty() { format!("{head}:") } else { format!("{head}: {text}") };
        if columns(&line) <= self.width {
            return vec![line];
        }
        let mut lines = vec![cut(head, self.width)];
        let below = self.wrapped(text, indent, indent);
        lines.extend(below.lines().take(most).map(str::to_owned));
        if below.lines().nth(most).is_some()
            && let Some(last) = lines.last_mut()
        {
            *last = cut(&format!("{last}…"), self.width);
        }
        lines
    }

    /// The files written, by folder. A path is never broken: people copy it.
    pub fn folders(self, files: &[PathBuf]) -> String {
        let mut folders: BTreeMap<&Path, Vec<String>> = BTreeMap::new();
        for file in files {
            let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            folders.entry(folder).or_default().push(name);
        }
        let mut text = String::new();
        for (folder, names) in folders {
            text += &format!("Written to {}:\n", plain(&folder.to_string_lossy(), MAX_PATH));
            for line in self.wrapped(&plain(&names.join(", "), MAX_PATH), "  ", "  ").lines() {
                text += &cut(line, self.width);
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: Sheet = Sheet { paint: Paint { colour: false }, width: 80 };

    #[test]
    fn a_text_that_does_not_fit_beside_its_head_stands_below() {
        assert_eq!(SHEET.headed("a", "b c", "  ", 2), ["a: b c"]);
        let lines = SHEET.headed("head", &"word ".repeat(20), "  ", 2);
        assert_eq!(lines[0], "head");
        assert_eq!(lines[1..].join("").matches("word").count(), 20);
        let lines = SHEET.headed("head", &"word ".repeat(60), "  ", 2);
        assert!(lines.len() == 3 && lines[2].ends_with("word…"), "{lines:?}");
        let lines = SHEET.headed("head", &"x".repeat(200), "  ", 2);
        assert!(lines.len() == 3 && lines[2].ends_with("xx…"), "{lines:?}");
        assert!(lines.iter().all(|line| columns(line) <= SHEET.width));
    }

    #[test]
    fn a_row_is_as_wide_as_the_terminal() {
        let cells = |count: &str| [count, "0", "1", "2", "3", "4"].map(str::to_owned);
        for count in ["7", "123456789012"] {
            for width in [60, 80, 100] {
                let sheet = Sheet { width, ..SHEET };
                let row = sheet.table_row(&"/very/long".repeat(20), &cells(count));
                assert_eq!(columns(&row), width, "{row}");
            }
        }
    }
}
