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
    pub mistake: Mistake,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are quoted in the messages")]
pub enum Mistake {
    /// Nothing but blanks.
    #[error("there is nothing here; write a threshold such as p95<200ms")]
    Empty,
    /// Longer than anything meant.
    #[error("the expression is longer than {0} characters; shorten it")]
    TooLong(usize),
    /// A stage without its name in quotes.
    #[error("the stage's name must follow in double quotes, as in stage \"48 users\":p95<1s")]
    Unquoted,
    /// Quotes that are not closed.
    #[error("the quotes around the stage's name are not closed; end it with \"")]
    Unclosed,
    /// No `:` after a scope.
    #[error("a colon must separate the scope from the measure, as in GET /threads:p95<200ms")]
    NoColon,
    /// An endpoint without a path.
    #[error("the endpoint's path must follow and begin with `/`, as in GET /threads:p95<200ms")]
    NoPath,
    /// A class whose requests cannot be told apart.
    #[error(
        "mixed users send both kinds of request, and requests are told apart by where they go, not by who sends \
         them; use crud, stream or an endpoint"
    )]
    Mixed,
    /// A scope that is none.
    #[error("`{0}` is no scope; use crud, stream, an endpoint such as GET /threads, or stage \"NAME\"")]
    UnknownScope(String),
    /// No measure.
    #[error("a measure must stand here, such as p95, failures, rps, ttft.p95 or complete")]
    NoMeasure,
    /// A measure that is none.
    #[error("`{word}` is no measure{}; {KNOWN}", hint(*.near))]
    UnknownMeasure { word: String, near: Option<&'static str> },
    /// A statistic that is none.
    #[error("`{0}` is no statistic; use avg, med, max, or a percentile such as p95 or p99.9")]
    UnknownStatistic(String),
    /// A percentile outside of its range.
    #[error(
        "`{0}` is no percentile; write p and a number above 0 and below 100 with at most 4 decimals (p99.9)"
    )]
    BadPercentile(String),
    /// A metric without a statistic.
    #[error("`{0}` is a distribution; say which figure of it, as in {0}.p95 or {0}.avg")]
    NoStatistic(String),
    /// No comparison.
    #[error("a comparison must stand here: <, <=, > or >=")]
    NoOperator,
    /// `=`, `==` or `!=`.
    #[error("a measured value never equals a bound; use <, <=, > or >=")]
    Equality,
    /// No number.
    #[error("a number must stand here, such as 200ms, 1% or 100")]
    NoNumber,
    /// A time without a unit, or with another one.
    #[error("a time needs a unit: us, ms, s or min, as in 200ms")]
    NotTime,
    /// A share that is not in per cent.
    #[error("a share needs the unit %, as in failures<1%")]
    NotPercent,
    /// A rate with a unit.
    #[error("a rate has no unit but /s, as in rps>100")]
    NotPerSecond,
    /// More decimals than are told apart.
    #[error("nothing finer than {step} is told apart; round the number")]
    TooFine { step: &'static str },
    /// A bound beyond what can be measured.
    #[error("the bound is above {most}, which is never measured; lower it")]
    TooLarge { most: &'static str },
    /// A share is always or never there.
    #[error("every share lies between 0 % and 100 %, so this {0} holds; choose another bound")]
    Pointless(&'static str),
    /// Text after the end.
    #[error("the threshold ends before this; remove it, or repeat --threshold for a further one")]
    Trailing,
    /// An endpoint that the API does not have.
    #[error("no endpoint is called `{name}`{near}; use one of {known}")]
    UnknownEndpoint { name: String, near: String, known: String },
    /// A stage that the shape does not have.
    #[error("the shape has no stage \"{name}\"{near}; use one of {known}")]
    UnknownStage { name: String, near: String, known: String },
    /// Two stages of that name.
    #[error("the shape has {count} stages called \"{name}\"; give them names of their own")]
    AmbiguousStage { name: String, count: usize },
    /// Every call but the streaming one, of an API that has none.
    #[error("the API has no call but the streaming one; leave the scope out, or use stream")]
    NoCrud,
    /// A measure of streams for requests that are none.
    #[error("{0} is measured on streams; leave the scope out, or use stream")]
    OnlyStreams(String),
    /// A measure of connections, which belong to no endpoint.
    #[error("connections belong to no endpoint; leave the scope out, or name a stage alone")]
    OnlyConnections,
    /// A threshold on streams in a run without any.
    #[error("this run sends no stream ({0}), so this could never be told; leave the threshold out")]
    NoStreams(&'static str),
}

const KNOWN: &str = "use p50 to p99.99, avg, med, max, failures, complete, rps, or a distribution with a figure \
                     (ttft.p95): ttft, icl, tpot, e2e, ttfb, headers, first_event, connect, tokens_per_s";

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
        let mistake = plain(&self.mistake.to_string(), MAX_MESSAGE);
        write!(f, "{mistake}\n    {line}\n    {:width$}^", "", width = columns(&before))
    }
}

impl std::error::Error for ThresholdError {}

/// The part of a long expression that is shown: what surrounds the fault.
fn window(length: usize, at: usize) -> (usize, usize) {
    let from = at.min(length).saturating_sub(60);
    (from, length.min(from + 120))
}
