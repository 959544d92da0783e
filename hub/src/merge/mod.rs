//! Deltas in, totals out. Each delta counts once, whatever the network does with it.
//!
//! ```text
//! wire::Delta ── decode ──▶ CheckedDelta ── Ledger::merge ──▶ totals of the run, its stages, its seconds
//!                  │                     │
//!                  └── DeltaError ◀─────────┘  counted, and named in the report
//! ```

mod checked;
mod decode;
mod failures;
mod in_progress;
mod ledger;
mod seconds;
#[cfg(test)]
mod tests;

pub use checked::ArrivalTally;
pub use decode::DeltaError;
pub use failures::{ExceptionTotals, FailureKey, FailureTotals};
pub use ledger::{Account, Ledger, MergeOutcome, Pulse};
pub use seconds::{OpenSecond, Seconds, TAIL};
