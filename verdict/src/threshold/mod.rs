//! Thresholds: what a run must keep to, and whether it did.
//!
//! ```text
//! "GET /threads:p99<=50ms" ── parse ──▶ Expression ── resolve(shape, API) ──▶ Rule
//!                                                                              │
//! Ledger's totals ── measure ──▶ Measured ── interval ──▶ ConfidenceInterval ── judge ──▶ Verdict ──▶ ThresholdRow
//! ```
//!
//! A verdict has three values. *Pass* and *fail* say that the 95 % confidence interval of what was
//! measured lies on one side of the bound; *undetermined* says that it does not, that nothing was
//! measured, or that the load generator itself was the limit ([`Validity`](crate::validity::Validity)).

mod attempts;
mod bound;
mod error;
mod expression;
mod interval;
mod judge;
mod measure;
mod parse;
mod resolve;
mod row;
mod rows;
mod rule;
mod watch;

pub use attempts::Attempts;
use bound::BoundUnit;
pub(crate) use bound::WHOLE;
pub use error::ThresholdError;
use error::ThresholdErrorKind;
pub use expression::{Expression, Measure, ScopeTarget, Threshold, Times};
use expression::{Level, Scope};
pub(crate) use expression::{Operator, Share, Statistic};
pub use interval::Confidence;
use interval::ConfidenceInterval;
use judge::Judgement;
pub(crate) use judge::judge;
pub(crate) use measure::{Measured, Sample};
pub use parse::parse;
pub use resolve::{ThresholdContext, resolve};
pub use row::{ThresholdRow, Verdict};
pub use rows::rows;
use rule::Covered;
pub use rule::{ASSUMED, Rule};
pub use watch::{Breach, Watch};
