//! Charts: rows in, what they show out, and the one way to draw it.
//!
//! ```text
//! SecondRow, StageRow ─▶ OverTime::figure ─┐
//! ObservedRows ────────▶ observed ─────────┤                           ┌─▶ report.html
//! LimitRows ───────────▶ rungs ────────────┼─▶ Figure ─▶ svg::Drawing ─┤
//! DistributionRow ─────▶ distribution ─────┘                           └─▶ the dashboard
//! ```
//!
//! A [`Figure`] says what a chart shows, once: series, axis, unit, stages, marks. It names colours by
//! what they stand for; the page gives them their look (`--chart-p95`), light, dark and on paper.

mod course;
mod distribution;
mod figure;
mod observed;
mod rungs;
pub mod svg;
mod thin;
mod time;

pub use course::{Course, Moment};
pub use distribution::distribution;
pub use figure::Figure;
pub use observed::{MOST_OBSERVED, observed};
pub use rungs::rungs;
pub use thin::{MAX_POINTS, thin};
pub use time::{OverTime, TimeLine, over_time};
