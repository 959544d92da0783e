//! One CSV file, row by row, with errors that name the place.

use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use jiff::Timestamp;

use super::error::ReadError;
use crate::csv::NO_NUMBER;
use crate::rows::{Figures, Percentiles, Summary};
use common::text::escape::{from_csv_cell, plain};

/// Longest piece of a file that an error quotes, in characters.
const MAX_QUOTE: usize = 60;

/// A CSV file under way.
pub struct Table<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    header: &'static [&'static str],
    guarded: bool,
}

/// A row with as many cells as the header.
pub struct Row<'a> {
    file: &'a Path,
    line: u64,
    header: &'static [&'static str],
    guarded: bool,
    record: ByteRecord,
}

impl<'a> Table<'a> {
    /// Opens a file of which `headers` are the known forms, the longest last. `guarded`: its texts
    /// have been made harmless for spreadsheets.
    pub fn open(
        file: &'a Path,
        bytes: &'a [u8],
        headers: &[&'static [&'static str]],
        guarded: bool,
    ) -> Result<Table<'a>, ReadError> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut table = Table { file, bytes, reader, header: &[], guarded };
        let Some((line, found)) = table.record()? else {
            return Err(ReadError::Empty { file: file.to_owned() });
        };
        let known = headers.iter().find(|header| header.len() == found.len()).or(headers.last());
        table.header = known.copied().unwrap_or_default();
        for column in 0..table.header.len().max(found.len()) {
            let expected = table.header.get(column).copied();
            let name = found.get(column).map(String::from_utf8_lossy);
            if expected != name.as_deref() {
                let cut = column + 1 >= found.len() && table.ends_cut();
                return Err(if cut {
                    table.cut_off(line)
                } else {
                    table.wrong_header(column, expected, name.as_deref())
                });
            }
        }
        Ok(table)
    }

    /// The next row.
    pub fn next_row(&mut self) -> Result<Option<Row<'a>>, ReadError> {
        let Some((line, record)) = self.record()? else { return Ok(None) };
        if self.ends_cut() || (self.at_end() && record.len() < self.header.len()) {
            return Err(self.cut_off(line));
        }
        if record.len() != self.header.len() {
            let (expected, found) = (self.header.len(), record.len());
            return Err(ReadError::Cells { file: self.file.to_owned(), line, expected, found });
        }
        let Table { file, header, guarded, .. } = *self;
        Ok(Some(Row { file, line, header, guarded, record }))
    }

    /// Every row, made into something.
    pub fn map<T>(mut self, make: impl Fn(&Row<'_>) -> Result<T, ReadError>) -> Result<Vec<T>, ReadError> {
        let mut made = Vec::new();
        while let Some(row) = self.next_row()? {
            made.push(make(&row)?);
        }
        Ok(made)
    }

    fn record(&mut self) -> Result<Option<(u64, ByteRecord)>, ReadError> {
        let mut record = ByteRecord::new();
        let more = self
            .reader
            .read_byte_record(&mut record)
            .map_err(|error| ReadError::io(self.file, error.into()))?;
        let line = record.position().map_or(0, |start| self.line_of(start));
        Ok(more.then_some((line, record)))
    }

    /// The line on which a record begins. The reader leaves the second half of a CRLF, and blank
    /// lines, to the record that follows them.
    fn line_of(&self, start: &csv::Position) -> u64 {
        let from = usize::try_from(start.byte()).unwrap_or(usize::MAX);
        let before =
            self.bytes.get(from..).unwrap_or_default().iter().take_while(|byte| b"\r\n".contains(byte));
        start.line() + before.filter(|byte| **byte == b'\n').count() as u64
    }

    /// The row just read is the last one.
    fn at_end(&self) -> bool {
        self.reader.position().byte() >= self.bytes.len() as u64
    }

    /// The row just read is the last one and has no line end: it may end in the middle of a number.
    fn ends_cut(&self) -> bool {
        self.at_end() && self.bytes.last() != Some(&b'\n')
    }

    fn cut_off(&self, line: u64) -> ReadError {
        ReadError::CutOff { file: self.file.to_owned(), line }
    }

    fn wrong_header(&self, column: usize, expected: Option<&str>, found: Option<&str>) -> ReadError {
        let told =
            |name: Option<&str>| name.map_or_else(|| "nothing".to_owned(), |name| plain(name, MAX_QUOTE));
        let (expected, found) = (told(expected), told(found));
        ReadError::Header { file: self.file.to_owned(), column: column + 1, expected, found }
    }
}

impl Row<'_> {
    /// Line on which the row begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The text of a column; empty where an older form lacks the column.
    pub fn text(&self, column: &str) -> String {
        let cell = self.raw(column);
        if self.guarded { from_csv_cell(&cell).to_owned() } else { cell }
    }

    /// A whole number from 0.
    pub fn count(&self, column: &str) -> Result<u64, ReadError> {
        let cell = self.raw(column);
        cell.parse().map_err(|_| self.wrong(column, "a whole number from 0"))
    }

    /// A whole number from 0, or `N/A`.
    pub fn count_if_any(&self, column: &str) -> Result<Option<u64>, ReadError> {
        if self.raw(column) == NO_NUMBER { Ok(None) } else { self.count(column).map(Some) }
    }

    /// A whole number.
    pub fn integer(&self, column: &str) -> Result<i64, ReadError> {
        let cell = self.raw(column);
        cell.parse().map_err(|_| self.wrong(column, "a whole number"))
    }

    /// A number.
    pub fn number(&self, column: &str) -> Result<f64, ReadError> {
        let number: Option<f64> = self.raw(column).parse().ok();
        number.filter(|number| number.is_finite()).ok_or_else(|| self.wrong(column, "a number"))
    }

    /// A number, or `N/A`.
    pub fn number_if_any(&self, column: &str) -> Result<Option<f64>, ReadError> {
        if self.raw(column) == NO_NUMBER { Ok(None) } else { self.number(column).map(Some) }
    }

    /// A UTC time, or nothing.
    pub fn time(&self, column: &str) -> Result<Option<Timestamp>, ReadError> {
        let cell = self.raw(column);
        if cell.is_empty() {
            return Ok(None);
        }
        let time = cell.parse().map_err(|_| self.wrong(column, "a UTC time such as 2026-01-01T00:00:00Z"));
        time.map(Some)
    }

    /// The percentile columns; `None` where the first of them is `N/A`.
    pub fn percentiles(&self) -> Result<Option<Percentiles>, ReadError> {
        const COLUMNS: [&str; 11] =
            ["50%", "66%", "75%", "80%", "90%", "95%", "98%", "99%", "99.9%", "99.99%", "100%"];
        if self.raw(COLUMNS[0]) == NO_NUMBER {
            return Ok(None);
        }
        let mut values = [0.0; 11];
        for (value, column) in values.iter_mut().zip(COLUMNS) {
            *value = self.number(column)?;
        }
        Ok(Some(Percentiles(values)))
    }

    /// Median, mean, least and greatest of the columns `<before>Median Response Time` and so on.
    pub fn summary(&self, before: &str) -> Result<Summary, ReadError> {
        let figure = |name: &str| self.number(&format!("{before}{name} Response Time"));
        Ok(Summary {
            median: figure("Median")?,
            avg: figure("Average")?,
            min: figure("Min")?,
            max: figure("Max")?,
        })
    }

    /// The distribution of a row of statistics; `None` where it has no percentiles.
    pub fn figures(&self) -> Result<Option<Figures>, ReadError> {
        let Some(percentiles) = self.percentiles()? else { return Ok(None) };
        Ok(Some(Figures { summary: self.summary("")?, percentiles }))
    }

    /// The error of a cell that does not hold what it should.
    pub fn wrong(&self, column: &str, wanted: &'static str) -> ReadError {
        ReadError::Cell {
            file: self.file.to_owned(),
            line: self.line,
            column: column.to_owned(),
            found: plain(&self.raw(column), MAX_QUOTE),
            wanted,
        }
    }

    /// The cell as it stands in the file. Locust writes in the system's encoding, so what is no UTF-8
    /// is replaced and not refused.
    fn raw(&self, column: &str) -> String {
        let place = self.header.iter().position(|name| *name == column);
        let cell = place.and_then(|place| self.record.get(place)).unwrap_or_default();
        String::from_utf8_lossy(cell).into_owned()
    }
}
