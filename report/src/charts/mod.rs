//! Charts: rows in, figures for plotly out.
//!
//! ```text
//! SecondRow, StageRow ─▶ OverTime::figure ─┐
//! ObservedRows ────────▶ observed ─────────┤
//! LimitRows ───────────▶ rungs ────────────┼─▶ Figure as JSON ─▶ charts.draw(element, figure)
//! ```
//!
//! A [`Figure`] is what plotly calls data and layout, made by pure functions. It names its colours by
//! custom properties of the page (`var(--chart-p95)`), so that one figure suits light, dark and paper.
//! The HTML report and the dashboard draw the same figures with the same three files: [`plotly_js`],
//! [`SCRIPT`] and [`STYLE`]. Nothing of them ever loads anything.

mod distribution;
mod figure;
mod observed;
mod page;
mod rungs;
mod thin;
mod time;

pub use distribution::distribution;
pub use figure::Figure;
pub use observed::{MOST_OBSERVED, observed};
pub use page::{SCRIPT, STYLE, plotly_js};
pub use rungs::rungs;
pub use thin::{MAX_POINTS, thin};
pub use time::{ORIGIN, OverTime, TimeLine, over_time, x};
