//! What the rungs of a limit search show: users against throughput, and against latency.

use common::stats::Metric;
use plotly::Scatter;
use plotly::common::{Anchor, DashType, Font, Line as Stroke, Marker, MarkerSymbol, Mode};
use plotly::layout::{Annotation, Axis, AxisType, RangeMode, Shape, ShapeLayer, ShapeLine, ShapeType};
use serde_json::Value;

use super::figure::{Figure, escaped, json, layout, y_axis};
use crate::rows::{Estimate, LimitRows, RungRow, RungVerdict};
use common::text::escape::plain;
use common::text::number::rounded;
use verdict::threshold::{Measure, ScopeTarget, Times, parse};

const MAIN: &str = "var(--chart-main)";
const STREAMS: &str = "var(--chart-p50)";
const KNEE: &str = "var(--chart-knee)";
const KNEE_BAND: &str = "var(--chart-knee-fill)";
const BOUND: &str = "var(--chart-bad)";
/// Longest criterion beside its line, in characters.
const MAX_CRITERION: usize = 40;

/// One line over the rungs.
struct RungLine {
    name: &'static str,
    colour: &'static str,
    value: fn(&RungRow) -> Option<f64>,
}

/// Where there are streams they are what a plateau is of: requests beside them may go on growing.
const THROUGHPUT_STREAMS: RungLine = RungLine {
    name: "streams/s",
    colour: MAIN,
    value: |rung| (rung.streams > 0).then_some(rung.streams_per_s),
};
const THROUGHPUT: RungLine = RungLine { name: "requests/s", colour: MAIN, value: |rung| Some(rung.rps) };
const LATENCY: [RungLine; 2] = [
    RungLine { name: "TTFT p95", colour: MAIN, value: |rung| rung.ttft_p95_ms },
    RungLine { name: "latency p95", colour: STREAMS, value: |rung| rung.p95_ms },
];

/// How each verdict is marked: by form, not by colour alone.
const MARKS: [(RungVerdict, &str, MarkerSymbol, &str); 4] = [
    (RungVerdict::Pass, "passed", MarkerSymbol::Circle, "var(--chart-good)"),
    (RungVerdict::Fail, "failed", MarkerSymbol::X, "var(--chart-bad)"),
    (RungVerdict::Undetermined, "undetermined", MarkerSymbol::DiamondOpen, "var(--chart-target)"),
    (RungVerdict::Invalid, "invalid", MarkerSymbol::CrossThinOpen, "var(--chart-target)"),
];

/// Throughput and latency over users, with the knee, the plateau, the criteria and the limit; none for
/// fewer than two rungs.
pub fn rungs(limits: &LimitRows) -> Vec<Figure> {
    let mut rungs: Vec<&RungRow> = limits.rungs.iter().collect();
    rungs.sort_by_key(|rung| rung.users);
    if rungs.len() < 2 {
        return Vec::new();
    }
    vec![throughput(limits, &rungs), latency(limits, &rungs)]
}

fn throughput(limits: &LimitRows, rungs: &[&RungRow]) -> Figure {
    let has_streams = rungs.iter().any(|rung| rung.streams > 0);
    let line = if has_streams { THROUGHPUT_STREAMS } else { THROUGHPUT };
    let mut marks = Marks::default();
    if let Some(knee) = limits.knee {
        marks.band(knee);
        marks.vertical(knee.estimate, KNEE, format!("knee at {:.0} users", knee.estimate));
    }
    if let Some(plateau) = limits.saturation {
        let rate = if has_streams { plateau.streams_per_s } else { plateau.rps };
        marks.horizontal(rate, KNEE, &format!("plateau: {} {}", rounded(rate), line.name));
    }
    let about = format!("{} completed at each rung of users, with the knee and the plateau.", line.name);
    Figure {
        id: "rungs-throughput".into(),
        title: "Throughput by users".into(),
        unit: line.name.into(),
        about,
        group: "users",
        data: traces(&[line], rungs),
        layout: marks.layout(rungs),
    }
}

fn latency(limits: &LimitRows, rungs: &[&RungRow]) -> Figure {
    let mut marks = Marks::default();
    for (bound, text) in limits.criteria.iter().filter_map(|criterion| bound(criterion)) {
        marks.horizontal(bound, BOUND, &text);
    }
    let users = &limits.users;
    if let Some(point) = users.point {
        let high = users.high.unwrap_or(users.low);
        marks.band(Estimate { estimate: point, low: users.low as f64, high: high as f64 });
        marks.vertical(point, KNEE, format!("limit: {:.0} users", point.floor()));
    }
    Figure {
        id: "rungs-latency".into(),
        title: "Latency and time to first token by users".into(),
        unit: "ms".into(),
        about: "95 % latency and 95 % time to first token at each rung of users, with the criteria and the \
                limit."
            .to_owned(),
        group: "users",
        data: traces(&LATENCY, rungs),
        layout: marks.layout(rungs),
    }
}

/// The bound of a criterion about time to first token or the latency of all, in milliseconds.
fn bound(criterion: &str) -> Option<(f64, String)> {
    let threshold = parse(criterion).ok()?.threshold;
    let drawn = match threshold.measure {
        Measure::Figure(Times::Stream(Metric::Ttft), _) => true,
        Measure::Figure(Times::Latency, _) => threshold.scope.target == ScopeTarget::All,
        _ => false,
    };
    drawn.then(|| (threshold.bound as f64 / 1000.0, plain(criterion, MAX_CRITERION)))
}

/// The lines, then the verdicts as marks on the first line that has values.
fn traces(lines: &[RungLine], rungs: &[&RungRow]) -> Vec<Value> {
    // An invalid rung is no point of a line, and one that was run again is one point.
    let mut valid: Vec<&RungRow> =
        rungs.iter().copied().filter(|rung| rung.verdict != RungVerdict::Invalid).collect();
    valid.dedup_by_key(|rung| rung.users);
    let with_data: Vec<&RungLine> =
        lines.iter().filter(|line| rungs.iter().any(|rung| (line.value)(rung).is_some())).collect();
    let mut traces: Vec<Value> = Vec::new();
    for line in &with_data {
        let (x, y) = valid.iter().map(|rung| (rung.users, (line.value)(rung))).unzip();
        let trace = Scatter::<u64, Option<f64>>::new(x, y)
            .name(line.name)
            .mode(Mode::LinesMarkers)
            .marker(Marker::new().size(5).color(line.colour))
            .line(Stroke::new().width(1.8).color(line.colour));
        traces.push(json(trace.hover_template("%{y:,.3~f}")));
    }
    let Some(first) = with_data.first() else { return traces };
    for (verdict, name, symbol, colour) in MARKS {
        let (x, y): (Vec<u64>, Vec<Option<f64>>) = rungs
            .iter()
            .filter(|rung| rung.verdict == verdict)
            .map(|rung| (rung.users, (first.value)(rung)))
            .unzip();
        if x.is_empty() {
            continue;
        }
        let marker =
            Marker::new().size(10).symbol(symbol).color(colour).line(Stroke::new().width(2.0).color(colour));
        let trace = Scatter::new(x, y).name(name).mode(Mode::Markers).marker(marker);
        traces.push(json(trace.hover_template(name)));
    }
    traces
}

/// Lines and bands across the plot, with their texts.
#[derive(Default)]
struct Marks {
    shapes: Vec<Shape>,
    texts: Vec<Annotation>,
    /// The greatest x that must be seen.
    widest: f64,
}

impl Marks {
    fn band(&mut self, of: Estimate) {
        self.widest = self.widest.max(of.high);
        self.shapes.push(
            Shape::new()
                .shape_type(ShapeType::Rect)
                .layer(ShapeLayer::Below)
                .x_ref("x")
                .x0(of.low)
                .x1(of.high)
                .y_ref("paper")
                .y0(0.0)
                .y1(1.0)
                .line(ShapeLine::new().width(0.0))
                .fill_color(KNEE_BAND),
        );
    }

    fn vertical(&mut self, x: f64, colour: &'static str, text: String) {
        self.widest = self.widest.max(x);
        let line = Shape::new().shape_type(ShapeType::Line).x_ref("x").x0(x).x1(x);
        let line = line.y_ref("paper").y0(0.0).y1(1.0);
        self.shapes.push(line.line(ShapeLine::new().width(1.4).dash(DashType::Dot).color(colour)));
        self.texts.push(
            text_at(text, colour)
                .x_ref("x")
                .x(x)
                .x_anchor(Anchor::Left)
                .x_shift(4.0)
                .y_ref("paper")
                .y(0.0)
                .y_anchor(Anchor::Bottom),
        );
    }

    fn horizontal(&mut self, y: f64, colour: &'static str, text: &str) {
        let line = Shape::new().shape_type(ShapeType::Line).x_ref("paper").x0(0.0).x1(1.0);
        let line = line.y_ref("y").y0(y).y1(y);
        self.shapes.push(line.line(ShapeLine::new().width(1.4).dash(DashType::Dash).color(colour)));
        self.texts.push(
            text_at(escaped(text), colour)
                .x_ref("paper")
                .x(0.0)
                .x_anchor(Anchor::Left)
                .x_shift(4.0)
                .y_ref("y")
                .y(y)
                .y_anchor(Anchor::Bottom),
        );
    }

    fn layout(self, rungs: &[&RungRow]) -> Value {
        let most = rungs.iter().map(|rung| rung.users as f64).fold(self.widest, f64::max);
        let x = Axis::new()
            .type_(AxisType::Linear)
            .range_mode(RangeMode::ToZero)
            .range(vec![0.0, most * 1.06])
            .separate_thousands(true)
            .tick_suffix(" users")
            .show_tick_suffix(plotly::layout::ArrayShow::Last)
            .n_ticks(8);
        json(layout(x, y_axis()).shapes(self.shapes).annotations(self.texts))
    }
}

fn text_at(text: String, colour: &'static str) -> Annotation {
    Annotation::new().text(text).show_arrow(false).font(Font::new().size(11).color(colour))
}
