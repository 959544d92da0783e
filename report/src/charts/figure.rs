//! One chart, ready to be drawn.

use std::borrow::Cow;

use plotly::Layout;
use plotly::common::{Anchor, ExponentFormat, Font, Orientation};
use plotly::layout::{Axis, HoverMode, Legend, Margin, RangeMode};
use serde::Serialize;
use serde_json::Value;

/// Colour of text in a chart.
pub(super) const TEXT: &str = "var(--chart-text)";
const GRID: &str = "var(--chart-grid)";
const CLEAR: &str = "rgba(0,0,0,0)";

/// One chart, ready to be drawn. Its text is from us or escaped for plotly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Its name for machines, unique on a page.
    pub id: Cow<'static, str>,
    /// Its heading.
    pub title: Cow<'static, str>,
    /// The unit of its y axis.
    pub unit: Cow<'static, str>,
    /// What it shows, in a sentence, for those who cannot see it.
    pub about: String,
    /// Figures of the same group have their x axes linked.
    pub group: &'static str,
    /// Plotly's traces.
    pub data: Vec<Value>,
    /// Plotly's layout.
    pub layout: Value,
}

/// What all figures have in common: margins, a legend above the plot, one label for all lines at an x.
pub(super) fn layout(x: Axis, y: Axis) -> Layout {
    Layout::new()
        .auto_size(true)
        .margin(Margin::new().left(56).right(14).top(36).bottom(30))
        .font(Font::new().size(12).color(TEXT))
        .paper_background_color(CLEAR)
        .plot_background_color(CLEAR)
        .hover_mode(HoverMode::XUnified)
        .show_legend(true)
        .legend(
            Legend::new()
                .orientation(Orientation::Horizontal)
                .x(0.0)
                .x_anchor(Anchor::Left)
                .y(1.09)
                .y_anchor(Anchor::Bottom)
                .background_color(CLEAR),
        )
        .x_axis(x.grid_color(GRID).line_color(GRID).zero_line(false).show_line(true))
        .y_axis(y.grid_color(GRID).zero_line(false))
}

/// A y axis from zero that a drag does not zoom: a drag picks a span of x.
pub(super) fn y_axis() -> Axis {
    Axis::new()
        .range_mode(RangeMode::ToZero)
        .fixed_range(true)
        .separate_thousands(true)
        .exponent_format(ExponentFormat::None)
        .n_ticks(6)
}

/// Text for plotly, which takes `<b>`, `<a href>` and entities for markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A part of plotly's as JSON. Cannot fail: it holds names, numbers and lists of them.
pub(super) fn json(part: impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
