//! A report made from nothing but the request logs of a run.
//!
//! ```text
//! w1.jsonl ─┐           ┌─▶ CallTally     by call    ─┐
//!           ├─ Merged ──┼─▶ StreamTally   all streams ├─▶ RunReport ─▶ Markdown, HTML, JSON
//! w2.jsonl ─┘   lines   └─▶ stages, seconds, failures ┘
//! ```
//!
//! Each line goes into the totals that a controller merges from its workers' deltas, and the rows are made of those as
//! ever: so what is counted here and in the run's own report is equal to the digit.

mod calls;
mod course;
mod failures;
mod notes;
mod rows;
mod stages;
mod streams;
mod tally;
mod weights;

pub use tally::report;
