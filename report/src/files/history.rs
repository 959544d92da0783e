//! The files that grow by a line each second.

use std::fs::{File, OpenOptions};
use std::io::Write;

use super::atomic::{WriteTarget, write_error};
use super::error::OutputError;
use super::plan::Output;
use crate::csv;
use crate::csv_cells::CsvFile;
use crate::rows::SecondRow;

/// A file that grows by a line each second while a run writes it. Each line reaches the system in one write,
/// so a killed controller leaves whole lines behind, but for the last one at the worst.
#[derive(Debug)]
struct Growing {
    output: Output,
    file: File,
}

/// `<prefix>_stats_history.csv` and `<prefix>_streams_history.csv`.
#[derive(Debug)]
pub struct HistoryFiles {
    stats: Growing,
    streams: Growing,
}

impl HistoryFiles {
    /// Creates or empties the files and writes their headers.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn create(stats: Output, streams: Output) -> Result<HistoryFiles, OutputError> {
        Ok(HistoryFiles {
            stats: Growing::create(stats, CsvFile::History)?,
            streams: Growing::create(streams, CsvFile::StreamsHistory)?,
        })
    }

    /// Appends one second.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, row: &SecondRow) -> Result<(), OutputError> {
        self.stats.write(csv::history_row(row))?;
        self.streams.write(csv::streams_history_row(row))
    }
}

impl Growing {
    fn create(output: Output, csv_file: CsvFile) -> Result<Growing, OutputError> {
        let (WriteTarget::Regular { path, .. } | WriteTarget::Device(path)) = WriteTarget::of(&output)?;
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .map_err(|source| write_error(&output, source))?;
        let mut growing = Growing { output, file };
        growing.write(csv::header_line(csv_file))?;
        Ok(growing)
    }

    fn write(&mut self, line: std::io::Result<Vec<u8>>) -> Result<(), OutputError> {
        line.and_then(|line| {
            self.file.write_all(&line)?;
            self.file.flush()
        })
        .map_err(|source| write_error(&self.output, source))
    }
}
