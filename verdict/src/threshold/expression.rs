//! A threshold as it was typed, without knowledge of a run.

use std::fmt;

use common::stats::{Metric, Unit};

use super::bound::{self, BoundUnit};

/// A condition on something measured. Its `Display` is the canonical expression, which
/// [`parse`](super::parse) reads back as the same threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// What is looked at.
    pub scope: Scope,
    /// What is measured there.
    pub measure: Measure,
    /// How it must compare to the bound.
    pub operator: Operator,
    /// The bound, in the unit of the measure: microseconds for times, millionths for shares,
    /// thousandths for rates.
    pub bound: u64,
}

/// A threshold and the text that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// What it says.
    pub threshold: Threshold,
    /// The text, as it was typed.
    pub text: String,
    /// Where in the text the stage's name, the target and the measure begin, in characters.
    pub(super) places: Places,
}

/// Where the parts of an expression begin, in characters; 0 for a part that is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub stage: usize,
    pub target: usize,
    pub measure: usize,
}

/// Which requests count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Those that started in the stage of this name; none: in the whole run.
    pub stage: Option<String>,
    /// Those that went there.
    pub target: ScopeTarget,
}

/// Where requests went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ScopeTarget {
    /// Anywhere.
    #[default]
    All,
    /// To the REST endpoints: everything but the streamed answers.
    Crud,
    /// To the streaming endpoint.
    Stream,
    /// To one endpoint, named as in the report.
    Endpoint {
        /// HTTP method.
        method: String,
        /// Path with ids folded to `[id]`.
        path: String,
    },
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// A figure of a distribution.
    Figure(Times, Statistic),
    /// A share, in millionths.
    Share(Share),
    /// Requests per second, in thousandths.
    Rate,
}

/// A distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Latency of requests.
    Latency,
    /// What is measured on streams and connections.
    Stream(Metric),
}

/// A figure of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    Percentile(Level),
    Mean,
    Max,
}

/// The level of a percentile in millionths, above 0 and below 1,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(pub(super) u32);

/// A share of requests or streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    Failures,
    Complete,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Measure {
    /// In what its bound is written.
    pub fn unit(self) -> BoundUnit {
        match self {
            Measure::Figure(Times::Stream(metric), _) if metric.unit() == Unit::MilliTokensPerSecond => {
                BoundUnit::PerSecond
            }
            Measure::Figure(..) => BoundUnit::Time,
            Measure::Share(_) => BoundUnit::Percent,
            Measure::Rate => BoundUnit::PerSecond,
        }
    }
}

impl Operator {
    const fn sign(self) -> &'static str {
        match self {
            Operator::Below => "<",
            Operator::AtMost => "<=",
            Operator::Above => ">",
            Operator::AtLeast => ">=",
        }
    }

    /// Whether `value` keeps to `bound`.
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Operator::Below => value < bound,
            Operator::AtMost => value <= bound,
            Operator::Above => value > bound,
            Operator::AtLeast => value >= bound,
        }
    }

    /// Whether small values keep to it.
    pub(crate) const fn wants_less(self) -> bool {
        matches!(self, Operator::Below | Operator::AtMost)
    }
}

impl Level {
    /// As a share of the values, above 0 and below 1.
    pub(crate) fn share(self) -> f64 {
        f64::from(self.0) / 1_000_000.0
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = bound::canonical(self.bound, self.measure.unit());
        write!(f, "{}{}{}{bound}", self.scope, self.measure, self.operator.sign())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(stage) = &self.stage {
            write!(f, "stage \"{}\"", stage.replace('\\', r"\\").replace('"', "\\\""))?;
        }
        let target = match &self.target {
            ScopeTarget::All => String::new(),
            ScopeTarget::Crud => "crud".to_owned(),
            ScopeTarget::Stream => "stream".to_owned(),
            ScopeTarget::Endpoint { method, path } => format!("{method} {path}"),
        };
        match (&self.stage, target.is_empty()) {
            (None, true) => Ok(()),
            (Some(_), false) => write!(f, " {target}:"),
            _ => write!(f, "{target}:"),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::Figure(Times::Latency, statistic) => write!(f, "{statistic}"),
            Measure::Figure(Times::Stream(metric), statistic) => write!(f, "{metric}.{statistic}"),
            Measure::Share(Share::Failures) => f.write_str("failures"),
            Measure::Share(Share::Complete) => f.write_str("complete"),
            Measure::Rate => f.write_str("rps"),
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statistic::Percentile(level) => write!(f, "p{}", bound::decimal(u64::from(level.0), 4)),
            Statistic::Mean => f.write_str("avg"),
            Statistic::Max => f.write_str("max"),
        }
    }
}
