//! The four files that only our runs write.

use common::stats::Metric;

use super::error::ReadError;
use super::table::{Row, Table};
use crate::csv::{COUNT_TYPE, STREAM_TYPE};
use crate::rows::{MetricRow, SecondRow, StageRow, StreamRows, WorkerRow};

/// Metrics and totals of streams.
pub fn streams(mut table: Table<'_>) -> Result<StreamRows, ReadError> {
    let mut streams = StreamRows::default();
    while let Some(row) = table.next_row()? {
        match row.text("Type").as_str() {
            STREAM_TYPE => streams.metrics.push(metric(&row)?),
            COUNT_TYPE => total(&row, &mut streams)?,
            _ => return Err(row.wrong("Type", "STREAM or COUNT")),
        }
    }
    Ok(streams)
}

fn metric(row: &Row<'_>) -> Result<MetricRow, ReadError> {
    let name = row.text("Name");
    let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.name() == name) else {
        return Err(row.wrong("Name", "a metric of streams that this release knows"));
    };
    Ok(MetricRow {
        name,
        unit: MetricRow::unit_of(metric).to_owned(),
        count: row.count("Request Count")?,
        per_s: row.number("Requests/s")?,
        figures: row.figures()?,
        ..MetricRow::default()
    })
}

fn total(row: &Row<'_>, streams: &mut StreamRows) -> Result<(), ReadError> {
    let count = row.count("Request Count")?;
    let total = match row.text("Name").as_str() {
        "started" => &mut streams.started,
        "completed" => &mut streams.completed,
        "failed" => &mut streams.failed,
        "cut" => &mut streams.cut,
        "in_progress" => &mut streams.in_progress,
        "stalled" => &mut streams.stalled,
        "tokens" => {
            streams.tokens_per_s = row.number("Requests/s")?;
            &mut streams.tokens
        }
        "tokens_reported" => &mut streams.tokens_reported,
        "chunks" => &mut streams.chunks,
        "comments" => &mut streams.comments,
        _ => return Err(row.wrong("Name", "a total of streams that this release knows")),
    };
    *total = count;
    Ok(())
}

/// Adds to the seconds of the history what was known of their streams. Both files grow by a line at the same
/// time, so line fits line; one that a killed controller wrote to one file alone, or half, adds nothing.
pub fn streams_history(mut table: Table<'_>, seconds: &mut [SecondRow]) -> Result<(), ReadError> {
    for second in seconds {
        let row = match table.next_row() {
            Ok(Some(row)) => row,
            Ok(None) | Err(ReadError::CutOff { .. }) => break,
            Err(error) => return Err(error),
        };
        if row.integer("Timestamp")? != second.timestamp {
            return Err(row.wrong("Timestamp", "the time in the same line of the history"));
        }
        second.users_target = row.count_if_any("Target Users")?;
        second.stopping = row.count_if_any("Stopping Users")?;
        second.workers = row.count_if_any("Workers")?;
        second.streams = row.count_if_any("Streams")?;
        second.tokens_per_s = row.number_if_any("Tokens/s")?;
        second.ttft_p50_ms = row.number_if_any("TTFT 50%")?;
        second.ttft_p95_ms = row.number_if_any("TTFT 95%")?;
        second.ttft_p99_ms = row.number_if_any("TTFT 99%")?;
        second.icl_p50_ms = row.number_if_any("ICL 50%")?;
        second.icl_p95_ms = row.number_if_any("ICL 95%")?;
        second.icl_p99_ms = row.number_if_any("ICL 99%")?;
    }
    Ok(())
}

pub fn stage(row: &Row<'_>) -> Result<StageRow, ReadError> {
    Ok(StageRow {
        name: row.text("Stage"),
        from_s: row.number("From")?,
        to_s: row.number("To")?,
        measured_from_s: row.number("Measured From")?,
        users_target: row.count("Target Users")?,
        users_peak: row.count("Peak Users")?,
        count: row.count("Request Count")?,
        failures: row.count("Failure Count")?,
        cut: row.count("Cut Count")?,
        rps: row.number("Requests/s")?,
        p50_ms: row.number_if_any("50%")?,
        p95_ms: row.number_if_any("95%")?,
        p99_ms: row.number_if_any("99%")?,
        ttft_p50_ms: row.number_if_any("TTFT 50%")?,
        ttft_p95_ms: row.number_if_any("TTFT 95%")?,
        tokens_per_s: row.number("Tokens/s")?,
    })
}

pub fn worker(row: &Row<'_>) -> Result<WorkerRow, ReadError> {
    let state = row.text("State").parse().map_err(|()| row.wrong("State", "a worker's state"))?;
    let spans = row.text("Lost Spans");
    Ok(WorkerRow {
        name: row.text("Worker"),
        host: row.text("Host"),
        version: row.text("Version"),
        cores: row.count("Cores")?,
        state,
        users_peak: row.count("Peak Users")?,
        requests: row.count("Request Count")?,
        failures: row.count("Failure Count")?,
        cpu_peak: row.number("Peak CPU")?,
        memory_peak: row.count("Peak Memory")?,
        timers_late: row.number("Late Timers")?,
        lateness_p99_ms: row.number("Lateness 99%")?,
        lateness_max_ms: row.number("Lateness Max")?,
        clock_offset_ms: row.number_if_any("Clock Offset")?,
        clock_uncertainty_ms: row.number_if_any("Clock Uncertainty")?,
        deltas: row.count("Deltas")?,
        duplicates: row.count("Duplicates")?,
        refused: row.count("Refused")?,
        lost_spans: spans.split("; ").filter(|span| !span.is_empty()).map(str::to_owned).collect(),
        last_delta_s: row.number_if_any("Last Delta")?,
    })
}
