//! Requests as JSON lines, CSV or Parquet.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use common::request_log::{LogEnding, LoggedRequest};

use crate::field::{FIELDS, FieldValue};
#[cfg(feature = "parquet")]
use crate::parquet_table::ParquetTable;

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
    /// A table by columns.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// A file in a form that this program cannot write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLogForm {
    /// Its name says nothing that is known.
    #[error("does not end with .jsonl, .jsonl.zst, .csv or .parquet; give it a name that does")]
    Unknown,
    /// The program was built without it.
    #[error(
        "is to be Parquet, and this program was built without it; build one with `cargo build --release --bin controller \
         --features parquet`, or write .csv"
    )]
    Parquet,
}

impl LogForm {
    /// As the name of a file says.
    ///
    /// # Errors
    /// It names no form, or none of this program's.
    pub fn of(path: &Path) -> Result<LogForm, NoLogForm> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match (LogEnding::of(path), ending) {
            (Some(LogEnding::Plain), _) => Ok(LogForm::Lines),
            (Some(LogEnding::Zstd), _) => Ok(LogForm::Zstd),
            (None, Some("csv")) => Ok(LogForm::Csv),
            #[cfg(feature = "parquet")]
            (None, Some("parquet")) => Ok(LogForm::Parquet),
            #[cfg(not(feature = "parquet"))]
            (None, Some("parquet")) => Err(NoLogForm::Parquet),
            (None, _) => Err(NoLogForm::Unknown),
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
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetTable<Out<'w>>>),
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
            LogForm::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(out, LEVEL)?;
                encoder.include_checksum(true)?;
                Sink::Zstd(Box::new(encoder))
            }
            LogForm::Csv => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(FIELDS.iter().map(|field| field.name).chain(["ids"]))?;
                Sink::Csv(Box::new(table))
            }
            #[cfg(feature = "parquet")]
            LogForm::Parquet => Sink::Parquet(Box::new(ParquetTable::new(out)?)),
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
            #[cfg(feature = "parquet")]
            Sink::Parquet(table) => table.write(request),
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
            #[cfg(feature = "parquet")]
            Sink::Parquet(table) => table.finish(),
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
