//! Tables as the template lays them out.

use serde::Serialize;

use crate::table::{Column, DASH, Unit, Value, html_columns};
use common::text::escape::plain;
use common::text::escape::{MAX_SENTENCE, MAX_TEXT};

/// A table as the template lays it out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Its name for machines: the end of its element's id.
    name: &'static str,
    /// What people call it.
    label: &'static str,
    head: Vec<Head>,
    rows: Vec<Row>,
    /// Whether some of its columns are behind a fold.
    folds: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Head {
    text: &'static str,
    unit: &'static str,
    /// The column of the CSV file, or the field of the JSON, that holds the same.
    source: &'static str,
    number: bool,
    folded: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    /// Its name in the file, where the first cell says it in other words.
    key: Option<String>,
    /// Whether it sums up the others.
    total: bool,
    cells: Vec<Cell>,
}

/// What stands in one place.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Cell {
    text: String,
    /// Digits that are missing behind the text, to be kept free so that decimal points align.
    pad: String,
    /// All digits, where the text has fewer.
    exact: Option<String>,
    /// Names of classes of the style sheet.
    look: String,
    #[serde(skip)]
    number: bool,
}

impl Cell {
    /// One line of text from anywhere, `max` characters of it.
    pub fn of(text: &str, max: usize) -> Cell {
        Cell { text: plain(text, max), ..Cell::default() }
    }

    /// A text of ours.
    pub fn own(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), ..Cell::default() }
    }

    pub fn number(text: String) -> Cell {
        Cell { text, number: true, ..Cell::default() }
    }

    /// A value of a column, in this unit.
    fn holding(value: &Value, unit: Unit) -> Cell {
        match value {
            Value::Text(text) | Value::Name(text) => Cell::of(text, MAX_TEXT),
            Value::Sentence(text) => Cell::of(text, MAX_SENTENCE),
            Value::Own(_) | Value::Total(_) | Value::Time(None) => Cell::own(value.plain(unit)),
            Value::Time(_) => Cell::own(value.plain(unit)).class("stamp"),
            Value::Share(_) | Value::Bytes(_) => Cell::own(value.plain(unit)).exactly(value),
            // Points can stand below each other where all have one unit.
            _ if unit == Unit::OfTheHead => Cell::number(value.plain(unit)).exactly(value),
            _ => Cell::own(value.plain(unit)).exactly(value),
        }
    }

    /// The same with the digits of the file, where it has others.
    fn exactly(self, value: &Value) -> Cell {
        let exact = Some(value.csv()).filter(|exact| *exact != self.text && self.text != DASH);
        Cell { exact, ..self }
    }

    /// The same in a class of the style sheet, beside those that it has.
    pub fn class(self, class: &str) -> Cell {
        let look = [self.look.as_str(), class].join(" ").trim().to_owned();
        Cell { look, ..self }
    }
}

impl Table {
    /// The table of these rows; `key` names a row where its first cell does not.
    pub fn new<'r, R: 'r>(
        (name, label): (&'static str, &'static str),
        columns: &[Column<R>],
        rows: impl IntoIterator<Item = &'r R>,
        key: fn(&R) -> Option<&str>,
    ) -> Table {
        let rows: Vec<&R> = rows.into_iter().collect();
        let columns = html_columns(columns, &rows);
        let head = columns
            .iter()
            .map(|(head, column)| Head {
                text: head.text,
                unit: head.unit,
                source: column.source,
                number: column.number,
                folded: column.is_folded(&rows),
            })
            .collect::<Vec<Head>>();
        let folds = head.iter().any(|head| head.folded);
        let cell = |(column, head): (&Column<R>, &Head), row: &R| {
            Cell::holding(&(column.value)(row), (column.unit)(row))
                .class(if column.number { "n" } else { "" })
                .class((column.class)(row))
                .class(if head.folded { "more" } else { "" })
        };
        let row = |row: &R| Row {
            key: key(row).map(str::to_owned),
            total: false,
            cells: columns.iter().zip(&head).map(|((_, column), head)| cell((column, head), row)).collect(),
        };
        let rows = rows.into_iter().map(row).collect();
        let mut table = Table { name, label, head, rows, folds };
        table.align();
        table
    }

    /// The same with its last row set apart, as the sum of the others.
    pub(crate) fn with_total(mut self) -> Table {
        if let Some(last) = self.rows.last_mut() {
            last.total = true;
        }
        self
    }

    /// The table, or nothing when it has no row.
    pub(crate) fn unless_empty(self) -> Option<Table> {
        (!self.rows.is_empty()).then_some(self)
    }

    fn align(&mut self) {
        for column in 0..self.head.len() {
            let most = self.rows.iter().filter_map(|row| decimals(row.cells.get(column)?)).max().unwrap_or(0);
            for cell in self.rows.iter_mut().filter_map(|row| row.cells.get_mut(column)) {
                cell.pad = match decimals(cell) {
                    Some(0) if most > 0 => format!(".{}", "0".repeat(most)),
                    Some(decimals) => "0".repeat(most - decimals),
                    None => String::new(),
                };
            }
        }
    }
}

/// How many digits stand behind the point of a number.
fn decimals(cell: &Cell) -> Option<usize> {
    cell.number.then(|| cell.text.split_once('.').map_or(0, |(_, digits)| digits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::CellType;

    #[test]
    fn points_align_by_digits_kept_free() {
        let columns = [Column::number("Value", Option::<f64>::value).html(0, "Value", "ms")];
        let rows = [Some(12.345), Some(7.0), Some(0.5), None];
        let table = Table::new(("x", "X"), &columns, &rows, |_| None);
        let cells: Vec<_> =
            table.rows.iter().map(|row| (row.cells[0].text.as_str(), row.cells[0].pad.as_str())).collect();
        assert_eq!(cells, [("12.3", ""), ("7", ".0"), ("0.5", ""), ("–", ".0")]);
        assert_eq!(table.rows[0].cells[0].exact.as_deref(), Some("12.345"));
        assert_eq!(table.rows[1].cells[0].exact, None);
    }
}
