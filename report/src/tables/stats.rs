//! The columns that Locust has for a distribution.

use crate::csv_cells::{CsvCell, ReadError};
use crate::rows::{Figures, Percentiles, Summary};
use crate::table::{Column, Unit, Value};

/// Locust's percentiles, in the order of [`Percentiles`].
pub(crate) const PERCENTILES: [&str; 11] =
    ["50%", "66%", "75%", "80%", "90%", "95%", "98%", "99%", "99.9%", "99.99%", "100%"];

/// A row with a distribution.
pub(crate) trait MeasuredRow {
    fn summary(&self) -> Option<Summary>;
    fn percentiles(&self) -> Option<Percentiles>;
    /// What its figures count.
    fn unit(&self) -> Unit {
        Unit::Milliseconds
    }
    /// Takes the distribution from the line of a CSV file.
    fn read(&mut self, cell: &CsvCell<'_>) -> Result<(), ReadError>;
}

/// Median, mean, least and greatest value.
pub(crate) fn summary<R: MeasuredRow>() -> [Column<R>; 4] {
    [
        Column::written("Median Response Time", true, |row| figure(row, |summary| summary.median)),
        Column::written("Average Response Time", true, |row| figure(row, |summary| summary.avg))
            .html(6, "Mean", "")
            .unit(R::unit),
        Column::written("Min Response Time", true, |row| figure(row, |summary| summary.min))
            .html(7, "Min", "")
            .unit(R::unit),
        Column::written("Max Response Time", true, |row| figure(row, |summary| summary.max))
            .html(12, "Max", "")
            .markdown(9, "Max")
            .unit(R::unit),
    ]
}

fn figure<R: MeasuredRow>(row: &R, of: fn(Summary) -> f64) -> Value {
    Value::Figure(row.summary().map(of))
}

/// The percentiles, with the heads of those that people are shown.
pub(crate) fn percentiles<R: MeasuredRow>() -> [Column<R>; 11] {
    [
        Column::stored(PERCENTILES[0], true, percentile::<R, 0>, R::read)
            .html(8, "p50", "")
            .markdown(6, "p50")
            .unit(R::unit),
        percentile_column::<R, 1>(),
        percentile_column::<R, 2>(),
        percentile_column::<R, 3>(),
        percentile_column::<R, 4>().html(9, "p90", ""),
        percentile_column::<R, 5>().html(10, "p95", "").markdown(7, "p95"),
        percentile_column::<R, 6>(),
        percentile_column::<R, 7>().html(11, "p99", "").markdown(8, "p99"),
        percentile_column::<R, 8>(),
        percentile_column::<R, 9>(),
        percentile_column::<R, 10>(),
    ]
}

/// The first percentile reads them all: either all are there or none.
fn percentile_column<R: MeasuredRow, const AT: usize>() -> Column<R> {
    Column::written(PERCENTILES[AT], true, percentile::<R, AT>).unit(R::unit)
}

fn percentile<R: MeasuredRow, const AT: usize>(row: &R) -> Value {
    row.percentiles().and_then(|percentiles| percentiles.at(AT)).map_or(Value::Nothing, Value::Number)
}

/// The percentiles of a line, as far as the file has them; `None` where they are `N/A`.
pub(crate) fn read_percentiles(cell: &CsvCell<'_>) -> Result<Option<Percentiles>, ReadError> {
    let mut values = [f64::NAN; PERCENTILES.len()];
    for (value, column) in values.iter_mut().zip(PERCENTILES) {
        let cell = cell.beside(column);
        if cell.is_in_file() {
            let Some(number) = cell.number_if_any()? else { return Ok(None) };
            *value = number;
        }
    }
    Ok(Some(Percentiles(values)).filter(|percentiles| percentiles.0.iter().any(|value| !value.is_nan())))
}

/// Median, mean, least and greatest value of the columns `<before>Median Response Time` and so on.
pub(crate) fn read_summary(cell: &CsvCell<'_>, columns: [&'static str; 4]) -> Result<Summary, ReadError> {
    let [median, avg, min, max] = columns.map(|column| cell.beside(column).number());
    Ok(Summary { median: median?, avg: avg?, min: min?, max: max? })
}

/// The distribution of a line; `None` where it has no percentiles.
pub(crate) fn read_figures(cell: &CsvCell<'_>) -> Result<Option<Figures>, ReadError> {
    let Some(percentiles) = read_percentiles(cell)? else { return Ok(None) };
    let columns = ["Median Response Time", "Average Response Time", "Min Response Time", "Max Response Time"];
    Ok(Some(Figures { summary: read_summary(cell, columns)?, percentiles }))
}
