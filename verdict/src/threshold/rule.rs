//! A threshold that a run is judged by.

use common::api::OPERATIONS;

use super::Threshold;

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

/// Whose requests count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    All,
    /// Those to the operations marked here.
    Operations([bool; OPERATIONS]),
}
