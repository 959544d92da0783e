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
        // An axis from 0 to 0 cannot be drawn.
        top: short(if top > 0.0 { top } else { 1.0 }),
        lines: lines.iter().map(|line| line.iter().map(|value| short(*value)).collect()).collect(),
    }
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
