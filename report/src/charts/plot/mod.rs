//! Figures over the run's time for plotly, which the dashboard draws them with.
//!
//! A [`Plot`] is what plotly calls data and layout. Its colours are custom properties of the page
//! (`var(--chart-p95)`), so that one plot suits light, dark and paper. Nothing of it ever loads anything.

mod distribution;
mod page;

use std::borrow::Cow;

use plotly::common::Line as Stroke;
use plotly::common::{Anchor, DashType, ExponentFormat, Fill, Font, Marker, Mode, Orientation};
use plotly::layout::{
    Annotation, Axis, AxisType, HoverMode, Legend, Margin, RangeMode, Shape, ShapeLayer, ShapeLine, ShapeType,
};
use plotly::{Layout, Scatter};
use serde::Serialize;
use serde_json::Value;

use super::figure::{Band, Colour, Figure, Line, Look};

pub use distribution::distribution;
pub use page::{SCRIPT, STYLE, plotly_js};

/// The run's start on the x axis: the second day of plotly's clock, since it takes a number of four
/// digits for a year.
const ORIGIN: i64 = 86_400_000;
/// Beyond so many points they touch, and a dot for each is only slow.
const MAX_DOTS: usize = 400;
/// Colour of text in a chart.
const TEXT: &str = "var(--chart-text)";
const GRID: &str = "var(--chart-grid)";
const CLEAR: &str = "rgba(0,0,0,0)";

/// One chart as plotly takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plot {
    /// As [`Figure::id`].
    pub id: Cow<'static, str>,
    /// Its heading.
    pub title: Cow<'static, str>,
    /// The unit of its y axis.
    pub unit: Cow<'static, str>,
    /// What it shows, in a sentence.
    pub about: String,
    /// Plots of the same group have their x axes linked.
    pub group: &'static str,
    /// Plotly's traces.
    pub data: Vec<Value>,
    /// Plotly's layout.
    pub layout: Value,
}

impl Plot {
    /// A figure over the run's time: its lines, and its bands with their names.
    pub fn over_time(figure: Figure) -> Plot {
        let data = figure.lines.iter().map(|line| json(trace(&figure, line))).collect();
        let layout = layout(time_axis(ms(figure.axis.end())), y_axis())
            .show_legend(figure.lines.len() > 1 || figure.suffix.is_some())
            .shapes(figure.bands.iter().map(shade).collect())
            .annotations(figure.bands.iter().map(name).collect());
        let Figure { id, title, unit, about, axis, .. } = figure;
        Plot { id, title, unit, about, group: axis.group(), data, layout: json(layout) }
    }
}

fn trace(figure: &Figure, line: &Line) -> Box<Scatter<i64, Option<f64>>> {
    let colour = css(line.colour);
    let stroke = Stroke::new().width(1.6).color(colour.clone());
    let mode = if figure.x.len() <= MAX_DOTS { Mode::LinesMarkers } else { Mode::Lines };
    let hover = match figure.suffix {
        Some(suffix) => format!("%{{y:,.3~f}} {suffix}"),
        None => "%{y:,.4~g}".to_owned(),
    };
    let trace = Scatter::new(figure.x.iter().map(|at| ms(*at)).collect(), line.values.clone())
        .name(line.name)
        .mode(mode)
        .marker(Marker::new().size(3).color(colour.clone()))
        .hover_template(hover);
    match line.look {
        Look::Plain => trace.line(stroke),
        Look::Dashed => trace.mode(Mode::Lines).line(stroke.dash(DashType::Dash)),
        Look::Filled => {
            let tint = format!("var(--chart-{}-fill)", line.colour.name());
            trace.line(stroke).fill(Fill::ToZeroY).fill_color(tint)
        }
    }
}

/// What all plots have in common: margins, a legend above the plot, one label for all lines at an x.
fn layout(x: Axis, y: Axis) -> Layout {
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

/// The run's axis up to `end`, in milliseconds after the epoch of plotly's clock.
fn time_axis(end: i64) -> Axis {
    Axis::new()
        .type_(AxisType::Date)
        .tick_format(clock(end))
        .hover_format(clock(end))
        .range(vec![ORIGIN, end.max(ORIGIN + 1000)])
        .n_ticks(8)
}

/// Minutes and seconds, for runs of more than an hour with hours.
fn clock(end: i64) -> &'static str {
    if end - ORIGIN < 3_600_000 { "%-M:%S" } else { "%-H:%M:%S" }
}

/// A y axis from zero that a drag does not zoom: a drag picks a span of x.
fn y_axis() -> Axis {
    Axis::new()
        .range_mode(RangeMode::ToZero)
        .fixed_range(true)
        .separate_thousands(true)
        .exponent_format(ExponentFormat::None)
        .n_ticks(6)
}

fn shade(band: &Band) -> Shape {
    Shape::new()
        .shape_type(ShapeType::Rect)
        .layer(ShapeLayer::Below)
        .x_ref("x")
        .x0(ms(band.from))
        .x1(ms(band.to))
        .y_ref("paper")
        .y0(0.0)
        .y1(1.0)
        .line(ShapeLine::new().width(0.0))
        .fill_color(format!("var(--chart-{})", band.tint.name()))
}

/// The name at the top of its shade; the page hides those that do not fit.
fn name(band: &Band) -> Annotation {
    Annotation::new()
        .text(escaped(&band.name))
        .x_ref("x")
        .x(ms((band.from + band.to) / 2.0))
        .y_ref("paper")
        .y(1.0)
        .y_anchor(Anchor::Bottom)
        .show_arrow(false)
        .font(Font::new().size(11).color("var(--chart-muted)"))
}

fn ms(seconds: f64) -> i64 {
    ORIGIN.saturating_add((seconds * 1000.0) as i64)
}

fn css(colour: Colour) -> String {
    format!("var(--chart-{})", colour.name())
}

/// Text for plotly, which takes `<b>`, `<a href>` and entities for markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A part of plotly's as JSON. Cannot fail: it holds names, numbers and lists of them.
fn json(part: impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::OverTime;
    use crate::rows::{SecondRow, StageRow};

    #[test]
    fn a_plot_has_every_second_and_no_name_is_a_link() {
        let history: Vec<SecondRow> =
            (0..3).map(|second| SecondRow { second, rps: 2.5, ..SecondRow::default() }).collect();
        let stage = StageRow { name: "<a href='x'>up</a>".to_owned(), to_s: 3.0, ..StageRow::default() };
        let plot = Plot::over_time(OverTime::Rate.figure(&history, &[stage]));
        assert_eq!(plot.data[0]["x"], serde_json::json!([86_401_000, 86_402_000, 86_403_000]));
        assert_eq!(plot.data[0]["y"], serde_json::json!([2.5, 2.5, 2.5]));
        assert_eq!(plot.layout["xaxis"]["range"], serde_json::json!([86_400_000, 86_403_000]));
        assert!(!plot.layout["annotations"][0]["text"].as_str().unwrap().contains('<'));
    }
}
