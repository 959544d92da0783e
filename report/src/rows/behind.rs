//! The model behind the service: what users waited, and whose time it was.

use serde::{Deserialize, Serialize};

/// What was joined of the users' questions and the model's requests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BehindRows {
    /// Where the model is; empty in a report made from CSV files.
    pub place: String,
    /// Questions that users sent and that have ended.
    pub asked: u64,
    /// Of those, found at the model by the id of their trace.
    pub by_trace: u64,
    /// Of those, found by the nonce in front of them.
    pub by_nonce: u64,
    /// Of those, with several requests of the model.
    pub several: u64,
    /// Requests that the model finished.
    pub served: u64,
    /// Of those, the ones of the users' questions.
    pub served_joined: u64,
    /// Questions and requests for which there was no room, and those that the model forgot before they were read.
    pub dropped: u64,
    /// Pages that were read.
    pub read: u64,
    /// Attempts that came to nothing.
    pub missed: u64,
    /// What the last of those ran into. Text from outside: never print it unquoted.
    pub trouble: Option<String>,
    /// Where the first token was waited for; `None` where too little was joined.
    pub sentence: Option<String>,
    /// Why not one question was found at the model, and what to do; `None` where one was.
    #[serde(default)]
    pub unfound: Option<String>,
    /// By stage and endpoint, then all of the run.
    pub rows: Vec<BehindRow>,
}

/// What was waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BehindPart {
    /// Until the first token.
    #[default]
    FirstToken,
    /// From the first token to the last.
    Output,
    /// The whole answer.
    Answer,
}

/// One part of one endpoint's answers in one stage. Times are of good answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BehindRow {
    /// The stage, its measured part; [`AGGREGATED`](super::AGGREGATED) for the whole run.
    pub stage: String,
    /// HTTP method.
    pub method: String,
    /// Endpoint, ids folded.
    pub name: String,
    /// What was waited for.
    pub part: BehindPart,
    /// Questions.
    pub asked: u64,
    /// Of those, found at the model.
    pub joined: u64,
    /// Requests of the model for them.
    pub served: u64,
    /// Answers whose both sides are known.
    pub count: u64,
    /// As users saw it.
    pub seen_p50_ms: Option<f64>,
    /// See there.
    pub seen_p95_ms: Option<f64>,
    /// See there.
    pub seen_p99_ms: Option<f64>,
    /// As the model did.
    pub model_p50_ms: Option<f64>,
    /// See there.
    pub model_p95_ms: Option<f64>,
    /// See there.
    pub model_p99_ms: Option<f64>,
    /// The difference, answer by answer: the application's own share.
    pub application_p50_ms: Option<f64>,
    /// See there.
    pub application_p95_ms: Option<f64>,
    /// See there.
    pub application_p99_ms: Option<f64>,
}

impl BehindPart {
    /// As files have it.
    pub const fn name(self) -> &'static str {
        match self {
            BehindPart::FirstToken => "first token",
            BehindPart::Output => "first to last token",
            BehindPart::Answer => "answer",
        }
    }
}

/// What is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoBehindPart;

impl std::str::FromStr for BehindPart {
    type Err = NoBehindPart;

    fn from_str(text: &str) -> Result<BehindPart, NoBehindPart> {
        let all = [BehindPart::FirstToken, BehindPart::Output, BehindPart::Answer];
        all.into_iter().find(|part| part.name() == text).ok_or(NoBehindPart)
    }
}

impl BehindRows {
    /// What the rows of a CSV file tell.
    pub fn of(rows: Vec<BehindRow>) -> BehindRows {
        let whole =
            || rows.iter().filter(|row| row.stage == super::AGGREGATED && row.part == BehindPart::Answer);
        let sum = |of: fn(&BehindRow) -> u64| whole().map(of).fold(0, u64::saturating_add);
        BehindRows {
            asked: sum(|row| row.asked),
            by_trace: sum(|row| row.joined),
            served: sum(|row| row.served),
            served_joined: sum(|row| row.served),
            rows,
            ..BehindRows::default()
        }
    }
}
