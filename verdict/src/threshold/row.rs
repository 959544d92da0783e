//! What was asked of the run, and whether it was kept.

use common::text::number::{beside, milliseconds};
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
        let actual = self.said(self.actual?);
        Some(match self.own {
            Some(own) => format!("{actual}, of it at most {} our own", self.said(own)),
            None => actual,
        })
    }

    /// The interval in words: `141 to 146 ms`, `above 141 ms` when it has no upper end.
    pub fn interval(&self) -> Option<String> {
        let (low, high) = (self.said(self.low?), self.high.map(|high| self.said(high)));
        let unit = |text: &str| text.split_once(' ').map(|(_, unit)| unit.to_owned());
        Some(match high {
            Some(high) if low == high => low,
            // One unit is said once.
            Some(high) if unit(&low) == unit(&high) => {
                format!("{} to {high}", low.split(' ').next().unwrap_or(&low))
            }
            Some(high) => format!("{low} to {high}"),
            None => format!("above {low}"),
        })
    }

    /// A number with its unit, never as the bound where it is another.
    fn said(&self, value: f64) -> String {
        let (value_s, bound_s) = (milliseconds(value), milliseconds(self.bound));
        if self.unit == "ms" && (value == self.bound || value_s != bound_s) {
            return value_s;
        }
        format!("{} {}", beside(value, self.bound), self.unit)
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
