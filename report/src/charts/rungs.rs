//! What the rungs of a search show: users, or the rate of arrivals, against throughput, and against latency.

use common::stats::Metric;
use common::text::escape::plain;
use common::text::number::{rounded, whole};
use verdict::threshold::{Measure, ScopeTarget, Times, parse};

use super::figure::{Band, Colour, Figure, Form, Line, Look, Mark, Place, Rule, Tint, XAxis};
use crate::rows::{Estimate, LimitRows, RungRow, RungVerdict};

/// Longest criterion beside its line, in characters.
const MAX_CRITERION: usize = 40;
/// So much further than what must be seen reaches the axis.
const MARGIN: f64 = 1.06;

/// One line over the rungs.
struct RungLine {
    name: &'static str,
    colour: Colour,
    value: fn(&RungRow) -> Option<f64>,
}

/// Where there are streams they are what a plateau is of: requests beside them may go on growing.
const THROUGHPUT_STREAMS: RungLine = RungLine {
    name: "streams/s",
    colour: Colour::Main,
    value: |rung| (rung.streams > 0).then_some(rung.streams_per_s),
};
const THROUGHPUT: RungLine =
    RungLine { name: "requests/s", colour: Colour::Main, value: |rung| Some(rung.rps) };
const TTFT: RungLine = RungLine { name: "TTFT p95", colour: Colour::Main, value: |rung| rung.ttft_p95_ms };
/// Of calls and of streams together: only where there are no streams, or where a criterion asks for it.
const LATENCY: RungLine = RungLine { name: "latency p95", colour: Colour::P50, value: |rung| rung.p95_ms };
const ANSWER: RungLine =
    RungLine { name: "whole answer p50", colour: Colour::P50, value: |rung| rung.e2e_p50_ms };

/// How each verdict is marked: by form, not by colour alone.
const MARKS: [(RungVerdict, &str, Form, Colour); 4] = [
    (RungVerdict::Pass, "passed", Form::Disc, Colour::Good),
    (RungVerdict::Fail, "failed", Form::Cross, Colour::Bad),
    (RungVerdict::Undetermined, "undetermined", Form::Diamond, Colour::Target),
    (RungVerdict::Invalid, "invalid", Form::Plus, Colour::Target),
];

/// What was searched for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Noun {
    Users,
    Rates,
}

impl Noun {
    fn of(limits: &LimitRows) -> Noun {
        if limits.rate.is_some() { Noun::Rates } else { Noun::Users }
    }

    fn title(self, what: &str) -> String {
        match self {
            Noun::Users => format!("{what} by users"),
            Noun::Rates => format!("{what} by rate of arrivals"),
        }
    }

    fn axis(self, end: f64) -> XAxis {
        match self {
            Noun::Users => XAxis::Users { end },
            Noun::Rates => XAxis::Rate { end },
        }
    }
}

/// Throughput and latency over users or rates, with the knee, the plateau, the criteria and the limit; none for
/// fewer than two rungs.
pub fn rungs(limits: &LimitRows) -> Vec<Figure> {
    let mut rungs: Vec<&RungRow> = limits.rungs.iter().collect();
    rungs.sort_by(|a, b| a.place().total_cmp(&b.place()));
    if rungs.len() < 2 {
        return Vec::new();
    }
    vec![throughput(limits, &rungs), latency(limits, &rungs)]
}

fn throughput(limits: &LimitRows, rungs: &[&RungRow]) -> Figure {
    let has_streams = rungs.iter().any(|rung| rung.streams > 0);
    let line = if has_streams { THROUGHPUT_STREAMS } else { THROUGHPUT };
    let noun = Noun::of(limits);
    let about = match noun {
        Noun::Users => {
            format!("{} completed at each rung of users, with the knee and the plateau.", line.name)
        }
        Noun::Rates => format!("{} completed at each rate of arrivals that was tried.", line.name),
    };
    let mut figure = Figure {
        id: "rungs-throughput".into(),
        title: noun.title("Throughput").into(),
        unit: line.name.into(),
        about,
        ..over_rungs(&[line], rungs, noun)
    };
    if let Some(knee) = limits.knee {
        stand(&mut figure, knee, format!("knee at {} users", whole(knee.estimate)));
    }
    if let Some(plateau) = limits.saturation {
        let rate = if has_streams { plateau.streams_per_s } else { plateau.rps };
        let text = format!("plateau: {} {}", rounded(rate), figure.unit);
        figure.rules.push(Rule { at: Place::Y(rate), colour: Colour::Knee, text });
    }
    if let Some(served) = limits.rate.as_ref().and_then(|rate| rate.served) {
        let text = format!("served beneath a backlog: {}/s", rounded(served.estimate));
        figure.rules.push(Rule { at: Place::Y(served.estimate), colour: Colour::Knee, text });
    }
    figure
}
fn latency(limits: &LimitRows, rungs: &[&RungRow]) -> Figure {
    let noun = Noun::of(limits);
    let at = match noun {
        Noun::Users => "rung of users",
        Noun::Rates => "rate of arrivals",
    };
    let is_asked = limits.criteria.iter().filter_map(|criterion| parse(criterion).ok()).any(|criterion| {
        matches!(criterion.threshold.measure, Measure::Figure(Times::Latency, _))
            && criterion.threshold.scope.target == ScopeTarget::All
    });
    let has_streams = rungs.iter().any(|rung| rung.streams > 0);
    let (second, of_it) = match has_streams && !is_asked {
        true => (ANSWER, "the median of whole answers"),
        false => (LATENCY, "95 % latency"),
    };
    let mut figure = Figure {
        id: "rungs-latency".into(),
        title: noun.title("Latency and time to first token").into(),
        unit: "ms".into(),
        suffix: Some("ms"),
        about: format!("95 % time to first token and {of_it} at each {at}, with the criteria and the limit."),
        ..over_rungs(&[TTFT, second], rungs, noun)
    };
    let bounds = limits.criteria.iter().filter_map(|criterion| bound(criterion));
    figure.rules.extend(bounds.map(|(bound, text)| Rule { at: Place::Y(bound), colour: Colour::Bad, text }));
    let users = &limits.users;
    if let Some(point) = users.point {
        let high = users.high.unwrap_or(users.low);
        let span = Estimate { estimate: point, low: users.low as f64, high: high as f64 };
        stand(&mut figure, span, format!("limit: {:.0} users", point.floor()));
    }
    if let Some((rate, point)) = limits.rate.as_ref().and_then(|rate| Some((rate, rate.point?))) {
        let span = Estimate { estimate: point, low: rate.low, high: rate.high.unwrap_or(rate.low) };
        stand(&mut figure, span, format!("limit: {}/s", rounded(point)));
    }
    figure
}

/// A line across the plot at an estimate, on a band as wide as what is not known of it.
fn stand(figure: &mut Figure, of: Estimate, text: String) {
    figure.bands.push(Band { from: of.low, to: of.high, tint: Tint::Knee, name: String::new() });
    figure.rules.push(Rule { at: Place::X(of.estimate), colour: Colour::Knee, text });
    let (XAxis::Users { end } | XAxis::Rate { end }) = &mut figure.axis else { return };
    *end = end.max(of.high.max(of.estimate) * MARGIN);
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

/// The lines, and the verdicts as marks on the first of them that has values.
fn over_rungs(lines: &[RungLine], rungs: &[&RungRow], noun: Noun) -> Figure {
    // An invalid rung is no point of a line, and one that was run again is one point.
    let mut valid: Vec<&RungRow> =
        rungs.iter().copied().filter(|rung| rung.verdict != RungVerdict::Invalid).collect();
    valid.dedup_by(|a, b| a.place() == b.place());
    let with_data: Vec<&RungLine> =
        lines.iter().filter(|line| rungs.iter().any(|rung| (line.value)(rung).is_some())).collect();
    let drawn = |line: &&RungLine| Line {
        name: line.name,
        colour: line.colour,
        look: Look::Plain,
        values: valid.iter().map(|rung| (line.value)(rung)).collect(),
    };
    let most = rungs.iter().map(|rung| rung.place()).fold(0.0, f64::max);
    Figure {
        id: "".into(),
        title: "".into(),
        unit: "".into(),
        suffix: None,
        about: String::new(),
        axis: noun.axis(most * MARGIN),
        x: valid.iter().map(|rung| rung.place()).collect(),
        lines: with_data.iter().map(drawn).collect(),
        marks: with_data.first().map_or_else(Vec::new, |first| marks(first, rungs)),
        bands: Vec::new(),
        rules: Vec::new(),
    }
}

fn marks(line: &RungLine, rungs: &[&RungRow]) -> Vec<Mark> {
    let mark = |(verdict, name, form, colour)| {
        let judged = rungs.iter().filter(|rung| rung.verdict == verdict);
        let points = judged.filter_map(|rung| Some((rung.place(), (line.value)(rung)?))).collect();
        Mark { name, colour, form, points }
    };
    MARKS.into_iter().map(mark).filter(|mark| !mark.points.is_empty()).collect()
}
