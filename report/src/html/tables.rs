//! The tables of measured rows: every column of the CSV files that is not another one's twin.

use common::stats::Metric;

use super::table::{Cell, Column, Table, number, text};
use crate::rows::{
    EndpointRow, FailureRow, Figures, MetricRow, RunReport, StageRow, ThresholdRow, Verdict, WorkerRow,
};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT};
use common::text::number::bytes;

/// Most rows of a table whose length the run does not bound. What is left out is counted below it.
pub const MAX_ROWS: usize = 200;

fn at(figures: Option<&Figures>, percentile: usize) -> Cell {
    Cell::from(figures.map(|figures| figures.percentiles.0[percentile]))
}

const ENDPOINTS: [Column<EndpointRow>; 14] = [
    text("Method", "Type", |row| Cell::of(&row.method, MAX_TEXT)),
    text("Endpoint", "Name", |row| Cell::of(&row.name, MAX_TEXT).class("name")),
    number("Requests", "", "Request Count", |row| row.count.into()),
    number("Failed", "", "Failure Count", |row| Cell::from(row.failures).class(alarm(row.failures))),
    number("Rate", "req/s", "Requests/s", |row| row.rps.into()),
    number("Failures", "1/s", "Failures/s", |row| row.failures_per_s.into()),
    number("Mean", "ms", "Average Response Time", |row| row.latency.map(|told| told.summary.avg).into()),
    number("Min", "ms", "Min Response Time", |row| row.latency.map(|told| told.summary.min).into()),
    number("p50", "ms", "50%", |row| at(row.latency.as_ref(), 0)),
    number("p90", "ms", "90%", |row| at(row.latency.as_ref(), 4)),
    number("p95", "ms", "95%", |row| at(row.latency.as_ref(), 5)),
    number("p99", "ms", "99%", |row| at(row.latency.as_ref(), 7)),
    number("Max", "ms", "Max Response Time", |row| row.latency.map(|told| told.summary.max).into()),
    number("Mean size", "bytes", "Average Content Size", |row| row.avg_bytes.into()),
];

pub fn endpoints(report: &RunReport) -> Table {
    let rows = report.endpoints.iter().take(MAX_ROWS).chain([&report.total]);
    Table::new(("stats", "Endpoints"), &ENDPOINTS, rows, |_| None).with_total()
}

const STREAMS: [Column<MetricRow>; 11] = [
    text("Metric", "Name", |row| Cell::own(metric_name(&row.name))),
    text("Unit", "", |row| Cell::of(&row.unit, MAX_TEXT)),
    number("Samples", "", "Request Count", |row| row.count.into()),
    number("Rate", "1/s", "Requests/s", |row| row.per_s.into()),
    number("Mean", "", "Average Response Time", |row| row.figures.map(|told| told.summary.avg).into()),
    number("Min", "", "Min Response Time", |row| row.figures.map(|told| told.summary.min).into()),
    number("p50", "", "50%", |row| at(row.figures.as_ref(), 0)),
    number("p90", "", "90%", |row| at(row.figures.as_ref(), 4)),
    number("p95", "", "95%", |row| at(row.figures.as_ref(), 5)),
    number("p99", "", "99%", |row| at(row.figures.as_ref(), 7)),
    number("Max", "", "Max Response Time", |row| row.figures.map(|told| told.summary.max).into()),
];

/// The metrics that have samples, those of the answer before those of the connection.
pub fn streams(report: &RunReport) -> Table {
    use Metric::*;
    let order = [Ttft, Icl, Tpot, E2e, TokenRate, Connect, Headers, FirstByte, FirstEvent];
    let rows = order.iter().filter_map(|metric| report.streams.metric(*metric)).filter(|row| row.count > 0);
    Table::new(("streams", "Streams"), &STREAMS, rows, |row| Some(&row.name))
}

/// What people call a metric.
fn metric_name(name: &str) -> &'static str {
    let known = Metric::ALL.into_iter().find(|metric| metric.name() == name);
    match known {
        Some(Metric::Ttft) => "TTFT",
        Some(Metric::Icl) => "ICL",
        Some(Metric::Tpot) => "TPOT",
        Some(Metric::E2e) => "E2E",
        Some(Metric::TokenRate) => "Tokens/s of a stream",
        Some(Metric::Connect) => "Connect",
        Some(Metric::Headers) => "Headers",
        Some(Metric::FirstByte) => "TTFB",
        Some(Metric::FirstEvent) => "First event",
        None => "?",
    }
}

const STAGES: [Column<StageRow>; 16] = [
    text("Stage", "Stage", |row| Cell::of(&row.name, MAX_TEXT)),
    number("From", "s", "From", |row| row.from_s.into()),
    number("To", "s", "To", |row| row.to_s.into()),
    number("Measured", "from s", "Measured From", |row| row.measured_from_s.into()),
    number("Users", "target", "Target Users", |row| row.users_target.into()),
    number("Users", "peak", "Peak Users", |row| row.users_peak.into()),
    number("Requests", "", "Request Count", |row| row.count.into()),
    number("Failed", "", "Failure Count", |row| Cell::from(row.failures).class(alarm(row.failures))),
    number("Cut", "", "Cut Count", |row| row.cut.into()),
    number("Rate", "req/s", "Requests/s", |row| row.rps.into()),
    number("p50", "ms", "50%", |row| row.p50_ms.into()),
    number("p95", "ms", "95%", |row| row.p95_ms.into()),
    number("p99", "ms", "99%", |row| row.p99_ms.into()),
    number("TTFT p50", "ms", "TTFT 50%", |row| row.ttft_p50_ms.into()),
    number("TTFT p95", "ms", "TTFT 95%", |row| row.ttft_p95_ms.into()),
    number("Tokens", "1/s", "Tokens/s", |row| row.tokens_per_s.into()),
];

pub fn stages(report: &RunReport) -> Table {
    Table::new(("stages", "Stages"), &STAGES, report.stages.iter().take(MAX_ROWS), |_| None)
}

const FAILURES: [Column<FailureRow>; 7] = [
    number("Times", "", "Occurrences", |row| row.occurrences.into()),
    text("Method", "Method", |row| Cell::of(&row.method, MAX_TEXT)),
    text("Endpoint", "Name", |row| Cell::of(&row.name, MAX_TEXT).class("name")),
    text("Class", "", |row| Cell::of(&row.class, MAX_TEXT).class("name")),
    text("Text", "Error", |row| Cell::of(&row.text, MAX_TEXT).class("long")),
    text("First seen", "First Seen", |row| stamp(row.first_seen)),
    text("Last seen", "Last Seen", |row| stamp(row.last_seen)),
];

pub fn failures(report: &RunReport) -> Table {
    Table::new(("failures", "Failures"), &FAILURES, report.failures.iter().take(MAX_ROWS), |_| None)
}

fn stamp(time: Option<jiff::Timestamp>) -> Cell {
    time.map_or_else(|| Cell::own("–"), |time| Cell::own(format!("{time:.0}")).class("stamp"))
}

const WORKERS: [Column<WorkerRow>; 20] = [
    text("Worker", "Worker", |row| Cell::of(&row.name, MAX_TEXT).class("name")),
    text("Host", "Host", |row| Cell::of(&row.host, MAX_TEXT)),
    text("State", "State", |row| Cell::own(row.state.name()).class(state(row))),
    text("Not covered", "Lost Spans", |row| Cell::of(&row.lost_spans.join("; "), MAX_TEXT)),
    number("Users", "peak", "Peak Users", |row| row.users_peak.into()),
    number("Requests", "", "Request Count", |row| row.requests.into()),
    number("Failed", "", "Failure Count", |row| Cell::from(row.failures).class(alarm(row.failures))),
    number("Cores", "", "Cores", |row| row.cores.into()),
    number("CPU", "peak, %", "Peak CPU", |row| percent(row.cpu_peak)),
    number("Memory", "peak", "Peak Memory", |row| Cell::own(bytes(row.memory_peak))),
    number("Late timers", "%", "Late Timers", |row| percent(row.timers_late)),
    number("Late by p99", "ms", "Lateness 99%", |row| row.lateness_p99_ms.into()),
    number("Late by max", "ms", "Lateness Max", |row| row.lateness_max_ms.into()),
    number("Clock offset", "ms", "Clock Offset", |row| row.clock_offset_ms.into()),
    number("Clock ±", "ms", "Clock Uncertainty", |row| row.clock_uncertainty_ms.into()),
    number("Deltas", "", "Deltas", |row| row.deltas.into()),
    number("Repeated", "", "Duplicates", |row| row.duplicates.into()),
    number("Refused", "", "Refused", |row| row.refused.into()),
    number("Last delta", "s", "Last Delta", |row| row.last_delta_s.into()),
    text("Version", "Version", |row| Cell::of(&row.version, MAX_TEXT)),
];

pub fn workers(report: &RunReport) -> Table {
    Table::new(("workers", "Workers"), &WORKERS, report.workers.iter().take(MAX_ROWS), |_| None)
}

/// A share as per cent.
pub fn percent(share: f64) -> Cell {
    Cell::from(share * 100.0)
}

fn state(row: &WorkerRow) -> &'static str {
    use crate::rows::WorkerState::{Lost, Missing};
    if matches!(row.state, Lost | Missing) { "bad" } else { "" }
}

/// Failures are seen among zeros.
fn alarm(failures: u64) -> &'static str {
    if failures > 0 { "bad" } else { "" }
}

const THRESHOLDS: [Column<ThresholdRow>; 6] = [
    text("Verdict", "verdict", |row| judged(row.verdict)),
    text("Threshold", "expr", |row| Cell::of(&row.expr, MAX_SENTENCE).class("name")),
    number("Measured", "", "actual", measured),
    number("95 % interval", "", "low", |row| Cell::own(row.interval().unwrap_or_else(|| "–".to_owned()))),
    number("Samples", "", "samples", |row| row.samples.into()),
    text("Why", "why", |row| Cell::of(row.why.as_deref().unwrap_or_default(), MAX_SENTENCE).class("long")),
];

pub fn thresholds(report: &RunReport) -> Table {
    Table::new(("thresholds", "Thresholds"), &THRESHOLDS, report.thresholds.iter().take(MAX_ROWS), |_| None)
}

/// A verdict in words and a sign, in its colour.
pub fn judged(verdict: Verdict) -> Cell {
    let class = match verdict {
        Verdict::Pass => "good",
        Verdict::Fail => "bad",
        Verdict::Undetermined => "unsure",
    };
    Cell::own(format!("{} {}", verdict.sign(), verdict.name())).class(class)
}

fn measured(row: &ThresholdRow) -> Cell {
    let value = row.actual.map(common::text::number::exact);
    Cell::own(value.map_or_else(|| "–".to_owned(), |value| format!("{value} {}", row.unit)))
}
