//! The files whose rows are more than a list.

use std::path::Path;

use crate::csv_cells::CsvReader;
use crate::csv_cells::ReadError;
use crate::csv_cells::{COUNT_TYPE, STREAM_TYPE};
use crate::rows::{AGGREGATED, EndpointRow, ObservedSample, SecondRow, StreamRows};
use crate::table::{read_into, read_row};
use crate::tables::{endpoints, history, observed, streams};

/// The endpoints and their total.
pub fn stats(mut table: CsvReader<'_>, file: &Path) -> Result<(Vec<EndpointRow>, EndpointRow), ReadError> {
    let columns = endpoints::columns();
    let mut endpoints: Vec<EndpointRow> = Vec::new();
    let mut total = None;
    while let Some(row) = table.next_row()? {
        if total.is_some() {
            return Err(ReadError::AfterTotal { file: file.to_owned(), line: row.line() });
        }
        let made = read_row(&columns, &row)?;
        if made.method.is_empty() && made.name == AGGREGATED {
            total = Some(made);
        } else {
            endpoints.push(made);
        }
    }
    total.map(|total| (endpoints, total)).ok_or_else(|| ReadError::NoTotal { file: file.to_owned() })
}

/// The history as far as it goes.
#[derive(Debug, Default)]
pub struct ReadHistory {
    /// The rows of all endpoints together.
    pub rows: Vec<SecondRow>,
    /// There were rows of single endpoints too (`--csv-full-history`).
    pub full: bool,
    /// The line of a last row that is cut off, which is what a killed program leaves.
    pub cut_at: Option<u64>,
}

/// What was observed; a last line that is cut off is what a killed program leaves.
pub fn observed(mut table: CsvReader<'_>) -> Result<Vec<ObservedSample>, ReadError> {
    let columns = observed::columns();
    let mut samples = Vec::new();
    loop {
        match table.next_row() {
            Ok(Some(row)) => samples.push(read_row(&columns, &row)?),
            Ok(None) | Err(ReadError::CutOff { .. }) => return Ok(samples),
            Err(error) => return Err(error),
        }
    }
}

/// The rows of all endpoints together.
pub fn history(mut table: CsvReader<'_>) -> Result<ReadHistory, ReadError> {
    let columns = history::columns();
    let mut history = ReadHistory::default();
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
        if !row.cell("Type").text().is_empty() || row.cell("Name").text() != AGGREGATED {
            history.full = true;
            continue;
        }
        let mut second: SecondRow = read_row(&columns, &row)?;
        let first = history.rows.first().map_or(second.timestamp, |first| first.timestamp);
        // A clock that was set back must not make a second before the start.
        second.second = u64::try_from(second.timestamp.saturating_sub(first)).unwrap_or(0);
        history.rows.push(second);
    }
    Ok(history)
}

/// Metrics and totals of streams.
pub fn streams(mut table: CsvReader<'_>) -> Result<StreamRows, ReadError> {
    let columns = streams::columns();
    let mut rows = StreamRows::default();
    while let Some(row) = table.next_row()? {
        match row.cell("Type").text().as_str() {
            STREAM_TYPE => rows.metrics.push(read_row(&columns, &row)?),
            COUNT_TYPE => streams::read_total(&row, &mut rows)?,
            _ => return Err(row.cell("Type").wrong("STREAM or COUNT")),
        }
    }
    Ok(rows)
}

/// Adds to the seconds of the history what was known of their streams. Both files grow by a line at the same
/// time, so line fits line; one that a killed controller wrote to one file alone, or half, adds nothing.
pub fn streams_history(mut table: CsvReader<'_>, seconds: &mut [SecondRow]) -> Result<(), ReadError> {
    let columns = history::stream_columns();
    for second in seconds {
        let row = match table.next_row() {
            Ok(Some(row)) => row,
            Ok(None) | Err(ReadError::CutOff { .. }) => break,
            Err(error) => return Err(error),
        };
        read_into(&columns, &row, second)?;
    }
    Ok(())
}
