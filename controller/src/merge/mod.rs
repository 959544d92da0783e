//! Deltas in, totals out. Each delta counts once, whatever the network does with it.
//!
//! ```text
//! wire::Delta ── decode ──▶ Part ── Ledger::merge ──▶ totals of the run, its stages, its seconds
//!                  │                     │
//!                  └── Refusal ◀─────────┘  counted, and named in the report
//! ```

mod decode;
mod failures;
mod ledger;
mod seconds;
#[cfg(test)]
mod tests;

pub use decode::{FailurePart, Health, Part, Refusal, StagePart, decode};
pub use failures::{ExceptionTotals, FailureTotals};
pub use ledger::{Account, Ledger, Merged, Pulse};
pub use seconds::{OpenSecond, Seconds};
