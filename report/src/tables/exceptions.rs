//! `<prefix>_exceptions.csv`, to the letter Locust's.

use crate::rows::ExceptionRow as Row;
use crate::table::{Column, Value, field};

pub(crate) fn columns() -> Vec<Column<Row>> {
    vec![
        field!("Count", count),
        field!("Message", message),
        field!("Traceback", traceback),
        Column::stored(
            "Nodes",
            false,
            |row: &Row| Value::Text(row.workers.join(",")),
            |row, cell| {
                row.workers = cell.list(",");
                Ok(())
            },
        ),
    ]
}
