//! What stands in a cell, and how each face writes it.

use jiff::Timestamp;

use super::Unit;
use crate::csv_cells::NO_NUMBER;
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, csv_cell, markdown, markdown_name};
use common::text::number::{bytes, count, exact, percent};

/// What stands where there is no value.
pub(crate) const DASH: &str = "–";

#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// From outside.
    Text(String),
    /// From outside; the name of something.
    Name(String),
    /// Longer, and from outside or about something from outside.
    Sentence(String),
    /// A text of ours.
    Own(String),
    /// The name of a sum, set apart from the names above it.
    Total(&'static str),
    Count(u64),
    Integer(i64),
    Number(f64),
    /// With six decimals in CSV, as Locust writes it there.
    Fixed(f64),
    /// A figure of a distribution: Locust writes 0 into CSV where there is none.
    Figure(Option<f64>),
    /// Between 0 and 1.
    Share(f64),
    Bytes(u64),
    Time(Option<Timestamp>),
    /// No number.
    Nothing,
}

impl Value {
    pub fn csv(&self) -> String {
        match self {
            Value::Text(text) | Value::Name(text) | Value::Sentence(text) | Value::Own(text) => {
                csv_cell(text)
            }
            Value::Total(name) => (*name).to_owned(),
            Value::Count(count) | Value::Bytes(count) => count.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Number(number) | Value::Share(number) => exact(*number),
            Value::Fixed(number) => format!("{number:.6}"),
            Value::Figure(number) => exact(number.unwrap_or_default()),
            Value::Time(time) => time.map_or_else(String::new, stamp),
            Value::Nothing => NO_NUMBER.to_owned(),
        }
    }

    pub fn markdown(&self, unit: Unit) -> String {
        match self {
            Value::Text(text) => markdown(text, MAX_TEXT),
            Value::Name(name) => markdown_name(name),
            Value::Sentence(text) => markdown(text, MAX_SENTENCE),
            Value::Total(name) => format!("**{name}**"),
            _ => self.plain(unit),
        }
    }

    /// As people read it, where nothing has to be quoted.
    pub fn plain(&self, unit: Unit) -> String {
        match self {
            Value::Text(text) | Value::Name(text) | Value::Sentence(text) | Value::Own(text) => text.clone(),
            Value::Total(name) => (*name).to_owned(),
            Value::Count(many) => count(*many),
            Value::Integer(number) => unit.said(*number as f64),
            Value::Number(number) | Value::Fixed(number) => unit.said(*number),
            Value::Figure(number) => number.map_or_else(|| DASH.to_owned(), |number| unit.said(number)),
            Value::Share(share) => percent(*share),
            Value::Bytes(count) => bytes(*count),
            Value::Time(time) => time.map_or_else(|| DASH.to_owned(), stamp),
            Value::Nothing => DASH.to_owned(),
        }
    }
}

/// Whole seconds with a Z, as Locust writes it.
fn stamp(time: Timestamp) -> String {
    format!("{time:.0}")
}
