//! The model behind the service: what it says of its requests, joined to what the users saw of theirs.
//!
//! ```text
//! workers ── deltas ── Ask ───────────────┐
//!                                         ├─▶ Join ─▶ Shares by stage and endpoint ─▶ rows, verdict
//! model ── /_sandbox/requests ── Served ──┘
//! ```
//!
//! Only durations are compared, each of one clock: how long a user waited, less how long the model worked on it, is what
//! the application in front of it took.

mod join;
mod served;
mod shares;
mod spans;

pub(crate) use join::Join;
pub use join::JoinCounts;
pub use served::{Served, ServedPage};
pub use shares::{Share, Shares};
