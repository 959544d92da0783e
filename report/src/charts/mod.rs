//! Charts: rows in, what they show out, and two ways to draw it.
//!
//! ```text
//! SecondRow, StageRow ─▶ OverTime::figure ─┐             ┌─▶ svg::Drawing ─▶ report.html
//! ObservedRows ────────▶ observed ─────────┼─▶ Figure ───┤
//! LimitRows ───────────▶ rungs ────────────┘             └─▶ plot::Plot ───▶ the dashboard
//! ```
//!
//! A [`Figure`] says what a chart shows, once: series, axis, unit, stages, marks. It names colours by
//! what they stand for; the page gives them their look (`--chart-p95`), light, dark and on paper.

mod figure;
mod observed;
pub mod plot;
mod rungs;
pub mod svg;
mod thin;
mod time;

pub use figure::Figure;
pub use observed::{MOST_OBSERVED, observed};
pub use rungs::rungs;
pub use thin::{MAX_POINTS, thin};
pub use time::{OverTime, TimeLine, over_time};
