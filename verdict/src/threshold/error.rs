//! What can be wrong with an expression, and at which character.

use std::fmt;

use common::text::escape::{columns, plain};

/// The longest message, in characters; it may quote the expression and list names.
const MAX_MESSAGE: usize = 2000;

/// An expression that is no threshold, or none that this run can be judged by. Its `Display` is what
/// is wrong and what to do, then the expression with a caret under the character at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdError {
    /// The expression, as it was typed.
    pub text: String,
    /// The character at fault, counted from 0; the text's length for what is missing at its end.
    pub at: usize,
    /// What is wrong.
    pub kind: ThresholdErrorKind,
}

/// What is wrong with an expression; the message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdErrorKind {
    #[error("there is nothing here; write a threshold such as p95<200ms")]
    Empty,
    #[error("the expression is longer than {0} characters; shorten it")]
    TooLong(usize),
    #[error("the stage's name must follow in double quotes, as in stage \"48 users\":p95<1s")]
    Unquoted,
    #[error("the quotes around the stage's name are not closed; end it with \"")]
    Unclosed,
    #[error("a colon must separate the scope from the measure, as in GET /threads:p95<200ms")]
    NoColon,
    #[error("the endpoint's path must follow and begin with `/`, as in GET /threads:p95<200ms")]
    NoPath,
    #[error(
        "mixed users send both kinds of request, and requests are counted by where they go, not by who sends \
         them; use crud, stream or an endpoint"
    )]
    Mixed,
    #[error("`{0}` is no scope; use crud, stream, an endpoint such as GET /threads, or stage \"NAME\"")]
    UnknownScope(String),
    #[error("a measure must stand here, such as p95, failures, rps, ttft.p95 or complete")]
    NoMeasure,
    #[error("an endpoint begins with its method, as in POST /chat/stream:ttft.p95<3s")]
    NoMethod,
    #[error("`{word}` is written in small letters: {small}")]
    Capitals { word: String, small: String },
    #[error("`{word}` is no measure{}; {KNOWN}", hint(*.near))]
    UnknownMeasure { word: String, near: Option<&'static str> },
    #[error("`{0}` is no statistic; use avg, med, max, or a percentile such as p95 or p99.9")]
    UnknownStatistic(String),
    #[error(
        "`{0}` is no percentile; write p and a number above 0 and below 100 with at most 4 decimals (p99.9)"
    )]
    BadPercentile(String),
    #[error("`{0}` is a distribution; say which figure of it, as in {0}.p95 or {0}.avg")]
    NoStatistic(String),
    #[error("a comparison must stand here: <, <=, > or >=")]
    NoOperator,
    #[error("a measured value never equals a bound; use <, <=, > or >=")]
    Equality,
    #[error("a number must stand here, such as 200ms, 1% or 100")]
    NoNumber,
    #[error("a time needs a unit: us, ms, s or min, as in 200ms")]
    NotTime,
    #[error("a share needs the unit %, as in failures<1%")]
    NotPercent,
    #[error("a rate has no unit but /s, as in rps>100")]
    NotPerSecond,
    #[error("the finest step here is {step}; round the number")]
    TooFine { step: &'static str },
    #[error("the bound is above {most}, which is never measured; lower it")]
    TooLarge { most: &'static str },
    #[error("every share lies between 0 % and 100 %, so this {0} holds; choose another bound")]
    Pointless(&'static str),
    #[error("the threshold ends before this; remove it, or repeat --threshold for a further one")]
    Trailing,
    #[error("no endpoint is called `{name}`{near}; use one of {known}")]
    UnknownEndpoint { name: String, near: String, known: String },
    #[error("the shape has no stage \"{name}\"{near}; use one of {known}")]
    UnknownStage { name: String, near: String, known: String },
    #[error("the shape has {count} stages called \"{name}\"; give them names of their own")]
    AmbiguousStage { name: String, count: usize },
    #[error("the API has no call but the streaming one; leave the scope out, or use stream")]
    NoCrud,
    #[error("{0} is measured on streams; leave the scope out, or use stream")]
    OnlyStreams(String),
    #[error("connections belong to no endpoint; leave the scope out, or name a stage alone")]
    OnlyConnections,
    #[error("this run sends no stream ({0}), so this could never be judged; leave the threshold out")]
    NoStreams(&'static str),
    #[error("arrivals belong to no endpoint; leave the scope out, or name a stage alone")]
    OnlyArrivals,
    #[error(
        "nobody arrives in this run, so this could never be judged; add --arrivals, or leave the threshold out"
    )]
    NobodyArrives,
}

const KNOWN: &str = "use p50 to p99.99, avg, med, max, failures, complete, rps, or a distribution with a figure \
                     (ttft.p95): ttft, icl, tpot, e2e, ttfb, headers, first_event, connect, tokens_per_s, from_due";

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

impl fmt::Display for ThresholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One character for one, so that the caret stays where it belongs.
        let shown: Vec<char> =
            self.text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
        let (from, to) = window(shown.len(), self.at);
        let before: String = shown[from..self.at.min(to)].iter().collect();
        let line: String = shown[from..to].iter().collect();
        let kind = plain(&self.kind.to_string(), MAX_MESSAGE);
        write!(f, "{kind}\n    {line}\n    {:width$}^", "", width = columns(&before))
    }
}

impl std::error::Error for ThresholdError {}

/// The part of a long expression that is shown: what surrounds the fault.
fn window(length: usize, at: usize) -> (usize, usize) {
    let from = at.min(length).saturating_sub(60);
    (from, length.min(from + 120))
}
