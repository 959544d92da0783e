//! Requests as a Parquet file: a column for each field, and one for the ids as JSON.

use std::io::{self, Write};
use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{Type, TypePtr};
use common::request_log::LoggedRequest;

use crate::field::{FIELDS, FieldKind, FieldValue};

/// Rows that are written together, and stay in memory until then: some 20 MiB.
const ROWS: usize = 50_000;
/// The column of ids.
const IDS: &str = "ids";
/// That a value is there, or not.
const THERE: i16 = 1;
const NOT_THERE: i16 = 0;

/// A file under way.
pub(crate) struct ParquetTable<W> {
    out: W,
    file: SerializedFileWriter<Pending>,
    pending: Pending,
    columns: Vec<Column>,
    rows: usize,
}

/// What the format has written and `out` has not got yet: the format wants what may go to other threads.
#[derive(Clone, Default)]
struct Pending(Arc<Mutex<Vec<u8>>>);

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The values of a field in rows that are not written yet, and in which of them there is one.
struct Column {
    name: &'static str,
    cells: Cells,
    there: Vec<i16>,
}

enum Cells {
    Counts(Vec<i64>),
    Times(Vec<f64>),
    Flags(Vec<bool>),
    Texts(Vec<ByteArray>),
}

impl<W: Write> ParquetTable<W> {
    pub(crate) fn new(out: W) -> io::Result<ParquetTable<W>> {
        let kinds = FIELDS.iter().map(|field| (field.name, field.kind)).chain([(IDS, FieldKind::Text)]);
        let columns: Vec<Column> = kinds.map(|(name, kind)| Column::new(name, kind)).collect();
        let zstd = Compression::ZSTD(ZstdLevel::default());
        let properties = WriterProperties::builder().set_compression(zstd).build();
        let pending = Pending::default();
        let file = SerializedFileWriter::new(
            pending.clone(),
            schema(&columns).map_err(io_error)?,
            Arc::new(properties),
        );
        Ok(ParquetTable { out, file: file.map_err(io_error)?, pending, columns, rows: 0 })
    }

    pub(crate) fn write(&mut self, request: &LoggedRequest<'_>) -> io::Result<()> {
        for (column, field) in self.columns.iter_mut().zip(FIELDS) {
            column.push((field.of)(request));
        }
        if let Some(ids) = self.columns.last_mut() {
            let text = (!request.ids.is_empty()).then(|| serde_json::to_string(&request.ids)).transpose()?;
            ids.push(text.map(|text| FieldValue::Text(text.into())));
        }
        self.rows += 1;
        if self.rows >= ROWS { self.end_rows() } else { Ok(()) }
    }

    fn end_rows(&mut self) -> io::Result<()> {
        if take(&mut self.rows) > 0 {
            let mut group = self.file.next_row_group().map_err(io_error)?;
            for column in &mut self.columns {
                let Some(mut writer) = group.next_column().map_err(io_error)? else { break };
                column.write(&mut writer).map_err(io_error)?;
                writer.close().map_err(io_error)?;
            }
            group.close().map_err(io_error)?;
        }
        self.hand_over()
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let bytes = take(&mut *self.pending.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.out.write_all(&bytes)
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.end_rows()?;
        self.file.finish().map_err(io_error)?;
        self.hand_over()?;
        self.out.flush()
    }
}

fn io_error(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let field = |column: &Column| {
        let (physical, converted) = match column.cells {
            Cells::Counts(_) => (Physical::INT64, ConvertedType::NONE),
            Cells::Times(_) => (Physical::DOUBLE, ConvertedType::NONE),
            Cells::Flags(_) => (Physical::BOOLEAN, ConvertedType::NONE),
            Cells::Texts(_) => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        };
        let field = Type::primitive_type_builder(column.name, physical);
        field.with_repetition(Repetition::OPTIONAL).with_converted_type(converted).build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("requests").with_fields(fields).build().map(Arc::new)
}

impl Column {
    fn new(name: &'static str, kind: FieldKind) -> Column {
        let cells = match kind {
            FieldKind::Number => Cells::Counts(Vec::new()),
            FieldKind::Time => Cells::Times(Vec::new()),
            FieldKind::Flag => Cells::Flags(Vec::new()),
            FieldKind::Text | FieldKind::Word(_) => Cells::Texts(Vec::new()),
        };
        Column { name, cells, there: Vec::new() }
    }

    fn push(&mut self, value: Option<FieldValue<'_>>) {
        let is_there = match (&mut self.cells, value) {
            (Cells::Counts(all), Some(FieldValue::Number(number))) => {
                all.push(number as i64);
                true
            }
            (Cells::Times(all), Some(FieldValue::Number(number))) => {
                all.push(number);
                true
            }
            (Cells::Flags(all), Some(FieldValue::Flag(flag))) => {
                all.push(flag);
                true
            }
            (Cells::Texts(all), Some(FieldValue::Text(text))) => {
                all.push(ByteArray::from(text.as_ref()));
                true
            }
            _ => false,
        };
        self.there.push(if is_there { THERE } else { NOT_THERE });
    }

    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let there = take(&mut self.there);
        let there = Some(there.as_slice());
        let written = match &mut self.cells {
            Cells::Counts(all) => writer.typed::<Int64Type>().write_batch(&take(all), there, None),
            Cells::Times(all) => writer.typed::<DoubleType>().write_batch(&take(all), there, None),
            Cells::Flags(all) => writer.typed::<BoolType>().write_batch(&take(all), there, None),
            Cells::Texts(all) => writer.typed::<ByteArrayType>().write_batch(&take(all), there, None),
        };
        written.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::RowAccessor;

    use super::*;

    #[test]
    fn what_is_written_can_be_read_again_row_by_row() {
        let line = r#"{"user":7,"class":"stream","session":2,"turn":1,"call":"POST /chat/stream","stage":0,
            "measured":true,"intended":1000.5,"start":1000.5,"sent":1001.0,"end":2001001.0,"outcome":"ok",
            "bytes":70,"ids":{"thread":"lt-1"}}"#;
        let mut request: LoggedRequest<'_> = serde_json::from_str(line).unwrap();
        let mut bytes = Vec::new();
        let mut table = ParquetTable::new(&mut bytes).unwrap();
        // Two groups of rows.
        let rows = ROWS as u64 + 10;
        for user in 0..rows {
            request.user = user;
            table.write(&request).unwrap();
        }
        table.finish().unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.num_row_groups(), 2);
        let place = |name: &str| FIELDS.iter().position(|field| field.name == name).unwrap();
        let mut users = 0;
        for row in reader.get_row_iter(None).unwrap() {
            let row = row.unwrap();
            assert_eq!(row.get_long(place("user")).unwrap(), users);
            users += 1;
            assert_eq!(row.get_double(place("latency")).unwrap().to_bits(), 2_000_000.0_f64.to_bits());
            assert_eq!(row.get_string(place("class")).unwrap(), "stream");
            assert!(row.get_bool(place("measured")).unwrap());
            assert!(row.get_long(place("status")).is_err(), "there is none");
            assert_eq!(row.get_string(FIELDS.len()).unwrap(), r#"{"thread":"lt-1"}"#);
        }
        assert_eq!(users as u64, rows);
    }
}
