//! `<prefix>_stats.csv`, to the letter Locust's.

use super::alarm;
use super::stats::{MeasuredRow, percentiles, read_figures, summary};
use crate::csv_cells::{CsvCell, ReadError};
use crate::rows::{AGGREGATED, EndpointRow as Row, Percentiles, Summary};
use crate::table::{Column, Value, field};

pub(crate) fn columns() -> Vec<Column<Row>> {
    let mut columns = vec![
        field!("Type", method).shown(0, "Method", "", "Method"),
        Column::stored("Name", false, name, |row, cell| {
            row.name = cell.text();
            Ok(())
        })
        .shown(1, "Endpoint", "", "Endpoint")
        .class(|_| "name"),
        field!("Request Count", count).shown(2, "Requests", "", "Count"),
        field!("Failure Count", failures).shown(3, "Failed", "", "Failed").class(|row| alarm(row.failures)),
        // CSV files know the sum alone: then the caption says it.
        Column::number("cut", |row: &Row| Value::Count(row.cut)).markdown(4, "Cut").needed(is_cut),
        Column::number("abandoned", |row: &Row| Value::Count(row.abandoned))
            .html(16, "Left by users", "")
            .markdown(12, "Left by users")
            .needed(is_abandoned),
    ];
    columns.extend(summary());
    columns.extend([
        field!("Average Content Size", avg_bytes).html(13, "Mean size", "bytes"),
        field!("Requests/s", rps).html(4, "Rate", "req/s").markdown(5, "Req/s"),
        field!("Failures/s", failures_per_s).html(5, "Failures", "1/s"),
    ]);
    columns.extend(percentiles());
    columns.extend([
        Column::number("good_p95_ms", |row: &Row| Value::Figure(row.good.and_then(|good| good.p95())))
            .html(14, "p95, good", "")
            .markdown(10, "p95, good")
            .milliseconds()
            .needed(is_apart),
        Column::number("failed_p50_ms", |row: &Row| {
            Value::Figure(row.failed.and_then(|failed| failed.p50()))
        })
        .html(15, "p50, failed", "")
        .markdown(11, "p50, failed")
        .milliseconds()
        .needed(is_apart),
    ]);
    columns
}

fn is_total(row: &Row) -> bool {
    row.method.is_empty() && row.name == AGGREGATED
}

fn is_cut(row: &Row) -> bool {
    row.cut > 0 && !is_total(row)
}

fn is_abandoned(row: &Row) -> bool {
    row.abandoned > 0 && !is_total(row)
}

fn is_apart(row: &Row) -> bool {
    row.failed.is_some()
}

fn name(row: &Row) -> Value {
    if is_total(row) { Value::Total(AGGREGATED) } else { Value::Name(row.name.clone()) }
}

impl MeasuredRow for Row {
    fn summary(&self) -> Option<Summary> {
        self.latency.map(|figures| figures.summary)
    }

    fn percentiles(&self) -> Option<Percentiles> {
        self.latency.map(|figures| figures.percentiles)
    }

    fn read(&mut self, cell: &CsvCell<'_>) -> Result<(), ReadError> {
        self.latency = read_figures(cell)?;
        Ok(())
    }
}
