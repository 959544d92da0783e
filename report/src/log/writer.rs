//! Requests as JSON lines or CSV.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use common::request_log::{LogEnding, LoggedRequest};

use super::field::{FIELDS, FieldValue};

/// The level of zstd for what is written once.
const LEVEL: i32 = 3;

/// How requests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// JSON lines.
    Lines,
    /// The same, compressed.
    Zstd,
    /// A table.
    Csv,
}

impl LogForm {
    /// As the name of a file says.
    #[must_use]
    pub fn of(path: &Path) -> Option<LogForm> {
        match LogEnding::of(path) {
            Some(LogEnding::Plain) => Some(LogForm::Lines),
            Some(LogEnding::Zstd) => Some(LogForm::Zstd),
            None => path.extension().is_some_and(|ending| ending == "csv").then_some(LogForm::Csv),
        }
    }
}

/// Where requests go.
pub struct LogWriter<'w>(Sink<'w>);

type Out<'w> = BufWriter<Box<dyn Write + 'w>>;

enum Sink<'w> {
    Lines(Out<'w>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Out<'w>>>),
    Csv(Box<csv::Writer<Out<'w>>>),
}

impl<'w> LogWriter<'w> {
    /// Begins to write to `out`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(form: LogForm, out: impl Write + 'w) -> io::Result<LogWriter<'w>> {
        let out: Out<'w> = BufWriter::new(Box::new(out));
        Ok(LogWriter(match form {
            LogForm::Lines => Sink::Lines(out),
            LogForm::Zstd => Sink::Zstd(Box::new(zstd::stream::write::Encoder::new(out, LEVEL)?)),
            LogForm::Csv => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(FIELDS.iter().map(|field| field.name).chain(["ids"]))?;
                Sink::Csv(Box::new(table))
            }
        }))
    }

    /// Writes a request.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, request: &LoggedRequest<'_>) -> io::Result<()> {
        match &mut self.0 {
            Sink::Lines(out) => line(out, request),
            Sink::Zstd(out) => line(out, request),
            Sink::Csv(table) => {
                let cells = FIELDS.iter().map(|field| (field.of)(request).map_or_else(String::new, cell));
                let ids = match request.ids.is_empty() {
                    true => String::new(),
                    false => serde_json::to_string(&request.ids)?,
                };
                Ok(table.write_record(cells.chain([ids]))?)
            }
        }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Sink::Lines(mut out) => out.flush(),
            Sink::Zstd(out) => out.finish()?.flush(),
            Sink::Csv(mut table) => table.flush(),
        }
    }
}

fn line(out: &mut impl Write, request: &LoggedRequest<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, request)?;
    out.write_all(b"\n")
}

fn cell(value: FieldValue<'_>) -> String {
    match value {
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Flag(flag) => flag.to_string(),
        FieldValue::Text(text) => text.into_owned(),
    }
}
