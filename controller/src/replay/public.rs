//! Forms of public traces, in which every question is a session of its own.
//!
//! Mooncake's (FAST 2025) have JSON on each line, their time in milliseconds; `hash_ids` are numbers of the prompt's
//! blocks of 512 tokens from its beginning on, equal where these are. Azure's LLM inference traces of 2023 and 2024 are
//! CSV with a time of day, with an offset or without.

use common::replay::Prompt;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Line;
use super::error::{LineFault, tokens, words};
use super::fields::{Fields, needed};
use super::form::shown;
use super::own::seconds;

const WANTED: &str =
    "a line of Mooncake's has `timestamp` in ms, `input_length`, `output_length` and perhaps `hash_ids`";
const NAMES: [&str; 4] = ["timestamp", "input_length", "output_length", "hash_ids"];

/// Reads a line of Mooncake's.
pub fn mooncake(number: usize, text: &str) -> Result<Line, LineFault> {
    let mut fields = Fields::read(text, WANTED)?;
    fields.only(&NAMES, WANTED)?;
    let timestamp = fields.number("timestamp", "a number of milliseconds, as in 27482")?;
    let timestamp = needed("timestamp", timestamp, WANTED)?;
    let mut length = |field| needed(field, fields.count(field)?, WANTED);
    let (input, output) = (length("input_length")?, length("output_length")?);
    let words = words("input_length", input)?;
    let blocks = fields.counts("hash_ids")?;
    let prompt = if blocks.is_empty() { Prompt::Words(words) } else { Prompt::Blocks { blocks, words } };
    let at = seconds("timestamp", timestamp)? / 1000.0;
    Ok(of_its_own(number, at, prompt, tokens("output_length", output)?))
}

/// Reads a line of Azure's.
pub fn azure(number: usize, text: &str) -> Result<Line, LineFault> {
    let cells: Vec<&str> = text.trim().split(',').map(str::trim).collect();
    let [time, context, generated] = cells[..] else {
        return Err(LineFault::Cells { found: cells.len() });
    };
    let count = |column, cell: &str| {
        let found = || LineFault::Cell { column, found: shown(cell), wanted: "a number of tokens" };
        cell.parse::<u64>().map_err(|_| found())
    };
    let prompt = Prompt::Words(words("ContextTokens", count("ContextTokens", context)?)?);
    let answer = tokens("GeneratedTokens", count("GeneratedTokens", generated)?)?;
    Ok(of_its_own(number, moment(time)?, prompt, answer))
}

/// Seconds of a time of day. One without an offset is on a clock of its own: only differences count.
fn moment(text: &str) -> Result<f64, LineFault> {
    let with_offset = text.parse::<Timestamp>().ok();
    let without =
        || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let wanted = "a time such as 2023-11-16 18:17:03.9799600";
    let found = || LineFault::Cell { column: "TIMESTAMP", found: shown(text), wanted };
    let moment = with_offset.or_else(without).ok_or_else(found)?;
    // To the microsecond, which a float of so many seconds still tells apart.
    seconds("TIMESTAMP", moment.as_microsecond() as f64 / 1e6)
}

fn of_its_own(number: usize, at: f64, prompt: Prompt, answer_tokens: u32) -> Line {
    let (end, session, id, parent) = (None, None, None, None);
    Line { number, at, end, session, id, parent, prompt, answer_tokens: Some(answer_tokens) }
}
