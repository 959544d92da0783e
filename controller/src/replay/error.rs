//! What may be wrong with a trace.

use common::asking::MOST_TOKENS;
use common::replay::{MOST_QUESTIONS, MOST_WORDS};
use common::shape::MAX_DURATION;
use common::text::number::span;

/// A file that is no trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    #[error("--replay {path}: {source}; name a readable file: JSONL, Mooncake's JSONL or Azure's CSV")]
    Unreadable { path: String, source: std::io::Error },
    #[error("--replay {0}: it is not UTF-8 text; unpack it, or save it as UTF-8")]
    Encoding(String),
    #[error("--replay {0}: there is no question in it; write one on each line")]
    None(String),
    #[error("--replay {path}: {is}, and {} questions of {} MiB in all are the most; take a part of it", super::MOST_LINES, super::MOST_BYTES >> 20)]
    TooMuch { path: String, is: String },
    /// A trace that goes on when every run has ended.
    #[error("--replay {path}: it goes on for {length}, and a run for {} at most; shorten it with --time-scale, or ask a part of it with --run-time", span(MAX_DURATION.as_secs_f64()))]
    Endless { path: String, length: String },
    /// A line that cannot be asked.
    #[error("--replay {path} line {line}: {fault}")]
    Line {
        path: String,
        /// Counted from 1.
        line: usize,
        fault: LineFault,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    #[error(
        "`{0}` begins no trace that is known; write JSON with `time`, Mooncake's with `timestamp`, or Azure's header \
         {AZURE_HEADER}"
    )]
    Form(String),
    #[error("it ends in the middle of its JSON; write all of a question on one line")]
    CutOff,
    #[error("`{0}` stands behind the `}}` of the question; write one question on each line")]
    GoesOn(String),
    #[error("it is no JSON from `{rest}` on; {wanted}")]
    NoJson { rest: String, wanted: &'static str },
    #[error("`{found}` is no JSON object; {wanted}")]
    NoObject { found: String, wanted: &'static str },
    #[error("there is no field `{name}`{}; {wanted}", near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default())]
    NoSuchField { name: String, near: Option<&'static str>, wanted: &'static str },
    #[error("it has no `{field}`; {wanted}")]
    NoField { field: &'static str, wanted: &'static str },
    #[error("`{0}` is there twice; write it once")]
    TwoFields(String),
    #[error("it has {found} cells where {AZURE_HEADER} are three")]
    Cells { found: usize },
    #[error("`{found}` stands in {column} where {wanted} is expected")]
    Cell { column: &'static str, found: String, wanted: &'static str },
    #[error("{field} is {found}, and it must be {wanted}")]
    Range { field: &'static str, found: String, wanted: String },
    #[error("it has both `prompt` and `prompt_words`; give the question's text or its length")]
    TwoPrompts,
    #[error("it has neither `prompt` nor `prompt_words`; give the question's text or its length")]
    NoPrompt,
    #[error("its `prompt` is empty; give the question's text, or its length in `prompt_words`")]
    EmptyPrompt,
    #[error("its answer ends at {end} s, before it is asked at {at} s; `end` is when the answer had ended")]
    EndsBefore { at: String, end: String },
    #[error("`{0}` is the id of an earlier line too; each question has its own")]
    TwoIds(String),
    #[error("its parent `{0}` is no `id` of a question before it; name one of them, or leave `parent` out")]
    NoParent(String),
    #[error(
        "its session is `{session}`, and its parent's, of line {parent}, is another; give both the same session"
    )]
    ParentElsewhere { session: String, parent: usize },
    #[error(
        "its parent, of line {parent}, is not the question before it in their session, which is that of line {before}; \
         a user asks one question at a time, so give a branch a session of its own"
    )]
    Branch { parent: usize, before: usize },
    #[error(
        "it is asked at {at} s, before the answer of line {before} ends at {end} s, in one session; a user asks one \
         question at a time, so give one of them another session"
    )]
    Overlap { at: String, before: usize, end: String },
    #[error(
        "it is the question after {MOST_QUESTIONS} of one session, and these are the most; begin another session"
    )]
    TooLong,
    #[error("the questions of its session have more than {} MiB; begin another session", super::sessions::MOST_BYTES >> 20)]
    TooLarge,
}

/// The columns of Azure's traces.
pub const AZURE_HEADER: &str = "TIMESTAMP,ContextTokens,GeneratedTokens";

/// What a number of words, or of tokens, must be.
pub fn length(field: &'static str, found: u64, most: u32) -> Result<u32, LineFault> {
    let fits = u32::try_from(found).ok().filter(|length| *length <= most);
    let wanted = || format!("0 to {most}");
    fits.ok_or_else(|| LineFault::Range { field, found: found.to_string(), wanted: wanted() })
}

/// So many words of a prompt; one that is said to have none has one.
pub fn words(field: &'static str, found: u64) -> Result<u32, LineFault> {
    length(field, found, MOST_WORDS).map(|words| words.max(1))
}

/// So many tokens of an answer, likewise.
pub fn tokens(field: &'static str, found: u64) -> Result<u32, LineFault> {
    length(field, found, MOST_TOKENS).map(|tokens| tokens.max(1))
}
