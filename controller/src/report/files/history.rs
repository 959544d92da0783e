//! The history file, which grows by a line each second.

use std::fs::{File, OpenOptions};
use std::io::Write;

use super::atomic::{Place, write_error};
use super::error::OutputError;
use super::plan::Output;
use crate::report::csv::{history_header, history_row};
use crate::report::rows::SecondRow;

/// `<prefix>_stats_history.csv` while a run writes it. Each row reaches the system in one write, so a
/// killed controller leaves whole lines behind, but for the last one at the worst.
#[derive(Debug)]
pub struct HistoryFile {
    output: Output,
    file: File,
}

impl HistoryFile {
    /// Creates or empties the file and writes the header.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(output: Output) -> Result<HistoryFile, OutputError> {
        let (Place::Regular { path, .. } | Place::Device(path)) = Place::of(&output)?;
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .map_err(|source| write_error(&output, source))?;
        let mut history = HistoryFile { output, file };
        history.write(history_header())?;
        Ok(history)
    }

    /// Appends one second.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, row: &SecondRow) -> Result<(), OutputError> {
        self.write(history_row(row))
    }

    fn write(&mut self, line: std::io::Result<Vec<u8>>) -> Result<(), OutputError> {
        line.and_then(|line| {
            self.file.write_all(&line)?;
            self.file.flush()
        })
        .map_err(|source| write_error(&self.output, source))
    }
}
