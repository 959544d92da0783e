//! Mermaid charts, which code hosts draw themselves.

use serde::Serialize;

use crate::rows::{Curves, MAX_POINTS, RunReport, SecondRow, Source};
use common::text::number::short;

/// One chart: a line or two over the seconds of the run.
#[derive(Debug, Serialize)]
pub struct Chart {
    title: &'static str,
    unit: &'static str,
    from_s: u64,
    to_s: u64,
    top: String,
    lines: Vec<Vec<String>>,
}

/// Users, request rate, p95 and, with streams, TTFT; none for a history of fewer than two rows, which has no time axis.
pub fn charts(history: &[SecondRow]) -> Vec<Chart> {
    let curves = Curves::of(history, MAX_POINTS);
    if curves.rps.len() < 2 {
        return Vec::new();
    }
    let (title, users) = match &curves.users_target {
        Some(target) => ("Users: running, then target", vec![&curves.users, target]),
        None => ("Users running", vec![&curves.users]),
    };
    let mut charts = vec![
        chart(title, "users", &curves, &users),
        chart("Requests per second", "requests/s", &curves, &[&curves.rps]),
        chart("p95 of the latency of calls", "ms", &curves, &[&curves.p95_ms]),
    ];
    charts.extend(
        curves
            .ttft_p95_ms
            .as_ref()
            .map(|ttft| chart("p95 of the time to first token", "ms", &curves, &[ttft])),
    );
    charts
}

fn chart(title: &'static str, unit: &'static str, curves: &Curves, lines: &[&Vec<f64>]) -> Chart {
    let top = lines.iter().flat_map(|line| line.iter()).copied().fold(0.0, f64::max);
    Chart {
        title,
        unit,
        from_s: curves.from_s,
        to_s: curves.to_s.max(curves.from_s.saturating_add(1)),
        top: axis_top(top),
        lines: lines.iter().map(|line| line.iter().map(|value| short(*value)).collect()).collect(),
    }
}

/// The end of an axis that begins at 0, at or just above the greatest value; one from 0 to 0 cannot be drawn.
pub(super) fn axis_top(greatest: f64) -> String {
    if greatest <= 0.0 || !greatest.is_finite() {
        return "1".to_owned();
    }
    let step = 10f64.powf(greatest.log10().floor() - 1.0);
    // What is a whole number of steps stays.
    short(((greatest / step - 1e-9).ceil() * step).max(0.001))
}

/// How the points came about.
pub fn caption(report: &RunReport) -> String {
    let rows = Curves::of(&report.history, MAX_POINTS).rows_per_point;
    let points = if rows <= 1 {
        "Each point is one row of the history.".to_owned()
    } else {
        format!(
            "Each point stands for {rows} rows of the history: users and p95 are the greatest of them, \
             requests per second their mean."
        )
    };
    let meaning = match report.facts.source {
        Source::Run | Source::Csv | Source::Log => {
            "A row is one second; a p95 of 0 means that no request ended."
        }
        Source::Locust => {
            "Locust's rates are means of ten seconds, and its p95 is that of everything since the start."
        }
        Source::LocustFullHistory => "Locust's rates and its p95 speak of about the last ten seconds.",
    };
    format!("{points} {meaning}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_not_below_the_greatest_value() {
        for (greatest, top) in [
            (0.0, "1"),
            (90.0, "90"),
            (6.1, "6.1"),
            (4280.319, "4300"),
            (46.047, "47"),
            (0.0004, "0.001"),
            (1234.0, "1300"),
        ] {
            assert_eq!(axis_top(greatest), top, "{greatest}");
        }
    }
}
