//! The tables of the page.

use super::table::Table;
use crate::rows::{LimitRows, RunReport};
use crate::table::Column;
use crate::tables::{
    apart, behind, endpoints, failures, observed, rungs, slowest, stages, streams, thresholds, workers,
};

/// Most rows of a table whose length the run does not bound. What is left out is counted below it.
pub const MAX_ROWS: usize = 200;

pub fn endpoints(report: &RunReport) -> Table {
    let total = report.total_for_people();
    let rows = report.endpoints.iter().take(MAX_ROWS).chain([&total]);
    Table::new(("stats", "Endpoints"), &endpoints::columns(), rows, |_| None).with_total()
}

pub fn apart(report: &RunReport) -> Option<Table> {
    table(("apart", "Calls and streams apart"), &apart::columns(), &apart::rows(report))
}

pub fn streams(report: &RunReport) -> Option<Table> {
    let rows = streams::shown(&report.streams);
    Table::new(("streams", "Streams"), &streams::columns(), rows, |row| Some(&row.name)).unless_empty()
}

pub fn stages(report: &RunReport) -> Option<Table> {
    table(("stages", "Stages"), &stages::columns(), &report.stages)
}

pub fn failures(report: &RunReport) -> Option<Table> {
    table(("failures", "Failures"), &failures::columns(), &report.failures)
}

pub fn slowest(report: &RunReport) -> Option<Table> {
    table(("slowest", "Slowest requests"), &slowest::columns(), &report.slowest)
}

pub fn workers(report: &RunReport) -> Option<Table> {
    table(("workers", "Workers"), &workers::columns(), &report.workers)
}

pub fn observed(report: &RunReport) -> Option<Table> {
    table(("observed", "Observed inside"), &observed::series_columns(), &report.observed.series)
}

pub fn behind(report: &RunReport) -> Option<Table> {
    table(("behind", "The model behind"), &behind::columns(), &report.behind.as_ref()?.rows)
}

pub fn thresholds(report: &RunReport) -> Option<Table> {
    table(("thresholds", "Thresholds"), &thresholds::columns(), &report.thresholds)
}

pub fn rungs(limits: &LimitRows) -> Option<Table> {
    table(("rungs", "Rungs"), &rungs::columns(), &limits.rungs)
}

fn table<R>(names: (&'static str, &'static str), columns: &[Column<R>], rows: &[R]) -> Option<Table> {
    Table::new(names, columns, rows.iter().take(MAX_ROWS), |_| None).unless_empty()
}
