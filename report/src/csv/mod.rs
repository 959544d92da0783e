//! CSV files: Locust's four in Locust's columns, and five of our own.
//!
//! Comma, CRLF, quotes only where needed: what Python's `csv` module writes, so that whatever reads
//! Locust's files reads ours. Two things are better than there: times keep microseconds (`12.345`
//! milliseconds), and every column of the history that is not called `Total` speaks of that one
//! second.

use std::io::{self, Write};

use super::rows::{ObservedSample, RunReport, SecondRow};
use crate::csv_cells::CsvFile;
pub use crate::csv_cells::{COUNT_TYPE, NO_NUMBER, STREAM_TYPE};
use crate::table::{Column, csv_cells, csv_header};
use crate::tables::{
    behind, endpoints, exceptions, failures, history, observed, slowest, stages, streams, workers,
};

/// Writes one of the files.
///
/// # Errors
/// What `out` says.
pub fn write(file: CsvFile, out: impl Write, report: &RunReport) -> io::Result<()> {
    match file {
        CsvFile::Stats => table(out, &endpoints::columns(), report.endpoints.iter().chain([&report.total])),
        CsvFile::History => table(out, &history::columns(), &report.history),
        CsvFile::Failures => table(out, &failures::columns(), &report.failures),
        CsvFile::Exceptions => table(out, &exceptions::columns(), &report.exceptions),
        CsvFile::Streams => {
            let mut lines = lines(&streams::columns(), &report.streams.metrics);
            lines.extend(streams::csv_totals(&report.streams));
            put(out, &lines)
        }
        CsvFile::StreamsHistory => table(out, &history::stream_columns(), &report.history),
        CsvFile::Stages => table(out, &stages::columns(), &report.stages),
        CsvFile::Workers => table(out, &workers::columns(), &report.workers),
        CsvFile::Slowest => table(out, &slowest::columns(), &report.slowest),
        CsvFile::Observed => table(out, &observed::columns(), &report.observed.samples()),
        CsvFile::Behind => {
            table(out, &behind::columns(), report.behind.iter().flat_map(|behind| &behind.rows))
        }
    }
}

/// The columns of a file, in order.
pub fn header(file: CsvFile) -> Vec<&'static str> {
    match file {
        CsvFile::Stats => csv_header(&endpoints::columns()),
        CsvFile::History => csv_header(&history::columns()),
        CsvFile::Failures => csv_header(&failures::columns()),
        CsvFile::Exceptions => csv_header(&exceptions::columns()),
        CsvFile::Streams => csv_header(&streams::columns()),
        CsvFile::StreamsHistory => csv_header(&history::stream_columns()),
        CsvFile::Stages => csv_header(&stages::columns()),
        CsvFile::Workers => csv_header(&workers::columns()),
        CsvFile::Slowest => csv_header(&slowest::columns()),
        CsvFile::Observed => csv_header(&observed::columns()),
        CsvFile::Behind => csv_header(&behind::columns()),
    }
}

/// The header as a line on its own.
pub(crate) fn header_line(file: CsvFile) -> io::Result<Vec<u8>> {
    line(header(file))
}

/// One line of the history.
///
/// # Errors
/// None that a row can cause.
pub fn history_row(row: &SecondRow) -> io::Result<Vec<u8>> {
    line(csv_cells(&history::columns(), row))
}

/// One line of `<prefix>_streams_history.csv`, which grows as the history does.
pub(crate) fn streams_history_row(row: &SecondRow) -> io::Result<Vec<u8>> {
    line(csv_cells(&history::stream_columns(), row))
}

/// Lines of `<prefix>_observed.csv`, in one piece.
pub(crate) fn observed_lines(samples: &[ObservedSample]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let columns = observed::columns();
    put(&mut bytes, &samples.iter().map(|sample| csv_cells(&columns, sample)).collect::<Vec<_>>())?;
    Ok(bytes)
}

fn table<'r, R: 'r>(
    out: impl Write,
    columns: &[Column<R>],
    rows: impl IntoIterator<Item = &'r R>,
) -> io::Result<()> {
    put(out, &lines(columns, rows))
}

/// The header and the rows.
fn lines<'r, R: 'r>(columns: &[Column<R>], rows: impl IntoIterator<Item = &'r R>) -> Vec<Vec<String>> {
    let header = csv_header(columns).into_iter().map(str::to_owned).collect();
    std::iter::once(header).chain(rows.into_iter().map(|row| csv_cells(columns, row))).collect()
}

/// One line on its own, so that it can be written in one piece.
fn line(cells: Vec<impl AsRef<[u8]>>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    put(&mut bytes, &[cells])?;
    Ok(bytes)
}

fn put(out: impl Write, lines: &[Vec<impl AsRef<[u8]>>]) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    for line in lines {
        writer.write_record(line)?;
    }
    writer.flush()
}
