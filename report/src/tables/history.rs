//! The two files that grow by a line each second.

use super::stats::{MeasuredRow, percentiles, read_percentiles, read_summary};
use crate::csv_cells::{CsvCell, ReadError};
use crate::rows::{AGGREGATED, Percentiles, SecondRow as Row, Summary};
use crate::table::{Column, Value, field};

const TOTALS: [&str; 4] = [
    "Total Median Response Time",
    "Total Average Response Time",
    "Total Min Response Time",
    "Total Max Response Time",
];

/// `<prefix>_stats_history.csv`.
pub(crate) fn columns() -> Vec<Column<Row>> {
    let mut columns = vec![
        field!("Timestamp", timestamp),
        field!("User Count", users),
        Column::written("Type", false, |_| Value::Own(String::new())),
        Column::written("Name", false, |_| Value::Own(AGGREGATED.to_owned())),
        field!("Requests/s", rps).with_value(|row| Value::Fixed(row.rps)),
        field!("Failures/s", failures_per_s).with_value(|row| Value::Fixed(row.failures_per_s)),
    ];
    columns.extend(percentiles());
    columns.extend([
        field!("Total Request Count", total_count),
        field!("Total Failure Count", total_failures),
        Column::stored(TOTALS[0], true, |row| total(row, |summary| summary.median), read_total),
        Column::written(TOTALS[1], true, |row| total(row, |summary| summary.avg)),
        Column::written(TOTALS[2], true, |row| total(row, |summary| summary.min)),
        Column::written(TOTALS[3], true, |row| total(row, |summary| summary.max)),
        field!("Total Average Content Size", total_avg_bytes),
    ]);
    columns
}

fn total(row: &Row, of: fn(Summary) -> f64) -> Value {
    Value::Figure(row.total_latency.map(of))
}

/// Reads the four columns at once. The count stands before them.
fn read_total(row: &mut Row, cell: &CsvCell<'_>) -> Result<(), ReadError> {
    let summary = read_summary(cell, TOTALS)?;
    row.total_latency = (row.total_count > 0).then_some(summary);
    Ok(())
}

impl MeasuredRow for Row {
    fn summary(&self) -> Option<Summary> {
        self.total_latency
    }

    fn percentiles(&self) -> Option<Percentiles> {
        self.percentiles
    }

    fn read(&mut self, cell: &CsvCell<'_>) -> Result<(), ReadError> {
        self.percentiles = read_percentiles(cell)?;
        Ok(())
    }
}

/// `<prefix>_streams_history.csv`: what Locust's history has no column for. Users, workers and streams as
/// they are at the second's end; times in milliseconds, of the samples that ended in that second.
pub(crate) fn stream_columns() -> Vec<Column<Row>> {
    vec![
        Column::stored(
            "Timestamp",
            true,
            |row: &Row| Value::Integer(row.timestamp),
            |row, cell| {
                if cell.integer()? == row.timestamp {
                    Ok(())
                } else {
                    Err(cell.wrong("the time in the same line of the history"))
                }
            },
        ),
        field!("Target Users", users_target),
        field!("Stopping Users", stopping),
        field!("Workers", workers),
        field!("Streams", streams),
        field!("Tokens/s", tokens_per_s),
        field!("Calls 50%", calls_p50_ms),
        field!("Calls 95%", calls_p95_ms),
        field!("Calls 99%", calls_p99_ms),
        field!("TTFT 50%", ttft_p50_ms),
        field!("TTFT 95%", ttft_p95_ms),
        field!("TTFT 99%", ttft_p99_ms),
        field!("ICL 50%", icl_p50_ms),
        field!("ICL 95%", icl_p95_ms),
        field!("ICL 99%", icl_p99_ms),
        field!("Arrivals", arrivals),
        field!("Late Arrivals", arrivals_late),
        field!("Dropped Arrivals", arrivals_dropped),
        field!("Missed Arrivals", arrivals_missed),
        field!("Waiting Arrivals", arrivals_waiting),
    ]
}
