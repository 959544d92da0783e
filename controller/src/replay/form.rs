//! Which form a trace has: its first line says it.

use std::fmt;

use super::error::{AZURE_HEADER, LineFault};
use super::fields::Fields;
use super::own;

/// The forms of traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON on each line, as docs/replay.md has it.
    Own,
    /// JSON on each line, with lengths and numbers of blocks.
    Mooncake,
    /// CSV with times and lengths.
    Azure,
}

impl Form {
    /// The form of a text; `None` if it is empty.
    pub fn of(text: &str) -> Result<Option<Form>, (usize, LineFault)> {
        let Some((number, first)) = (1..).zip(text.lines()).find(|(_, line)| !line.trim().is_empty()) else {
            return Ok(None);
        };
        if first.trim() == AZURE_HEADER {
            return Ok(Some(Form::Azure));
        }
        let at = |fault| (number, fault);
        if !first.trim_start().starts_with('{') {
            return Err(at(LineFault::Form(shown(first))));
        }
        let fields = Fields::read(first, own::WANTED).map_err(at)?;
        match (fields.has("time"), fields.has("timestamp")) {
            (true, _) => Ok(Some(Form::Own)),
            (false, true) => Ok(Some(Form::Mooncake)),
            (false, false) => Err(at(LineFault::Form(shown(first)))),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Form::Own => "a trace of our own form",
            Form::Mooncake => "a trace of Mooncake's form",
            Form::Azure => "a trace of Azure's form",
        })
    }
}

/// As much of a text from outside as a message can hold.
pub fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let text = text.trim();
    let shown: String = text.chars().filter(|c| !c.is_control()).take(MOST).collect();
    if text.chars().count() > MOST { shown + "…" } else { shown }
}
