//! The run along its time.

use common::text::escape::plain;

use super::figure::{Band, Colour, Figure, Line, Look, Tint, XAxis};
use super::thin::{MAX_POINTS, thin};
use crate::rows::{RunReport, SecondRow, StageRow};

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
    colour: Colour,
    look: Look,
    /// Its value in a second; none: a gap.
    pub value: fn(&SecondRow) -> Option<f64>,
}

const fn line(
    name: &'static str,
    colour: Colour,
    look: Look,
    value: fn(&SecondRow) -> Option<f64>,
) -> TimeLine {
    TimeLine { name, colour, look, value }
}

const USERS: [TimeLine; 2] = [
    line("running", Colour::Main, Look::Filled, |row| Some(row.users as f64)),
    line("target", Colour::Target, Look::Dashed, |row| row.users_target.map(|users| users as f64)),
];
const RATE: [TimeLine; 2] = [
    line("requests", Colour::Main, Look::Filled, |row| Some(row.rps)),
    line("failures", Colour::Bad, Look::Filled, |row| Some(row.failures_per_s)),
];
const LATENCY: [TimeLine; 3] = [
    line("p50", Colour::P50, Look::Plain, |row| row.calls_ms()[0]),
    line("p95", Colour::P95, Look::Plain, |row| row.calls_ms()[1]),
    line("p99", Colour::P99, Look::Plain, |row| row.calls_ms()[2]),
];
const STREAMS: [TimeLine; 1] =
    [line("in progress", Colour::Main, Look::Filled, |row| row.streams.map(|streams| streams as f64))];
const TTFT: [TimeLine; 3] = [
    line("p50", Colour::P50, Look::Plain, |row| row.ttft_p50_ms),
    line("p95", Colour::P95, Look::Plain, |row| row.ttft_p95_ms),
    line("p99", Colour::P99, Look::Plain, |row| row.ttft_p99_ms),
];
const ICL: [TimeLine; 3] = [
    line("p50", Colour::P50, Look::Plain, |row| row.icl_p50_ms),
    line("p95", Colour::P95, Look::Plain, |row| row.icl_p95_ms),
    line("p99", Colour::P99, Look::Plain, |row| row.icl_p99_ms),
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

    /// Its lines, in the order of the legend.
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
            OverTime::Latency => {
                "Median, 95 % and 99 % latency of the calls that ended in each second, streams apart."
            }
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
        let x: Vec<f64> = history.iter().map(end).collect();
        let line = |line: &TimeLine| Line {
            name: line.name,
            colour: line.colour,
            look: line.look,
            values: history.iter().map(line.value).collect(),
        };
        Figure {
            id: self.id().into(),
            title: self.title().into(),
            unit: self.unit().into(),
            suffix: Some(self.unit()),
            about: self.about().to_owned(),
            axis: XAxis::Time { end_s: x.last().copied().unwrap_or(0.0) },
            x,
            lines: self.lines().iter().map(line).collect(),
            marks: Vec::new(),
            bands: bands(stages),
            rules: Vec::new(),
        }
    }
}

/// Where a row stands on the x axis: at its second's end.
fn end(row: &SecondRow) -> f64 {
    row.second.saturating_add(1) as f64
}

/// Every other stage on a tint, with its name.
pub(super) fn bands(stages: &[StageRow]) -> Vec<Band> {
    let band = |(place, stage): (usize, &StageRow)| Band {
        from: stage.from_s,
        to: stage.to_s,
        tint: if place % 2 == 0 { Tint::StageEven } else { Tint::StageOdd },
        name: plain(&stage.name, MAX_NAME),
    };
    stages.iter().enumerate().map(band).collect()
}
