//! A trace to be asked again, from a file: read and checked whole before any load.
//!
//! ```text
//! file ─▶ form: own, mooncake, azure ─▶ lines ─▶ sessions ─▶ replay
//! ```
//!
//! Each mistake is named with its line, what stands there, and what should.

mod error;
mod fields;
mod form;
mod lines;
mod own;
mod public;
mod sessions;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::named_file;
use common::replay::{Prompt, Replay};
use common::text::number::{counted, span};

pub use error::TraceError;
use form::Form;

/// Most bytes of a file.
const MOST_BYTES: u64 = 256 << 20;
/// Most questions.
const MOST_LINES: usize = 1_000_000;

/// A trace, and how a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Its sessions.
    pub replay: Arc<Replay>,
    /// Which form it has, how much of it there is, and a fingerprint: two runs that ask the same have the same.
    pub summary: String,
}

/// A question, as a line of a trace has it.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    /// Counted from 1.
    number: usize,
    /// Seconds, on whatever clock the trace has.
    at: f64,
    /// When its answer had ended, likewise; `None`: the trace does not say.
    end: Option<f64>,
    session: Option<String>,
    id: Option<String>,
    parent: Option<String>,
    prompt: Prompt,
    answer_tokens: Option<u32>,
}

impl Trace {
    /// Whether prompts have parts in common, which a cache of prompts may know.
    pub fn shares_blocks(&self) -> bool {
        self.questions().any(|question| matches!(question.prompt, Prompt::Blocks { .. }))
    }

    /// Whether it says of every answer how long it is.
    pub fn has_all_lengths(&self) -> bool {
        self.questions().all(|question| question.answer_tokens.is_some())
    }

    /// Whether it says of any answer how long it is.
    pub fn has_lengths(&self) -> bool {
        self.questions().any(|question| question.answer_tokens.is_some())
    }

    fn questions(&self) -> impl Iterator<Item = &common::replay::Question> {
        self.replay.sessions().iter().flat_map(|session| &session.questions)
    }
}

/// Reads a trace of any of the forms, its times multiplied by `scale`, which is above 0.
///
/// # Errors
/// See [`TraceError`].
pub fn read(path: &Path, scale: f64) -> Result<Trace, TraceError> {
    let shown = path.display().to_string();
    let bytes = named_file::bytes(path, MOST_BYTES).map_err(|source| match source.kind() {
        ErrorKind::FileTooLarge => TraceError::TooMuch {
            path: shown.clone(),
            is: format!("it goes on after {} MiB", MOST_BYTES >> 20),
        },
        _ => TraceError::Unreadable { path: shown.clone(), source },
    })?;
    let text = String::from_utf8(bytes).map_err(|_| TraceError::Encoding(shown.clone()))?;
    let name = path.file_name().map_or(shown.clone(), |name| name.to_string_lossy().into_owned());
    parse(&text, &shown, &name, scale)
}

/// The trace in `text`; errors name it `path`, reports `name`.
pub fn parse(text: &str, path: &str, name: &str, scale: f64) -> Result<Trace, TraceError> {
    let at = |(line, fault)| TraceError::Line { path: path.to_owned(), line, fault };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let form = Form::of(text).map_err(at)?.ok_or_else(|| TraceError::None(path.to_owned()))?;
    let lines = lines::read(text, form).map_err(at)?;
    if lines.is_empty() {
        return Err(TraceError::None(path.to_owned()));
    }
    if lines.len() > MOST_LINES {
        return Err(TraceError::TooMuch {
            path: path.to_owned(),
            is: format!("it has {} lines", lines.len()),
        });
    }
    let replay = Replay::of(sessions::of(lines, scale).map_err(at)?);
    let summary = format!(
        "{name}, {form}: {} in {} over {} ({:08x})",
        counted(replay.questions() as u64, "question"),
        counted(replay.sessions().len() as u64, "session"),
        span(whole_seconds(replay.span())),
        fingerprint(text)
    );
    Ok(Trace { replay: Arc::new(replay), summary })
}

fn whole_seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// FNV-1a, of the text alone.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
