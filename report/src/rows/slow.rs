//! The slowest requests.

use common::api::Endpoint;
use common::slowest::{SlowPart, SlowRequest};
use serde::{Deserialize, Serialize};

/// What took long of a request that is among the slowest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slow {
    /// The first visible text of a stream.
    FirstToken,
    /// The whole answer.
    #[default]
    Answer,
}

/// One of the slowest good requests of an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SlowRow {
    /// What took so long.
    pub what: Slow,
    /// HTTP method.
    pub method: String,
    /// Endpoint, ids folded.
    pub name: String,
    /// How long it took.
    pub ms: f64,
    /// When it was sent, seconds since the run's start.
    pub at_s: f64,
    /// The stage it belongs to.
    pub stage: String,
    /// The user, by the number that the service sees.
    pub user: u64,
    /// Id of its trace, 32 hex digits; `None` where requests carried none.
    pub trace: Option<String>,
}

impl SlowRow {
    /// Of what a recorder or a log kept, of this endpoint and stage.
    pub fn new(endpoint: &Endpoint, stage: String, part: SlowPart, request: &SlowRequest) -> SlowRow {
        SlowRow {
            what: match part {
                SlowPart::FirstText => Slow::FirstToken,
                SlowPart::Answer => Slow::Answer,
            },
            method: endpoint.method.clone(),
            name: endpoint.name.clone(),
            ms: request.took_us as f64 / 1000.0,
            at_s: (request.at_us as f64 / 1000.0).round() / 1000.0,
            stage,
            user: request.user,
            trace: request.trace.map(|trace| trace.to_string()),
        }
    }
}

impl Slow {
    /// As files have it.
    pub const fn name(self) -> &'static str {
        match self {
            Slow::FirstToken => "first token",
            Slow::Answer => "answer",
        }
    }
}

/// What is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSlow;

impl std::str::FromStr for Slow {
    type Err = NotSlow;

    fn from_str(text: &str) -> Result<Slow, NotSlow> {
        [Slow::FirstToken, Slow::Answer].into_iter().find(|slow| slow.name() == text).ok_or(NotSlow)
    }
}
