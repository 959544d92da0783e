//! `<prefix>_observed.csv`, and the table of what was observed inside.

use crate::rows::{ObservedRow, ObservedSample, ObserverRow, RunReport};
use crate::table::{CellType, Column, field};

/// A line for each value: seconds since the run's start, observer, series, value.
pub(crate) fn columns() -> Vec<Column<ObservedSample>> {
    type Row = ObservedSample;
    vec![field!("Elapsed", elapsed_s), field!("Name", name), field!("Series", series), field!("Value", value)]
}

/// A row for each series: with the fewest users, with the most, and over the run.
pub(crate) fn series_columns() -> Vec<Column<ObservedRow>> {
    type Row = ObservedRow;
    vec![
        Column::text("name", |row: &Row| row.name.value()).shown(0, "Observer", "", "Observer"),
        Column::text("series", |row: &Row| row.series.value()).shown(1, "Series", "", "Series"),
        Column::number("stages", |row: &Row| fewest(row).value()).shown(
            2,
            "Fewest users",
            "mean",
            "Fewest users",
        ),
        Column::number("stages", |row: &Row| most(row).value()).shown(3, "Most users", "mean", "Most users"),
        Column::number("mean", |row: &Row| row.mean.value()).shown(4, "Run", "mean", "Mean"),
        Column::number("max", |row: &Row| row.max.value()).shown(5, "Run", "max", "Max"),
    ]
}

/// Observers that were never answered, a sentence for each.
pub(crate) fn silence(report: &RunReport) -> impl Iterator<Item = String> {
    report.observed.observers.iter().filter_map(ObserverRow::silence)
}

fn fewest(row: &ObservedRow) -> Option<f64> {
    row.stages.iter().min_by_key(|stage| stage.users).map(|stage| stage.mean)
}

fn most(row: &ObservedRow) -> Option<f64> {
    row.stages.iter().max_by_key(|stage| stage.users).map(|stage| stage.mean)
}
