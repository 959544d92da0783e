//! How many users a service holds, and what gives way first: what the stages of a run show.
//!
//! ```text
//! timeline ─┐               ┌─ users: the largest rung that keeps to the criteria, the smallest that misses
//! totals ───┼▶ Rung … Rung ─┼─ knee, plateau, slots: what throughput does as users are added
//! seconds ──┘               └─ cause: which of the known signatures it has
//! ```
//!
//! Closed-loop theory (each user waits for its answer): with *c* slots held for *S* each and think time
//! *Z*, throughput is min(N/(S+Z), c/S), so it stops growing at N* = c(1+Z/S), and from there on each
//! further user adds S/c of waiting. Little's law (open = rate × length) holds on every rung in steady
//! state.

mod answer;
mod cause;
mod changed;
mod flow;
mod gone;
mod inside;
mod margin;
mod named;
mod plateau;
mod pooled;
mod rows;
mod rung;
mod slots;
#[cfg(test)]
mod tests;
mod text;
mod unmeasured;
mod users;

pub use answer::{Estimate, LimitRows, RateLimit, RungRow, RungVerdict, Saturation, UserLimit, UserVerdict};
use changed::Changed;
use gone::Gone;
pub use inside::metrics as inside_metrics;
use margin::{Margin, load, margin};
pub use named::{Cause, CauseKind, Explanation, Paragraph};
use plateau::{Plateau, current, plateau};
pub use plateau::{outdated, stops_growing};
pub use pooled::proven;
pub(crate) use rows::row as rung_row;
pub use rows::{Criteria, Cut, EndpointWords, rows, tells_cause};
use rung::Shorter;
#[cfg(test)]
use rung::{Judged, TimeSummary, most_telling};
pub use rung::{Pulse, Rung, mark_shorter};
pub(crate) use unmeasured::{sentence as unmeasured_sentence, unmeasured};
pub(crate) use users::missed;
use users::{limit, missed_by_failures};
