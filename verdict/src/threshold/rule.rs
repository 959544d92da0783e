//! A threshold that a run is judged by.

use common::api::{OPERATIONS, Operation};

use common::stats::Metric;

use super::expression::Times;
use super::interval::fewest;
use super::{Confidence, Measure, Share, Statistic, Threshold};

/// A threshold with its scope found in the run's shape and API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The expression, as it was typed.
    pub text: String,
    /// What it says.
    pub threshold: Threshold,
    /// The number of its stage; none: the whole run.
    pub stage: Option<u32>,
    /// Whose requests count.
    pub covered: Covered,
}

/// Behind the text of a rule that nobody typed.
pub const ASSUMED: &str = " (assumed)";

impl Rule {
    /// The same rule, assumed.
    pub fn assumed(self) -> Rule {
        Rule { text: self.text + ASSUMED, ..self }
    }

    /// Whether it is about failures, or complete streams, of the whole run.
    pub fn is_about_failures(&self) -> bool {
        let all = self.stage.is_none() && self.covered == Covered::All;
        all && matches!(self.threshold.measure, Measure::Share(_))
    }

    /// Whether streams can miss it, and not only requests beside them.
    pub(crate) fn is_of_streams(&self) -> bool {
        let covers_streams = match self.covered {
            Covered::All => true,
            Covered::Operations(operations) => operations[Operation::Chat.index()],
        };
        let is_their_own = matches!(
            self.threshold.measure,
            Measure::Figure(Times::Stream(_), _) | Measure::Share(Share::Complete)
        );
        covers_streams || is_their_own
    }

    /// Fewest streams that can show that it is kept; none where it is not about a percentile that each stream has one
    /// sample of.
    pub(crate) fn fewest_streams(&self, confidence: Confidence) -> Option<u64> {
        match self.threshold.measure {
            Measure::Figure(Times::Stream(metric), Statistic::Percentile(level))
                if metric != Metric::Icl && self.threshold.operator.wants_less() =>
            {
                Some(fewest(level.share(), confidence))
            }
            _ => None,
        }
    }
}

/// Whose requests count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    All,
    /// Those to the operations marked here.
    Operations([bool; OPERATIONS]),
}
