//! Our own form: JSON on each line.

use common::replay::Prompt;

use super::Line;
use super::error::{LineFault, tokens, words};
use super::fields::{Fields, needed};

/// What a line has.
pub const WANTED: &str = "a line has `time` in seconds, `prompt` or `prompt_words`, and may have `session`, `end`, `id`, \
                          `parent` and `answer_tokens`";
const NAMES: [&str; 8] =
    ["time", "end", "session", "id", "parent", "prompt", "prompt_words", "answer_tokens"];
const SECONDS: &str = "a number of seconds, as in 12.5";

/// Reads a line.
pub fn line(number: usize, text: &str) -> Result<Line, LineFault> {
    let mut fields = Fields::read(text, WANTED)?;
    fields.only(&NAMES, WANTED)?;
    let at = seconds("time", needed("time", fields.number("time", SECONDS)?, WANTED)?)?;
    let end = fields.number("end", SECONDS)?.map(|end| seconds("end", end)).transpose()?;
    if let Some(end) = end.filter(|end| *end < at) {
        return Err(LineFault::EndsBefore { at: at.to_string(), end: end.to_string() });
    }
    Ok(Line {
        number,
        at,
        end,
        session: fields.name("session")?,
        id: fields.name("id")?,
        parent: fields.name("parent")?,
        prompt: prompt(&mut fields)?,
        answer_tokens: fields
            .count("answer_tokens")?
            .map(|count| tokens("answer_tokens", count))
            .transpose()?,
    })
}

fn prompt(fields: &mut Fields) -> Result<Prompt, LineFault> {
    match (fields.text("prompt")?, fields.count("prompt_words")?) {
        (Some(_), Some(_)) => Err(LineFault::TwoPrompts),
        (None, None) => Err(LineFault::NoPrompt),
        (Some(text), None) if text.is_empty() => Err(LineFault::EmptyPrompt),
        (Some(text), None) => Ok(Prompt::Text(text)),
        (None, Some(count)) => Ok(Prompt::Words(words("prompt_words", count)?)),
    }
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
