//! The files that grow by a line each second.

use std::fs::{File, OpenOptions};
use std::io::Write;

use super::atomic::{WriteTarget, write_error};
use super::claim::lock;
use super::error::OutputError;
use super::plan::Output;
use crate::csv;
use crate::csv_cells::CsvFile;
use crate::rows::{ObservedSample, SecondRow};

/// A file that grows by a line each second while a run writes it. Each line reaches the system in one write,
/// so a killed controller leaves whole lines behind, but for the last one at the worst.
#[derive(Debug)]
struct Growing {
    output: Output,
    file: File,
    /// Bytes of the whole lines in it.
    whole: u64,
}

/// `<prefix>_stats_history.csv` and `<prefix>_streams_history.csv`.
#[derive(Debug)]
pub struct HistoryFiles {
    stats: Growing,
    streams: Growing,
    /// Whether the next second stands in the first file already.
    is_halfway: bool,
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
            is_halfway: false,
        })
    }

    /// Appends one second.
    ///
    /// # Errors
    /// When it cannot be written; it may be tried again.
    pub fn append(&mut self, row: &SecondRow) -> Result<(), OutputError> {
        if !self.is_halfway {
            self.stats.write(csv::history_row(row))?;
            self.is_halfway = true;
        }
        self.streams.write(csv::streams_history_row(row))?;
        self.is_halfway = false;
        Ok(())
    }
}

/// `<prefix>_observed.csv`.
#[derive(Debug)]
pub(super) struct ObservedFile(Growing);

impl ObservedFile {
    /// Creates or empties the file and writes its header.
    pub(super) fn create(output: Output) -> Result<ObservedFile, OutputError> {
        Growing::create(output, CsvFile::Observed).map(ObservedFile)
    }

    /// Appends all of these or nothing.
    pub(super) fn append(&mut self, samples: &[ObservedSample]) -> Result<(), OutputError> {
        self.0.write(csv::observed_lines(samples))
    }
}

impl Growing {
    fn create(output: Output, csv_file: CsvFile) -> Result<Growing, OutputError> {
        let target = WriteTarget::of(&output)?;
        let (WriteTarget::Regular { path, .. } | WriteTarget::Device(path)) = &target;
        let blame = |source| write_error(&output, source);
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(blame)?;
        if let WriteTarget::Regular { path, .. } = &target {
            lock(&file, output.flag, path)?;
            file.set_len(0).map_err(blame)?;
        }
        let mut growing = Growing { output, file, whole: 0 };
        growing.write(csv::header_line(csv_file))?;
        Ok(growing)
    }

    fn write(&mut self, line: std::io::Result<Vec<u8>>) -> Result<(), OutputError> {
        let written = line.and_then(|line| {
            self.file.write_all(&line)?;
            self.file.flush()?;
            self.whole += line.len() as u64;
            Ok(())
        });
        if written.is_err() {
            // Of a line that was cut off nothing stays, so that the next one is whole; a device has no length.
            let _ = self.file.set_len(self.whole);
        }
        written.map_err(|source| write_error(&self.output, source))
    }
}
