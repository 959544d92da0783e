//! `<prefix>_workers.csv`: CPU as a fraction of a core, memory in bytes, late timers, shared stamps and lost time as
//! shares, lateness and clock in milliseconds, the last delta in seconds since the run's start.

use super::alarm;
use crate::csv_cells::{CsvCell, ReadError};
use crate::rows::{WorkerRow as Row, WorkerState};
use crate::table::{CellType, Column, Value, field};
use common::text::number::{milliseconds, or_dash};

pub(crate) fn columns() -> Vec<Column<Row>> {
    vec![
        field!("Worker", name)
            .with_value(|row| Value::Name(row.name.clone()))
            .shown(0, "Worker", "", "Worker")
            .class(|_| "name"),
        field!("Host", host).shown(1, "Host", "", "Host"),
        field!("Version", version).html(19, "Version", "").markdown(2, "Version").folded(|_| true),
        field!("Cores", cores).html(7, "Cores", "").markdown(5, "Cores").folded(|_| true),
        field!("State", state).html(2, "State", "").markdown(3, "State").class(state_class),
        field!("Peak Users", users_peak).html(4, "Users", "peak").markdown(6, "Users"),
        field!("Request Count", requests).html(5, "Requests", "").markdown(7, "Requests"),
        field!("Failure Count", failures)
            .html(6, "Failed", "")
            .markdown(8, "Failed")
            .class(|row| alarm(row.failures)),
        field!("Peak CPU", cpu_peak)
            .with_value(|row| share(row.cpu_peak))
            .html(8, "CPU", "peak")
            .markdown(9, "CPU"),
        field!("Peak Memory", memory_peak)
            .with_value(|row| row.memory_peak.map_or(Value::Nothing, Value::Bytes))
            .html(9, "Memory", "peak")
            .markdown(10, "Memory"),
        field!("Late Timers", timers_late)
            .with_value(|row| share(row.timers_late))
            .html(10, "Late timers", "")
            .markdown(11, "Late timers"),
        field!("Lateness 99%", lateness_p99_ms)
            .html(11, "Late by", "p99")
            .markdown(12, "Late by (p99)")
            .milliseconds(),
        field!("Lateness Max", lateness_max_ms)
            .html(12, "Late by", "at most")
            .markdown(13, "Late by (max)")
            .milliseconds(),
        field!("Clock Offset", clock_offset_ms).html(13, "Clock offset", "").milliseconds().folded(|_| true),
        field!("Clock Uncertainty", clock_uncertainty_ms)
            .html(14, "Clock ±", "")
            .milliseconds()
            .folded(|_| true),
        Column::number("", clock).markdown(14, "Clock offset"),
        field!("Deltas", deltas).html(15, "Deltas", "").folded(|_| true),
        field!("Duplicates", duplicates).html(16, "Repeated", "").folded(|_| true),
        field!("Refused", refused).html(17, "Refused", "").folded(|_| true),
        Column::number("", deltas).markdown(15, "Deltas"),
        Column::stored(
            "Lost Spans",
            false,
            |row: &Row| Value::Text(row.lost_spans.join("; ")),
            |row, cell| {
                row.lost_spans = cell.list("; ");
                Ok(())
            },
        )
        .html(3, "Not covered", "")
        .markdown(4, "Not covered"),
        field!("Last Delta", last_delta_s)
            .html(18, "Last delta", "")
            .markdown(16, "Last delta")
            .seconds()
            .folded(|_| true),
        Column::stored("Reopened", true, |row: &Row| row.reopened.value(), read_reopened)
            .html(20, "Reopened", "connections")
            .folded(|_| true),
        Column::stored(
            "Shared Stamps",
            true,
            |row: &Row| share(row.shared_stamps),
            |row, cell| read_share(&mut row.shared_stamps, cell),
        )
        .html(21, "Shared stamps", "")
        .markdown(17, "Shared stamps")
        .folded(|_| true),
        Column::stored(
            "Time Lost",
            true,
            |row: &Row| share(row.time_lost),
            |row, cell| read_share(&mut row.time_lost, cell),
        )
        .html(22, "Time lost", "worst second")
        .markdown(18, "Time lost"),
    ]
}

/// Older files of ours lack the column.
fn read_share(share: &mut Option<f64>, cell: &CsvCell<'_>) -> Result<(), ReadError> {
    *share = if cell.text().is_empty() { None } else { cell.number_if_any()? };
    Ok(())
}

/// Likewise.
fn read_reopened(row: &mut Row, cell: &CsvCell<'_>) -> Result<(), ReadError> {
    row.reopened = if cell.text().is_empty() { None } else { cell.count_if_any()? };
    Ok(())
}

fn state_class(row: &Row) -> &'static str {
    if matches!(row.state, WorkerState::Lost | WorkerState::Missing) { "bad" } else { "" }
}

fn clock(row: &Row) -> Value {
    Value::Own(match (row.clock_offset_ms, row.clock_uncertainty_ms) {
        (Some(offset), Some(uncertainty)) => {
            format!("{} ± {}", milliseconds(offset), milliseconds(uncertainty))
        }
        (offset, _) => or_dash(offset, milliseconds),
    })
}

fn deltas(row: &Row) -> Value {
    let (Some(merged), Some(repeated), Some(refused)) = (row.deltas, row.duplicates, row.refused) else {
        return Value::Nothing;
    };
    Value::Own(format!("{merged} ({repeated} repeated, {refused} refused)"))
}

fn share(share: Option<f64>) -> Value {
    share.map_or(Value::Nothing, Value::Share)
}
