//! One CSV file, row by row, with errors that name the place.

use std::path::Path;
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder};
use jiff::Timestamp;

use super::NO_NUMBER;
use super::error::ReadError;
use common::text::escape::{from_csv_cell, plain};

/// Longest piece of a file that an error quotes, in characters.
const MAX_QUOTE: usize = 60;

/// What stands in a header for a percentile that no report shows.
const OTHER_PERCENTILE: &str = "another percentile";

/// A CSV file under way.
pub(crate) struct CsvReader<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    header: Rc<[&'static str]>,
    guarded: bool,
}

/// A cell of a row.
#[derive(Clone, Copy)]
pub(crate) struct CsvCell<'r> {
    row: &'r CsvRow<'r>,
    column: &'static str,
}

/// A row with as many cells as the header.
pub(crate) struct CsvRow<'a> {
    file: &'a Path,
    line: u64,
    header: Rc<[&'static str]>,
    guarded: bool,
    record: ByteRecord,
}

impl<'a> CsvReader<'a> {
    /// Opens a file with these columns, or with only the first `least` of them. `guarded`: its texts
    /// have been made harmless for spreadsheets.
    pub fn open(
        file: &'a Path,
        bytes: &'a [u8],
        header: &[&'static str],
        least: usize,
        guarded: bool,
    ) -> Result<CsvReader<'a>, ReadError> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut table = CsvReader { file, bytes, reader, header: Rc::from([]), guarded };
        let Some((line, found)) = table.record()? else {
            return Err(ReadError::Empty { file: file.to_owned() });
        };
        let known = if found.len() == least { &header[..least.min(header.len())] } else { header };
        table.header = Rc::from(known);
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

    /// The same of a file of Locust's: the percentiles among the columns are whichever Locust was set to write, and
    /// whoever opened it in a spreadsheet may have saved it with semicolons or tabs.
    pub(crate) fn open_of_locust(
        file: &'a Path,
        bytes: &'a [u8],
        header: &[&'static str],
    ) -> Result<CsvReader<'a>, ReadError> {
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
        let separator = [b',', b';', b'\t'].into_iter().rev().max_by_key(|byte| count(*byte)).unwrap_or(b',');
        let mut reader = ReaderBuilder::new();
        let reader = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
        let mut table = CsvReader { file, bytes, reader, header: Rc::from([]), guarded: false };
        let Some((line, found)) = table.record()? else {
            return Err(ReadError::Empty { file: file.to_owned() });
        };
        let is_percentile =
            |name: &str| name.strip_suffix('%').is_some_and(|number| number.parse::<f64>().is_ok());
        let mut wanted = header.iter().copied().filter(|name| !is_percentile(name)).peekable();
        let mut columns = Vec::new();
        for (place, name) in found.iter().map(String::from_utf8_lossy).enumerate() {
            let name = name.trim();
            if is_percentile(name) {
                columns.push(header.iter().copied().find(|known| *known == name).unwrap_or(OTHER_PERCENTILE));
                continue;
            }
            match wanted.next_if_eq(&name) {
                Some(known) => columns.push(known),
                None if place + 1 >= found.len() && table.ends_cut() => return Err(table.cut_off(line)),
                None => return Err(table.wrong_header(place, wanted.peek().copied(), Some(name))),
            }
        }
        if let Some(missing) = wanted.next() {
            return Err(match table.ends_cut() {
                true => table.cut_off(line),
                false => table.wrong_header(found.len(), Some(missing), None),
            });
        }
        if table.ends_cut() {
            return Err(table.cut_off(line));
        }
        table.header = columns.into();
        Ok(table)
    }

    /// The next row.
    pub(crate) fn next_row(&mut self) -> Result<Option<CsvRow<'a>>, ReadError> {
        let Some((line, record)) = self.record()? else { return Ok(None) };
        if self.ends_cut() || (self.at_end() && record.len() < self.header.len()) {
            return Err(self.cut_off(line));
        }
        if record.len() != self.header.len() {
            let (expected, found) = (self.header.len(), record.len());
            return Err(ReadError::Cells { file: self.file.to_owned(), line, expected, found });
        }
        let (file, guarded, header) = (self.file, self.guarded, Rc::clone(&self.header));
        Ok(Some(CsvRow { file, line, header, guarded, record }))
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
        let shown =
            |name: Option<&str>| name.map_or_else(|| "nothing".to_owned(), |name| plain(name, MAX_QUOTE));
        let (expected, found) = (shown(expected), shown(found));
        ReadError::Header { file: self.file.to_owned(), column: column + 1, expected, found }
    }
}

impl CsvRow<'_> {
    /// Line on which the row begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    pub fn cell(&self, column: &'static str) -> CsvCell<'_> {
        CsvCell { row: self, column }
    }
}

impl<'r> CsvCell<'r> {
    /// Another cell of the row.
    pub fn beside(&self, column: &'static str) -> CsvCell<'r> {
        CsvCell { row: self.row, column }
    }

    /// Whether the file has its column.
    pub(crate) fn is_in_file(&self) -> bool {
        self.row.header.contains(&self.column)
    }

    /// Whether a run of ours wrote the file.
    pub fn is_own(&self) -> bool {
        self.row.guarded
    }

    /// Its text; empty where an older form lacks the column.
    pub fn text(&self) -> String {
        let cell = self.raw();
        if self.is_own() { from_csv_cell(&cell).to_owned() } else { cell }
    }

    /// Texts between separators.
    pub fn list(&self, separator: &str) -> Vec<String> {
        let text = self.text();
        text.split(separator).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// A whole number from 0.
    pub fn count(&self) -> Result<u64, ReadError> {
        self.raw().parse().map_err(|_| self.wrong("a whole number from 0"))
    }

    /// A whole number from 0, or `N/A`.
    pub(crate) fn count_if_any(&self) -> Result<Option<u64>, ReadError> {
        if self.raw() == NO_NUMBER { Ok(None) } else { self.count().map(Some) }
    }

    /// A whole number.
    pub fn integer(&self) -> Result<i64, ReadError> {
        self.raw().parse().map_err(|_| self.wrong("a whole number"))
    }

    /// A number.
    pub fn number(&self) -> Result<f64, ReadError> {
        let number: Option<f64> = self.raw().parse().ok();
        number.filter(|number| number.is_finite()).ok_or_else(|| self.wrong("a number"))
    }

    /// A number, or `N/A`.
    pub(crate) fn number_if_any(&self) -> Result<Option<f64>, ReadError> {
        if self.raw() == NO_NUMBER { Ok(None) } else { self.number().map(Some) }
    }

    /// A UTC time, or nothing.
    pub fn time(&self) -> Result<Option<Timestamp>, ReadError> {
        let cell = self.raw();
        if cell.is_empty() {
            return Ok(None);
        }
        let time = cell.parse().map_err(|_| self.wrong("a UTC time such as 2026-01-01T00:00:00Z"));
        time.map(Some)
    }

    /// The error of a cell that does not hold what it should.
    pub fn wrong(&self, wanted: &'static str) -> ReadError {
        ReadError::Cell {
            file: self.row.file.to_owned(),
            line: self.row.line,
            column: self.column.to_owned(),
            found: plain(&self.raw(), MAX_QUOTE),
            wanted,
        }
    }

    /// The cell as it stands in the file. Locust writes in the system's encoding, so bytes that are not UTF-8
    /// are replaced, not refused.
    fn raw(&self) -> String {
        let place = self.row.header.iter().position(|name| *name == self.column);
        let cell = place.and_then(|place| self.row.record.get(place)).unwrap_or_default();
        String::from_utf8_lossy(cell).into_owned()
    }
}
