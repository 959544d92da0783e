//! Our own form: JSON on each line.

use common::replay::Prompt;
use serde::Deserialize;

use super::Line;
use super::error::{LineFault, tokens, words};

const WANTED: &str = "a line has `time` in seconds, `prompt` or `prompt_words`, and may have `session`, `end`, `id`, \
                      `parent` and `answer_tokens`";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    time: f64,
    end: Option<f64>,
    session: Option<Name>,
    id: Option<Name>,
    parent: Option<Name>,
    prompt: Option<String>,
    prompt_words: Option<u64>,
    answer_tokens: Option<u64>,
}

/// A name, which may be a number.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text or a whole number")]
enum Name {
    Text(String),
    Number(u64),
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        match name {
            Name::Text(text) => text,
            Name::Number(number) => number.to_string(),
        }
    }
}

/// Reads a line.
pub fn line(number: usize, text: &str) -> Result<Line, LineFault> {
    let written: Written = read(text, WANTED)?;
    let prompt = match (written.prompt, written.prompt_words) {
        (Some(_), Some(_)) => return Err(LineFault::TwoPrompts),
        (None, None) => return Err(LineFault::NoPrompt),
        (Some(text), None) => Prompt::Text(text),
        (None, Some(count)) => Prompt::Words(words("prompt_words", count)?),
    };
    let at = seconds("time", written.time)?;
    let end = written.end.map(|end| seconds("end", end)).transpose()?;
    if let Some(end) = end.filter(|end| *end < at) {
        return Err(LineFault::EndsBefore { at: at.to_string(), end: end.to_string() });
    }
    Ok(Line {
        number,
        at,
        end,
        session: written.session.map(String::from),
        id: written.id.map(String::from),
        parent: written.parent.map(String::from),
        prompt,
        answer_tokens: written.answer_tokens.map(|count| tokens("answer_tokens", count)).transpose()?,
    })
}

/// Reads JSON; what is wrong is said in a line.
pub fn read<'t, T: Deserialize<'t>>(text: &'t str, wanted: &'static str) -> Result<T, LineFault> {
    serde_json::from_str(text).map_err(|error| {
        // The place within the line is of no use, for the line is one.
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        LineFault::Json(said.chars().filter(|c| !c.is_control()).take(200).collect(), wanted)
    })
}

/// A time in seconds.
pub fn seconds(field: &'static str, found: f64) -> Result<f64, LineFault> {
    /// The year 2286, and the microsecond is still told apart.
    const MOST: f64 = 1e10;
    match (0.0..=MOST).contains(&found) {
        true => Ok(found),
        false => Err(LineFault::Range { field, found: found.to_string(), wanted: format!("0 to {MOST} s") }),
    }
}
