//! A trace that is asked again: who comes when, and what each asks.
//!
//! ```text
//! trace    a 0.0 s ask ─▶ answer ─▶ think ─▶ ask ─▶ …        b 0.4 s ask ─▶ …
//! session  one user: comes LEAD before its first question, is ready by then, asks, leaves
//! ```
//!
//! The controller reads the trace and hands its sessions out, each whole and to one worker. Between an answer and the
//! next question of its session lies the trace's think time, whatever the answer took this time.

mod wire;

use std::time::Duration;

/// When the first user of a trace comes, on the run clock: workers have its session by then.
pub const START: Duration = Duration::from_secs(1);
/// How long before its first question the user of a session comes, to be ready when that is due.
pub const LEAD: Duration = Duration::from_secs(1);
/// Tokens of a block of a prompt that has a number: what Mooncake's traces count in.
pub const BLOCK: u32 = 512;
/// Most words of a prompt of a trace.
pub const MOST_WORDS: u32 = 200_000;
/// Most questions of a session.
pub const MOST_QUESTIONS: usize = 10_000;

pub use wire::{ReplayError, size};

/// A session of a trace: what one user asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// When its user comes: run clock, microseconds.
    pub at_us: u64,
    /// What it asks, one after another.
    pub questions: Vec<Question>,
}

/// A question of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// When it is asked.
    pub due: Due,
    /// What it is.
    pub prompt: Prompt,
    /// Most tokens that its answer is asked to have; `None`: as the API has it.
    pub answer_tokens: Option<u32>,
}

/// When a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// So many microseconds after its user came, or when the answer before it ends, if that is later.
    AfterComing(u64),
    /// So many microseconds after the answer before it has ended.
    AfterAnswer(u64),
}

/// What a question is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// To the letter.
    Text(String),
    /// So many words of our own.
    Words(u32),
    /// So many words, in blocks of [`BLOCK`] that are the same wherever their number is; what is beyond them is new.
    Blocks {
        /// The numbers of the blocks from the beginning on.
        blocks: Vec<u64>,
        /// How many words in all.
        words: u32,
    },
}

/// The sessions of a trace, by when their users come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    sessions: Vec<Session>,
    span: Duration,
}

impl Replay {
    /// A replay of these sessions, in any order.
    pub fn of(mut sessions: Vec<Session>) -> Replay {
        sessions.sort_by_key(|session| session.at_us);
        let span = span(&sessions);
        Replay { sessions, span }
    }

    /// Its sessions, by when their users come.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// How many questions it has.
    pub fn questions(&self) -> usize {
        self.sessions.iter().map(|session| session.questions.len()).sum()
    }

    /// The trace's time from its first question to its last, where answers take no time.
    pub fn span(&self) -> Duration {
        self.span
    }
}

fn span(sessions: &[Session]) -> Duration {
    let last = |session: &Session| {
        let end = session.questions.iter().fold(0, |at, question| match question.due {
            Due::AfterComing(us) => us.max(at),
            Due::AfterAnswer(us) => at.saturating_add(us),
        });
        session.at_us.saturating_add(end)
    };
    Duration::from_micros(sessions.iter().map(last).max().unwrap_or(0)).saturating_sub(START + LEAD)
}
