//! The four files that Locust writes too.

use std::path::Path;

use common::failure::FailureClass;

use super::error::ReadError;
use super::table::{Row, Table};
use crate::rows::{AGGREGATED, EndpointRow, ExceptionRow, FailureRow, SecondRow, UNCLASSIFIED};

/// The endpoints and their total.
pub fn stats(mut table: Table<'_>, file: &Path) -> Result<(Vec<EndpointRow>, EndpointRow), ReadError> {
    let mut endpoints = Vec::new();
    let mut total = None;
    while let Some(row) = table.next_row()? {
        if total.is_some() {
            return Err(ReadError::AfterTotal { file: file.to_owned(), line: row.line() });
        }
        let made = endpoint(&row)?;
        if made.method.is_empty() && made.name == AGGREGATED {
            total = Some(made);
        } else {
            endpoints.push(made);
        }
    }
    total.map(|total| (endpoints, total)).ok_or_else(|| ReadError::NoTotal { file: file.to_owned() })
}

fn endpoint(row: &Row<'_>) -> Result<EndpointRow, ReadError> {
    Ok(EndpointRow {
        method: row.text("Type"),
        name: row.text("Name"),
        count: row.count("Request Count")?,
        failures: row.count("Failure Count")?,
        cut: 0,
        latency: row.figures()?,
        avg_bytes: row.number("Average Content Size")?,
        rps: row.number("Requests/s")?,
        failures_per_s: row.number("Failures/s")?,
        ..EndpointRow::default()
    })
}

/// The history as far as it goes.
#[derive(Debug, Default)]
pub struct History {
    /// The rows of all endpoints together.
    pub rows: Vec<SecondRow>,
    /// There were rows of single endpoints too (`--csv-full-history`).
    pub full: bool,
    /// The line of a last row that is cut off, which is what a killed program leaves.
    pub cut_at: Option<u64>,
}

/// The rows of all endpoints together.
pub fn history(mut table: Table<'_>) -> Result<History, ReadError> {
    let mut history = History::default();
    let mut first = None;
    loop {
        let row = match table.next_row() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(ReadError::CutOff { line, .. }) => {
                history.cut_at = Some(line);
                break;
            }
            Err(error) => return Err(error),
        };
        if !row.text("Type").is_empty() || row.text("Name") != AGGREGATED {
            history.full = true;
            continue;
        }
        let timestamp = row.integer("Timestamp")?;
        let first = *first.get_or_insert(timestamp);
        // A clock that was set back must not make a second before the start.
        let second = u64::try_from(timestamp.saturating_sub(first)).unwrap_or(0);
        history.rows.push(self::second(&row, second, timestamp)?);
    }
    Ok(history)
}

fn second(row: &Row<'_>, second: u64, timestamp: i64) -> Result<SecondRow, ReadError> {
    let total_count = row.count("Total Request Count")?;
    let total_latency = row.summary("Total ")?;
    Ok(SecondRow {
        second,
        timestamp,
        users: row.count("User Count")?,
        rps: row.number("Requests/s")?,
        failures_per_s: row.number("Failures/s")?,
        percentiles: row.percentiles()?,
        total_count,
        total_failures: row.count("Total Failure Count")?,
        total_latency: (total_count > 0).then_some(total_latency),
        total_avg_bytes: row.number("Total Average Content Size")?,
        ..SecondRow::default()
    })
}

/// A failure. `classed`: our runs write the class before the text.
pub fn failure(row: &Row<'_>, classed: bool) -> Result<FailureRow, ReadError> {
    let error = row.text("Error");
    let (class, text) = classed.then(|| split_class(&error)).flatten().unwrap_or((UNCLASSIFIED, &error));
    Ok(FailureRow {
        method: row.text("Method"),
        name: row.text("Name"),
        class: class.to_owned(),
        text: text.to_owned(),
        occurrences: row.count("Occurrences")?,
        first_seen: row.time("First Seen")?,
        last_seen: row.time("Last Seen")?,
    })
}

fn split_class(error: &str) -> Option<(&str, &str)> {
    let (class, text) = error.split_once(": ").unwrap_or((error, ""));
    FailureClass::ALL.iter().any(|known| known.name() == class).then_some((class, text))
}

pub fn exception(row: &Row<'_>) -> Result<ExceptionRow, ReadError> {
    let workers = row.text("Nodes");
    Ok(ExceptionRow {
        count: row.count("Count")?,
        message: row.text("Message"),
        traceback: row.text("Traceback"),
        workers: workers
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}
