//! The run along its time.

use plotly::Scatter;
use plotly::common::{Anchor, DashType, Fill, Font, Line as Stroke, Marker, Mode};
use plotly::layout::{Annotation, Axis, AxisType, Shape, ShapeLayer, ShapeLine, ShapeType};

use super::figure::{Figure, escaped, json, layout, y_axis};
use super::thin::{MAX_POINTS, thin};
use crate::rows::{RunReport, SecondRow, StageRow};
use common::text::escape::plain;

/// The run's start on the x axis: the second day of plotly's clock, since it takes a number of four
/// digits for a year.
pub const ORIGIN: i64 = 86_400_000;
/// Beyond so many points they touch, and a dot for each is only slow.
const MAX_DOTS: usize = 400;
/// Longest name of a stage in a chart, in characters.
const MAX_NAME: usize = 24;

/// A chart over the seconds of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverTime {
    /// Users running and their target.
    Users,
    /// Requests and failures.
    Rate,
    /// Latency of requests.
    Latency,
    /// Streams in progress.
    Streams,
    /// Time to first token.
    Ttft,
    /// Gaps between chunks.
    Icl,
}

/// One line of a chart.
#[derive(Debug, Clone, Copy)]
pub struct TimeLine {
    /// Its name in the legend.
    pub name: &'static str,
    colour: &'static str,
    look: Look,
    /// Its value in a second; none: a gap.
    pub value: fn(&SecondRow) -> Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    Dashed,
    /// With a tint from the line down to zero.
    Filled(&'static str),
}

const fn line(
    name: &'static str,
    colour: &'static str,
    look: Look,
    value: fn(&SecondRow) -> Option<f64>,
) -> TimeLine {
    TimeLine { name, colour, look, value }
}

const MAIN: &str = "var(--chart-main)";
const MAIN_FILL: Look = Look::Filled("var(--chart-main-fill)");
const P50: &str = "var(--chart-p50)";
const P95: &str = "var(--chart-p95)";
const P99: &str = "var(--chart-p99)";

const USERS: [TimeLine; 2] = [
    line("running", MAIN, MAIN_FILL, |row| Some(row.users as f64)),
    line("target", "var(--chart-target)", Look::Dashed, |row| row.users_target.map(|users| users as f64)),
];
const RATE: [TimeLine; 2] = [
    line("requests", MAIN, MAIN_FILL, |row| Some(row.rps)),
    line("failures", "var(--chart-bad)", Look::Filled("var(--chart-bad-fill)"), |row| {
        Some(row.failures_per_s)
    }),
];
const LATENCY: [TimeLine; 3] = [
    line("p50", P50, Look::Plain, |row| row.calls_ms()[0]),
    line("p95", P95, Look::Plain, |row| row.calls_ms()[1]),
    line("p99", P99, Look::Plain, |row| row.calls_ms()[2]),
];
const STREAMS: [TimeLine; 1] =
    [line("in progress", MAIN, MAIN_FILL, |row| row.streams.map(|streams| streams as f64))];
const TTFT: [TimeLine; 3] = [
    line("p50", P50, Look::Plain, |row| row.ttft_p50_ms),
    line("p95", P95, Look::Plain, |row| row.ttft_p95_ms),
    line("p99", P99, Look::Plain, |row| row.ttft_p99_ms),
];
const ICL: [TimeLine; 3] = [
    line("p50", P50, Look::Plain, |row| row.icl_p50_ms),
    line("p95", P95, Look::Plain, |row| row.icl_p95_ms),
    line("p99", P99, Look::Plain, |row| row.icl_p99_ms),
];

/// The charts of a run that have something to show, thinned to [`MAX_POINTS`]; none for a history of
/// fewer than two rows, which has no time axis.
pub fn over_time(report: &RunReport) -> Vec<Figure> {
    if report.history.len() < 2 {
        return Vec::new();
    }
    let history = thin(&report.history, MAX_POINTS);
    OverTime::ALL
        .into_iter()
        .filter(|chart| chart.has_data(&history))
        .map(|chart| chart.figure(&history, &report.stages))
        .collect()
}

impl OverTime {
    /// Every chart, in the order of reading.
    pub const ALL: [OverTime; 6] = {
        use OverTime::*;
        [Users, Rate, Latency, Streams, Ttft, Icl]
    };

    /// Its name for machines.
    pub const fn id(self) -> &'static str {
        match self {
            OverTime::Users => "users",
            OverTime::Rate => "rate",
            OverTime::Latency => "latency",
            OverTime::Streams => "streams",
            OverTime::Ttft => "ttft",
            OverTime::Icl => "icl",
        }
    }

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            OverTime::Users => "Users",
            OverTime::Rate => "Requests and failures",
            OverTime::Latency => "Latency of calls",
            OverTime::Streams => "Streams in progress",
            OverTime::Ttft => "Time to first token (TTFT)",
            OverTime::Icl => "Gap between chunks (ICL)",
        }
    }

    /// The unit of its y axis.
    pub const fn unit(self) -> &'static str {
        match self {
            OverTime::Users => "users",
            OverTime::Rate => "per second",
            OverTime::Streams => "streams",
            OverTime::Latency | OverTime::Ttft | OverTime::Icl => "ms",
        }
    }

    /// Its lines, in the order of plotly's traces.
    pub const fn lines(self) -> &'static [TimeLine] {
        match self {
            OverTime::Users => &USERS,
            OverTime::Rate => &RATE,
            OverTime::Latency => &LATENCY,
            OverTime::Streams => &STREAMS,
            OverTime::Ttft => &TTFT,
            OverTime::Icl => &ICL,
        }
    }

    const fn about(self) -> &'static str {
        match self {
            OverTime::Users => "Users running at the end of each second, beside the shape's target.",
            OverTime::Rate => "Requests that ended in each second, and those of them that failed.",
            OverTime::Latency => "Median, 95 % and 99 % latency of the calls that ended in each second, streams apart.",
            OverTime::Streams => "Streams in progress at the end of each second.",
            OverTime::Ttft => "Median, 95 % and 99 % time to first token, second by second.",
            OverTime::Icl => "Median, 95 % and 99 % gap between chunks of a stream, second by second.",
        }
    }

    /// Whether any second has a value for it.
    pub fn has_data(self, history: &[SecondRow]) -> bool {
        let has_value = |row: &SecondRow| self.lines().iter().any(|line| (line.value)(row).is_some());
        match self {
            OverTime::Streams => history.iter().any(|row| row.streams.is_some_and(|streams| streams > 0)),
            _ => history.iter().any(has_value),
        }
    }

    /// The figure of these rows, however many, with the stages shaded.
    pub fn figure(self, history: &[SecondRow], stages: &[StageRow]) -> Figure {
        let end = history.last().map_or(ORIGIN, x);
        let layout = layout(time_axis(end), y_axis()).shapes(shades(stages)).annotations(names(stages));
        Figure {
            id: self.id().into(),
            title: self.title().into(),
            unit: self.unit().into(),
            about: self.about().to_owned(),
            group: "time",
            data: self.lines().iter().map(|line| json(self.trace(line, history))).collect(),
            layout: json(layout),
        }
    }

    fn trace(self, line: &TimeLine, history: &[SecondRow]) -> Box<Scatter<i64, Option<f64>>> {
        let stroke = Stroke::new().width(1.6).color(line.colour);
        let mode = if history.len() <= MAX_DOTS { Mode::LinesMarkers } else { Mode::Lines };
        let trace = Scatter::new(history.iter().map(x).collect(), history.iter().map(line.value).collect())
            .name(line.name)
            .mode(mode)
            .marker(Marker::new().size(3).color(line.colour))
            .hover_template(format!("%{{y:,.3~f}} {}", self.unit()));
        match line.look {
            Look::Plain => trace.line(stroke),
            Look::Dashed => trace.mode(Mode::Lines).line(stroke.dash(DashType::Dash)),
            Look::Filled(tint) => trace.line(stroke).fill(Fill::ToZeroY).fill_color(tint),
        }
    }
}

/// Where a row stands on the x axis: its second's end, in milliseconds after [`ORIGIN`].
pub fn x(row: &SecondRow) -> i64 {
    let end = i64::try_from(row.second).unwrap_or(i64::MAX).saturating_add(1);
    end.saturating_mul(1000).saturating_add(ORIGIN)
}

/// The run's axis up to `end`, as [`x`].
pub(super) fn time_axis(end: i64) -> Axis {
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

/// Every other stage on a tint, from bottom to top.
pub(super) fn shades(stages: &[StageRow]) -> Vec<Shape> {
    let shade = |(place, stage): (usize, &StageRow)| {
        Shape::new()
            .shape_type(ShapeType::Rect)
            .layer(ShapeLayer::Below)
            .x_ref("x")
            .x0(ms(stage.from_s))
            .x1(ms(stage.to_s))
            .y_ref("paper")
            .y0(0.0)
            .y1(1.0)
            .line(ShapeLine::new().width(0.0))
            .fill_color(if place % 2 == 0 { "var(--chart-stage-even)" } else { "var(--chart-stage-odd)" })
    };
    stages.iter().enumerate().map(shade).collect()
}

/// The stages' names at the top of their shades; the page hides those that do not fit.
pub(super) fn names(stages: &[StageRow]) -> Vec<Annotation> {
    let name = |stage: &StageRow| {
        Annotation::new()
            .text(escaped(&plain(&stage.name, MAX_NAME)))
            .x_ref("x")
            .x((ms(stage.from_s) + ms(stage.to_s)) / 2.0)
            .y_ref("paper")
            .y(1.0)
            .y_anchor(Anchor::Bottom)
            .show_arrow(false)
            .font(Font::new().size(11).color("var(--chart-muted)"))
    };
    stages.iter().map(name).collect()
}

fn ms(seconds: f64) -> f64 {
    ORIGIN as f64 + seconds * 1000.0
}
