//! CSV files: Locust's four in Locust's columns, and four of our own.
//!
//! Comma, CRLF, quotes only where needed: what Python's `csv` module writes, so that whatever reads
//! Locust's files reads ours. Two things are better than there: times keep microseconds (`12.345`
//! milliseconds), and every column of the history that is not called `Total` speaks of that one
//! second.

mod columns;
mod own;

use std::io::{self, Write};

use jiff::Timestamp;

use super::rows::{
    EndpointRow, FailureRow, Figures, Percentiles, RunReport, SecondRow, Summary, UNCLASSIFIED,
};
use common::text::escape::csv_cell;
use common::text::number::exact;

pub use columns::{EXCEPTIONS, FAILURES, HISTORY, NO_NUMBER, STAGES, STATS, STREAMS_HISTORY, WORKERS};
pub use own::{COUNT_TYPE, STREAM_TYPE, stages, streams, streams_history_row, workers};

/// Writes `<prefix>_stats.csv`: one row for each endpoint, then the row of all.
pub fn stats(out: impl Write, report: &RunReport) -> io::Result<()> {
    let mut table = Table::new(out, &STATS)?;
    for row in report.endpoints.iter().chain([&report.total]) {
        table.row(endpoint_cells(row))?;
    }
    table.finish()
}

/// Writes the whole `<prefix>_stats_history.csv`. A run appends to it second by second instead, with
/// [`header`] and [`history_row`].
pub fn history(out: impl Write, rows: &[SecondRow]) -> io::Result<()> {
    lines(out, &HISTORY, rows, history_row)
}

/// Writes the whole `<prefix>_streams_history.csv`, to which a run appends too.
pub fn streams_history(out: impl Write, rows: &[SecondRow]) -> io::Result<()> {
    lines(out, &STREAMS_HISTORY, rows, streams_history_row)
}

fn lines(
    mut out: impl Write,
    columns: &[&str],
    rows: &[SecondRow],
    line: fn(&SecondRow) -> io::Result<Vec<u8>>,
) -> io::Result<()> {
    out.write_all(&header(columns)?)?;
    for row in rows {
        out.write_all(&line(row)?)?;
    }
    out.flush()
}

/// The header line of these columns.
pub fn header(columns: &[&str]) -> io::Result<Vec<u8>> {
    line(columns)
}

/// One line of the history.
pub fn history_row(row: &SecondRow) -> io::Result<Vec<u8>> {
    let mut cells = vec![
        row.timestamp.to_string(),
        row.users.to_string(),
        String::new(),
        super::rows::AGGREGATED.to_owned(),
        format!("{:.6}", row.rps),
        format!("{:.6}", row.failures_per_s),
    ];
    cells.extend(percentile_cells(row.percentiles));
    cells.extend([row.total_count.to_string(), row.total_failures.to_string()]);
    cells.extend(summary_cells(row.total_latency));
    cells.push(exact(row.total_avg_bytes));
    line(&cells)
}

/// Writes `<prefix>_failures.csv`. The class stands before the text: `http_5xx: status 503`.
pub fn failures(out: impl Write, report: &RunReport) -> io::Result<()> {
    let mut table = Table::new(out, &FAILURES)?;
    for row in &report.failures {
        table.row([
            csv_cell(&row.method),
            csv_cell(&row.name),
            csv_cell(&error_text(row)),
            row.occurrences.to_string(),
            stamp(row.first_seen),
            stamp(row.last_seen),
        ])?;
    }
    table.finish()
}

/// Writes `<prefix>_exceptions.csv`.
pub fn exceptions(out: impl Write, report: &RunReport) -> io::Result<()> {
    let mut table = Table::new(out, &EXCEPTIONS)?;
    for row in &report.exceptions {
        table.row([
            row.count.to_string(),
            csv_cell(&row.message),
            csv_cell(&row.traceback),
            csv_cell(&row.workers.join(",")),
        ])?;
    }
    table.finish()
}

/// A table under way: every row has as many cells as the header, or writing fails.
struct Table<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> Table<W> {
    fn new(out: W, header: &[&str]) -> io::Result<Table<W>> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record(header)?;
        Ok(Table { writer })
    }

    fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> io::Result<()> {
        Ok(self.writer.write_record(cells)?)
    }

    fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// One line on its own, so that it can be written in one piece.
fn line(cells: &[impl AsRef<[u8]>]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    writer.write_record(cells)?;
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}

fn endpoint_cells(row: &EndpointRow) -> Vec<String> {
    let names = [csv_cell(&row.method), csv_cell(&row.name)];
    let counts = [row.count.to_string(), row.failures.to_string()];
    let rates = [row.avg_bytes, row.rps, row.failures_per_s].map(exact);
    measured_cells(names, counts, row.latency, rates)
}

/// The cells of a row of [`STATS`].
fn measured_cells(
    names: [String; 2],
    counts: [String; 2],
    figures: Option<Figures>,
    rates: [String; 3],
) -> Vec<String> {
    let mut cells = Vec::with_capacity(STATS.len());
    cells.extend(names);
    cells.extend(counts);
    cells.extend(summary_cells(figures.map(|figures| figures.summary)));
    cells.extend(rates);
    cells.extend(percentile_cells(figures.map(|figures| figures.percentiles)));
    cells
}

/// Locust writes zeros here, and [`NO_NUMBER`] only for percentiles.
fn summary_cells(summary: Option<Summary>) -> [String; 4] {
    let summary = summary.unwrap_or_default();
    [summary.median, summary.avg, summary.min, summary.max].map(exact)
}

fn percentile_cells(percentiles: Option<Percentiles>) -> [String; 11] {
    percentiles.map_or_else(|| std::array::from_fn(|_| NO_NUMBER.to_owned()), |told| told.0.map(exact))
}

fn number_cell(value: Option<f64>) -> String {
    value.map_or_else(|| NO_NUMBER.to_owned(), exact)
}

fn error_text(row: &FailureRow) -> String {
    match (row.class.as_str(), row.text.as_str()) {
        (UNCLASSIFIED | "", text) => text.to_owned(),
        (class, "") => class.to_owned(),
        (class, text) => format!("{class}: {text}"),
    }
}

/// Whole seconds with a Z, as Locust writes it.
fn stamp(time: Option<Timestamp>) -> String {
    time.map_or_else(String::new, |time| format!("{time:.0}"))
}
