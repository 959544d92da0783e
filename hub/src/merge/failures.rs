//! What failed, and what went wrong inside a worker, counted.

use std::time::Duration;

use common::failure::FailureClass;
use common::trace::TraceId;

/// Failures of one kind have this in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureKey {
    /// Place of the operation.
    pub endpoint: usize,
    /// What kind of failure.
    pub class: FailureClass,
    /// Its words, with `#` for numbers and ids, or [`common::failure::OTHER_TEXTS`].
    pub words: String,
}

/// One kind of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureTotals {
    /// The first text that came, as it was.
    pub example: String,
    /// Whether others of the same words differ from it.
    pub varies: bool,
    /// The trace of the request that it is of.
    pub trace: Option<TraceId>,
    /// Occurrences.
    pub count: u64,
    /// Run clock of the first.
    pub first: Duration,
    /// Run clock of the last.
    pub last: Duration,
}

/// One kind of exception.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExceptionTotals {
    /// Where it happened.
    pub traceback: String,
    /// Occurrences.
    pub count: u64,
    /// Names of the workers it happened on.
    pub workers: std::collections::BTreeSet<String>,
}
