//! `<prefix>_failures.csv`. Locust before 2.44 wrote only the first four columns.

use common::failure::FailureClass;

use crate::csv_cells::{CsvCell, ReadError};
use crate::rows::{ClassCount, FailureRow as Row, UNCLASSIFIED};
use crate::table::{CellType as _, Column, Value, field};

pub(crate) fn columns() -> Vec<Column<Row>> {
    vec![
        field!("Method", method).html(1, "Method", "").markdown(0, "Method"),
        field!("Name", name)
            .with_value(|row| Value::Name(row.name.clone()))
            .html(2, "Endpoint", "")
            .markdown(1, "Endpoint")
            .class(|_| "name"),
        Column::text("", |row: &Row| Value::Name(row.class.clone()))
            .html(3, "Class", "")
            .markdown(2, "Class")
            .class(|_| "name"),
        Column::text("Error", |row: &Row| Value::Text(row.text.clone()))
            .html(4, "Text", "")
            .markdown(3, "Text")
            .class(|_| "long"),
        Column::text("", |row: &Row| row.example.clone().map_or(Value::Own(String::new()), Value::Text))
            .html(5, "For example", "")
            .markdown(4, "For example")
            .class(|_| "long")
            .needed(|row| row.example.is_some()),
        Column::text("trace", |row: &Row| row.trace.value())
            .html(8, "Trace of one", "")
            .markdown(8, "Trace of one")
            .needed(|row| row.trace.is_some()),
        Column::stored("Error", false, |row| Value::Text(error(row)), read_error),
        field!("Occurrences", occurrences).html(0, "Times", "").markdown(7, "Failures"),
        field!("First Seen", first_seen).html(6, "First seen", "").markdown(5, "First seen"),
        field!("Last Seen", last_seen).html(7, "Last seen", "").markdown(6, "Last seen"),
    ]
}

/// Failures by class.
pub(crate) fn class_columns() -> Vec<Column<ClassCount>> {
    vec![
        Column::text("", |row: &ClassCount| Value::Name(row.class.clone())).markdown(0, "Class"),
        Column::number("", |row: &ClassCount| Value::Count(row.occurrences)).markdown(1, "Failures"),
    ]
}

/// Stands between the words of a kind of failure and one of its texts, in the one column that Locust has for both.
const EXAMPLE: &str = "; for example: ";

/// The class stands before the text: `http_5xx: status 503`.
fn error(row: &Row) -> String {
    let error = match (row.class.as_str(), row.text.as_str()) {
        (UNCLASSIFIED | "", text) => text.to_owned(),
        (class, "") => class.to_owned(),
        (class, text) => format!("{class}: {text}"),
    };
    match &row.example {
        Some(example) => error + EXAMPLE + example,
        None => error,
    }
}

/// Only our runs write a class.
fn read_error(row: &mut Row, cell: &CsvCell<'_>) -> Result<(), ReadError> {
    let error = cell.text();
    let split = if cell.is_own() { split_class(&error) } else { None };
    let (class, text) = split.unwrap_or((UNCLASSIFIED, &error));
    row.class = class.to_owned();
    (row.text, row.example) = match text.split_once(EXAMPLE).filter(|_| cell.is_own()) {
        Some((text, example)) => (text.to_owned(), Some(example.to_owned())),
        None => (text.to_owned(), None),
    };
    Ok(())
}

fn split_class(error: &str) -> Option<(&str, &str)> {
    let (class, text) = error.split_once(": ").unwrap_or((error, ""));
    FailureClass::ALL.iter().any(|known| known.name() == class).then_some((class, text))
}
