//! Every table of a report, defined once: its columns, in the order of its CSV file.

pub(crate) mod apart;
pub(crate) mod behind;
pub(crate) mod endpoints;
pub(crate) mod exceptions;
pub(crate) mod failures;
pub(crate) mod history;
pub(crate) mod observed;
pub(crate) mod rungs;
pub(crate) mod slowest;
pub(crate) mod stages;
pub(crate) mod stats;
pub(crate) mod streams;
pub(crate) mod thresholds;
pub(crate) mod workers;

use crate::rows::Verdict;
use crate::table::Value;

/// Failures are seen among zeros.
fn alarm(failures: u64) -> &'static str {
    if failures > 0 { "bad" } else { "" }
}

/// A verdict in words and a sign.
fn judged(verdict: Verdict) -> Value {
    Value::Own(format!("{} {}", verdict.sign(), verdict.name()))
}

/// Its colour.
fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "good",
        Verdict::Fail => "bad",
        Verdict::Undetermined => "unsure",
    }
}

/// A text, or nothing.
fn sentence(text: Option<&String>) -> Value {
    Value::Sentence(text.cloned().unwrap_or_default())
}
