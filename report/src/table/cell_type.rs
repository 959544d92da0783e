//! The types that fields of rows have.

use jiff::Timestamp;

use super::Value;
use crate::csv_cells::{CsvCell, ReadError};
use crate::rows::{BehindPart, Slow, WorkerState};

/// A type that stands in one cell.
pub(crate) trait CellType: Sized {
    const NUMBER: bool;
    fn value(&self) -> Value;
    fn read(cell: &CsvCell<'_>) -> Result<Self, ReadError>;
}

/// Whether a field's type is one of numbers.
pub(crate) const fn is_number<R, T: CellType>(_: fn(&R) -> &T) -> bool {
    T::NUMBER
}

macro_rules! fields {
    ($($type:ty, $number:literal, $value:expr, $read:expr;)+) => {$(
        impl CellType for $type {
            const NUMBER: bool = $number;

            fn value(&self) -> Value {
                let value: fn(&$type) -> Value = $value;
                value(self)
            }

            fn read(cell: &CsvCell<'_>) -> Result<Self, ReadError> {
                $read(cell)
            }
        }
    )+};
}

fields! {
    String, false, |text| Value::Text(text.clone()), |cell: &CsvCell<'_>| Ok(cell.text());
    Option<String>, false, |text| Value::Text(text.clone().unwrap_or_default()), |cell: &CsvCell<'_>| {
        Ok(Some(cell.text()).filter(|text| !text.is_empty()))
    };
    u64, true, |count| Value::Count(*count), CsvCell::count;
    i64, true, |number| Value::Integer(*number), CsvCell::integer;
    f64, true, |number| Value::Number(*number), CsvCell::number;
    Option<u64>, true, |count| count.map_or(Value::Nothing, Value::Count), CsvCell::count_if_any;
    Option<f64>, true, |number| number.map_or(Value::Nothing, Value::Number), CsvCell::number_if_any;
    Option<Timestamp>, false, |time| Value::Time(*time), CsvCell::time;
    Slow, false, |slow| Value::Own(slow.name().to_owned()), |cell: &CsvCell<'_>| {
        cell.text().parse().map_err(|_| cell.wrong("first token or answer"))
    };
    BehindPart, false, |part| Value::Own(part.name().to_owned()), |cell: &CsvCell<'_>| {
        cell.text().parse().map_err(|_| cell.wrong("first token, first to last token or answer"))
    };
    WorkerState, false, |state| Value::Own(state.name().to_owned()), |cell: &CsvCell<'_>| {
        cell.text().parse().map_err(|()| cell.wrong("a worker's state"))
    };
}
