//! Calls, first tokens and whole answers apart: what all requests took together says nothing of any of them.

use common::stats::Metric;

use super::stats::{percentiles, summary};
use crate::rows::{MetricRow as Row, RunReport};
use crate::table::{CellType, Column, Value};

/// Why the sum of all endpoints has no times.
pub(crate) const SENTENCE: &str =
    "All endpoints together have no latency, since a call takes a moment and a stream its whole answer.";

pub(crate) fn columns() -> Vec<Column<Row>> {
    let mut columns = vec![
        Column::text("name", |row: &Row| Value::Own(row.name.clone())).shown(
            0,
            "Of all endpoints",
            "",
            "Of all endpoints",
        ),
        Column::number("count", |row: &Row| row.count.value()).shown(2, "Samples", "", "Samples"),
        Column::number("per_s", |row: &Row| row.per_s.value()).html(3, "Rate", "1/s").markdown(3, "Per s"),
    ];
    columns.extend(summary());
    columns.extend(percentiles());
    columns
}

/// A row for each that has samples; none where nobody asked for a stream, as all requests are calls then.
pub(crate) fn rows(report: &RunReport) -> Vec<Row> {
    if !report.streams.any() {
        return Vec::new();
    }
    let streams = &report.streams;
    let each = [
        ("Calls", report.calls.as_ref()),
        ("First tokens", streams.metric(Metric::Ttft)),
        ("Whole answers", streams.metric(Metric::E2e)),
    ];
    let named = |(name, row): (&str, Option<&Row>)| {
        row.filter(|row| row.count > 0).map(|row| Row { name: name.to_owned(), ..row.clone() })
    };
    each.into_iter().filter_map(named).collect()
}
