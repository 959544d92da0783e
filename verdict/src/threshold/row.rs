//! What was asked of the run, and whether it was kept.

use common::text::number::exact;
use serde::{Deserialize, Serialize};

/// Whether a threshold was kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The confidence interval keeps to the bound.
    Pass,
    /// The confidence interval lies beyond the bound.
    Fail,
    /// Nothing was measured, or the interval holds the bound.
    #[default]
    Undetermined,
}

/// One threshold. Numbers are in `unit`, with four decimals at most.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRow {
    /// The expression, as it was typed. Text from outside: never print it unquoted.
    pub expr: String,
    /// Whether it was kept.
    pub verdict: Verdict,
    /// What was measured; `None` without samples.
    pub actual: Option<f64>,
    /// Lower end of the 95 % confidence interval.
    pub low: Option<f64>,
    /// Its upper end; `None` also where there are too few samples for one.
    pub high: Option<f64>,
    /// The bound.
    pub bound: f64,
    /// `ms`, `%`, `requests/s` or `tokens/s`.
    pub unit: String,
    /// How much of `actual` may be the load generator's own, at most; `None` for what is not a time.
    #[serde(default)]
    pub own: Option<f64>,
    /// How many samples: requests, streams, gaps.
    pub samples: u64,
    /// Why it is undetermined.
    pub why: Option<String>,
}

impl ThresholdRow {
    /// What was measured, in words: `48.3 ms, of it at most 0.4 ms our own`.
    pub fn measured(&self) -> Option<String> {
        let unit = &self.unit;
        let actual = format!("{} {unit}", exact(self.actual?));
        Some(match self.own {
            Some(own) => format!("{actual}, of it at most {} {unit} our own", exact(own)),
            None => actual,
        })
    }

    /// The interval in words: `141 to 146`, `above 141` when it has no upper end.
    pub fn interval(&self) -> Option<String> {
        match (self.low.map(exact), self.high.map(exact)) {
            (Some(low), Some(high)) if low == high => Some(low),
            (Some(low), Some(high)) => Some(format!("{low} to {high}")),
            (Some(low), None) => Some(format!("above {low}")),
            (None, _) => None,
        }
    }
}

impl Verdict {
    /// The name used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Undetermined => "undetermined",
        }
    }

    /// The name as one sign.
    pub const fn sign(self) -> &'static str {
        match self {
            Verdict::Pass => "✓",
            Verdict::Fail => "✗",
            Verdict::Undetermined => "?",
        }
    }
}
