//! The one model of a table: a list of columns, each of which says how its value is taken from a row, how
//! it is read back from CSV, and what the faces that show it call it.
//!
//! ```text
//! tables/workers.rs: [Column<WorkerRow>] ─┬─▶ CSV, in the order of the list ─▶ back to rows
//!                                         ├─▶ HTML     ┐ in the order of the positions
//!                                         └─▶ Markdown ┘
//! ```

mod cell_type;
mod unit;
mod value;

use crate::csv_cells::{CsvCell, CsvReader, CsvRow, ReadError};

pub(crate) use cell_type::{CellType, is_number};
pub(crate) use unit::Unit;
pub(crate) use value::{DASH, Value};

type Read<R> = fn(&mut R, &CsvCell<'_>) -> Result<(), ReadError>;

/// A column of rows of one kind.
pub(crate) struct Column<R> {
    /// The column of the CSV file, or the field of the JSON, that holds the same.
    pub source: &'static str,
    /// Whether it stands to the right, as numbers do.
    pub number: bool,
    pub value: fn(&R) -> Value,
    /// What its number counts.
    pub unit: fn(&R) -> Unit,
    /// A class of the HTML style sheet; empty for none.
    pub class: fn(&R) -> &'static str,
    /// How a cell of the CSV file becomes a part of the row; `None` for a column that CSV does not have.
    read: Option<Read<R>>,
    html: Option<Heading>,
    markdown: Option<Heading>,
    /// Markdown leaves the column out unless this holds of a row, HTML too if CSV does not have it.
    needed: Option<fn(&R) -> bool>,
    /// No face for people shows the column if this holds of a row: together with others its numbers say nothing.
    hidden: Option<fn(&R) -> bool>,
    /// HTML keeps the column behind a fold, and Markdown leaves it out, if this holds of a row: nobody decides by it.
    folded: Option<fn(&R) -> bool>,
}

/// Where a face shows a column, and what it calls it.
#[derive(Clone, Copy)]
pub(crate) struct Heading {
    position: u8,
    pub text: &'static str,
    pub unit: &'static str,
}

impl<R> Column<R> {
    const fn new(source: &'static str, number: bool, value: fn(&R) -> Value, read: Option<Read<R>>) -> Self {
        Column {
            source,
            number,
            value,
            unit: |_| Unit::OfTheHead,
            class: |_| "",
            read,
            html: None,
            markdown: None,
            needed: None,
            hidden: None,
            folded: None,
        }
    }

    /// A column of the CSV file. [`field!`](crate::table::field) makes one from the name of a field.
    pub const fn stored(source: &'static str, number: bool, value: fn(&R) -> Value, read: Read<R>) -> Self {
        Column::new(source, number, value, Some(read))
    }

    /// A column of the CSV file that follows from others: it is written, but not read back.
    pub const fn written(source: &'static str, number: bool, value: fn(&R) -> Value) -> Self {
        Column::new(source, number, value, Some(|_, _| Ok(())))
    }

    /// A column that CSV does not have, of texts.
    pub const fn text(source: &'static str, value: fn(&R) -> Value) -> Self {
        Column::new(source, false, value, None)
    }

    /// A column that CSV does not have, of numbers.
    pub const fn number(source: &'static str, value: fn(&R) -> Value) -> Self {
        Column::new(source, true, value, None)
    }

    /// The same column, its value of another kind than its type's.
    pub(crate) fn with_value(self, value: fn(&R) -> Value) -> Self {
        Column { value, ..self }
    }

    pub fn html(self, position: u8, text: &'static str, unit: &'static str) -> Self {
        Column { html: Some(Heading { position, text, unit }), ..self }
    }

    pub fn markdown(self, position: u8, text: &'static str) -> Self {
        Column { markdown: Some(Heading { position, text, unit: "" }), ..self }
    }

    /// In both faces.
    pub fn shown(self, position: u8, text: &'static str, unit: &'static str, markdown: &'static str) -> Self {
        self.html(position, text, unit).markdown(position, markdown)
    }

    /// The same, its numbers in milliseconds.
    pub fn milliseconds(self) -> Self {
        self.unit(|_| Unit::Milliseconds)
    }

    /// The same, its numbers in seconds.
    pub fn seconds(self) -> Self {
        self.unit(|_| Unit::Seconds)
    }

    /// The same, the unit of its numbers by the row.
    pub fn unit(self, unit: fn(&R) -> Unit) -> Self {
        Column { unit, ..self }
    }

    pub fn class(self, class: fn(&R) -> &'static str) -> Self {
        Column { class, ..self }
    }

    pub fn needed(self, needed: fn(&R) -> bool) -> Self {
        Column { needed: Some(needed), ..self }
    }

    pub fn hidden(self, hidden: fn(&R) -> bool) -> Self {
        Column { hidden: Some(hidden), ..self }
    }

    pub fn folded(self, folded: fn(&R) -> bool) -> Self {
        Column { folded: Some(folded), ..self }
    }

    pub fn is_folded(&self, rows: &[&R]) -> bool {
        self.folded.is_some_and(|folded| rows.iter().any(|row| folded(row)))
    }

    fn is_hidden(&self, rows: &[&R]) -> bool {
        self.hidden.is_some_and(|hidden| rows.iter().any(|row| hidden(row)))
    }

    fn is_needed(&self, rows: &[&R]) -> bool {
        self.needed.is_none_or(|needed| rows.iter().any(|row| needed(row)))
    }
}

/// The header of the CSV file.
pub(crate) fn csv_header<R>(columns: &[Column<R>]) -> Vec<&'static str> {
    columns.iter().filter(|column| column.read.is_some()).map(|column| column.source).collect()
}

/// A line of the CSV file.
pub(crate) fn csv_cells<R>(columns: &[Column<R>], row: &R) -> Vec<String> {
    let stored = columns.iter().filter(|column| column.read.is_some());
    stored.map(|column| (column.value)(row).csv()).collect()
}

/// Puts what stands in a line of the CSV file into a row.
pub(crate) fn read_into<R>(columns: &[Column<R>], from: &CsvRow<'_>, row: &mut R) -> Result<(), ReadError> {
    for column in columns {
        if let Some(read) = column.read {
            read(row, &from.cell(column.source))?;
        }
    }
    Ok(())
}

/// The row that stands in a line of the CSV file.
pub(crate) fn read_row<R: Default>(columns: &[Column<R>], from: &CsvRow<'_>) -> Result<R, ReadError> {
    let mut row = R::default();
    read_into(columns, from, &mut row)?;
    Ok(row)
}

/// Every row of a CSV file.
pub(crate) fn read_rows<R: Default>(
    columns: &[Column<R>],
    mut file: CsvReader<'_>,
) -> Result<Vec<R>, ReadError> {
    let mut rows = Vec::new();
    while let Some(row) = file.next_row()? {
        rows.push(read_row(columns, &row)?);
    }
    Ok(rows)
}

/// The columns that HTML shows of these rows, in its order: each that CSV has and that is not hidden.
pub(crate) fn html_columns<'c, R>(columns: &'c [Column<R>], rows: &[&R]) -> Vec<(Heading, &'c Column<R>)> {
    in_order(columns, |column| {
        let is_shown = !column.is_hidden(rows) && (column.read.is_some() || column.is_needed(rows));
        column.html.filter(|_| is_shown)
    })
}

/// The columns that Markdown shows of these rows, in its order.
pub(crate) fn markdown_columns<'c, R>(
    columns: &'c [Column<R>],
    rows: &[&R],
) -> Vec<(Heading, &'c Column<R>)> {
    in_order(columns, |column| {
        let is_shown = column.is_needed(rows) && !column.is_hidden(rows) && !column.is_folded(rows);
        column.markdown.filter(|_| is_shown)
    })
}

fn in_order<R>(
    columns: &[Column<R>],
    heading: impl Fn(&Column<R>) -> Option<Heading>,
) -> Vec<(Heading, &Column<R>)> {
    let mut shown: Vec<_> = columns.iter().filter_map(|column| Some((heading(column)?, column))).collect();
    shown.sort_by_key(|(heading, _)| heading.position);
    shown
}

/// A column of the CSV file that holds a field of `Row`, which the file that uses the macro names.
macro_rules! field {
    ($source:expr, $($field:ident).+) => {
        $crate::table::Column::<Row>::stored(
            $source,
            $crate::table::is_number(|row: &Row| &row.$($field).+),
            |row| $crate::table::CellType::value(&row.$($field).+),
            |row, cell| {
                row.$($field).+ = $crate::table::CellType::read(cell)?;
                Ok(())
            },
        )
    };
}
pub(crate) use field;
