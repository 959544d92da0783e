//! How many users a service holds, and what gives way first: what the stages of a run tell.
//!
//! ```text
//! timeline ─┐               ┌─ users: the largest rung that keeps to the criteria, the smallest that misses
//! ledger ─┼─▶ Rung … Rung ┼─ knee, plateau, slots: what throughput does as users are added
//! beats ──┘               └─ cause: which of the known signatures it bears
//! ```
//!
//! Closed-loop theory (each user waits for its answer): with *c* slots held for *S* each and think time
//! *Z*, throughput is min(N/(S+Z), c/S), so it stops growing at N* = c(1+Z/S), and from there on each
//! further user adds S/c of waiting. Little's law (open = rate × length) holds on every rung in steady
//! state. Everything here is pure.

mod answer;
mod cause;
mod margin;
mod plateau;
mod rows;
mod rung;
mod slots;
#[cfg(test)]
mod tests;
mod users;
mod words;

pub use answer::{
    Cause, CauseKind, Estimate, LimitRows, RungRow, RungVerdict, Saturation, UserLimit, UserVerdict,
};
pub use margin::{Margin, margin};
pub use plateau::{Plateau, plateau};
pub use rows::{Question, rows};
pub use rung::{Figures, Rung, Sources};
pub use users::limit;
