//! The CSV files that Locust does not have.

use std::io::{self, Write};

use super::columns::{NO_NUMBER, STAGES, STATS, STREAMS_HISTORY, WORKERS};
use super::{Table, line, measured_cells, number_cell};
use crate::rows::{MetricRow, RunReport, SecondRow, StageRow, WorkerRow};
use common::text::escape::csv_cell;
use common::text::number::exact;

/// `Type` of a metric's row in `<prefix>_streams.csv`.
pub const STREAM_TYPE: &str = "STREAM";

/// `Type` of a row in `<prefix>_streams.csv` whose `Request Count` is a number of streams, tokens,
/// chunks or comments.
pub const COUNT_TYPE: &str = "COUNT";

/// Writes `<prefix>_streams.csv`: the columns of `_stats.csv`, a `STREAM` row for each metric
/// (milliseconds; tokens/s for `tokens_per_s`), then a `COUNT` row for each total. The `Requests/s`
/// of the row `tokens` is the rate of tokens over the run.
pub fn streams(out: impl Write, report: &RunReport) -> io::Result<()> {
    let mut table = Table::new(out, &STATS)?;
    for row in &report.streams.metrics {
        table.row(metric_cells(row))?;
    }
    let streams = &report.streams;
    let totals = [
        ("started", streams.started),
        ("completed", streams.completed),
        ("failed", streams.failed),
        ("cut", streams.cut),
        ("in_progress", streams.in_progress),
        ("stalled", streams.stalled),
        ("tokens", streams.tokens),
        ("tokens_reported", streams.tokens_reported),
        ("chunks", streams.chunks),
        ("comments", streams.comments),
    ];
    for (name, total) in totals {
        let rate = (name == "tokens").then_some(streams.tokens_per_s);
        table.row(count_cells(name, total, rate))?;
    }
    table.finish()
}

fn metric_cells(row: &MetricRow) -> Vec<String> {
    let names = [STREAM_TYPE.to_owned(), csv_cell(&row.name)];
    let counts = [row.count.to_string(), "0".to_owned()];
    measured_cells(names, counts, row.figures, [0.0, row.per_s, 0.0].map(exact))
}

fn count_cells(name: &str, total: u64, per_s: Option<f64>) -> Vec<String> {
    let mut cells = vec![NO_NUMBER.to_owned(); STATS.len()];
    cells[0] = COUNT_TYPE.to_owned();
    cells[1] = name.to_owned();
    cells[2] = total.to_string();
    cells[9] = number_cell(per_s);
    cells
}

/// One line of `<prefix>_streams_history.csv`, which grows as the history does.
pub fn streams_history_row(row: &SecondRow) -> io::Result<Vec<u8>> {
    let count = |count: Option<u64>| count.map_or_else(|| NO_NUMBER.to_owned(), |count| count.to_string());
    let cells: [String; STREAMS_HISTORY.len()] = [
        row.timestamp.to_string(),
        count(row.users_target),
        count(row.stopping),
        count(row.workers),
        count(row.streams),
        number_cell(row.tokens_per_s),
        number_cell(row.ttft_p50_ms),
        number_cell(row.ttft_p95_ms),
        number_cell(row.ttft_p99_ms),
        number_cell(row.icl_p50_ms),
        number_cell(row.icl_p95_ms),
        number_cell(row.icl_p99_ms),
    ];
    line(&cells)
}

/// Writes `<prefix>_stages.csv`.
pub fn stages(out: impl Write, report: &RunReport) -> io::Result<()> {
    let mut table = Table::new(out, &STAGES)?;
    for row in &report.stages {
        table.row(stage_cells(row))?;
    }
    table.finish()
}

fn stage_cells(row: &StageRow) -> [String; STAGES.len()] {
    [
        csv_cell(&row.name),
        exact(row.from_s),
        exact(row.to_s),
        exact(row.measured_from_s),
        row.users_target.to_string(),
        row.users_peak.to_string(),
        row.count.to_string(),
        row.failures.to_string(),
        row.cut.to_string(),
        exact(row.rps),
        number_cell(row.p50_ms),
        number_cell(row.p95_ms),
        number_cell(row.p99_ms),
        number_cell(row.ttft_p50_ms),
        number_cell(row.ttft_p95_ms),
        exact(row.tokens_per_s),
    ]
}

/// Writes `<prefix>_workers.csv`.
pub fn workers(out: impl Write, report: &RunReport) -> io::Result<()> {
    let mut table = Table::new(out, &WORKERS)?;
    for row in &report.workers {
        table.row(worker_cells(row))?;
    }
    table.finish()
}

fn worker_cells(row: &WorkerRow) -> [String; WORKERS.len()] {
    [
        csv_cell(&row.name),
        csv_cell(&row.host),
        csv_cell(&row.version),
        row.cores.to_string(),
        row.state.name().to_owned(),
        row.users_peak.to_string(),
        row.requests.to_string(),
        row.failures.to_string(),
        exact(row.cpu_peak),
        row.memory_peak.to_string(),
        exact(row.timers_late),
        exact(row.lateness_p99_ms),
        exact(row.lateness_max_ms),
        number_cell(row.clock_offset_ms),
        number_cell(row.clock_uncertainty_ms),
        row.deltas.to_string(),
        row.duplicates.to_string(),
        row.refused.to_string(),
        csv_cell(&row.lost_spans.join("; ")),
        number_cell(row.last_delta_s),
    ]
}
