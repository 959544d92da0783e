//! A threshold that a run is judged by.

use common::api::OPERATIONS;

use super::{Measure, Threshold};

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
}

/// Whose requests count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    All,
    /// Those to the operations marked here.
    Operations([bool; OPERATIONS]),
}
