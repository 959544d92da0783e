//! `controller compare`: two runs, figure by figure, and how sure the differences are.
//!
//! ```text
//! A, B ─ source ─▶ two reports ─┬─ ground ──▶ may they be compared at all?
//!                               ├─ seconds ─▶ figures of the whole run: paired seconds, block bootstrap
//!                               └─ ranks ───▶ figures of endpoints and streams: order statistics
//!                               ├─ limits ──▶ of two limit searches instead: limits, and rungs of equal users
//!                               ├─ observed ▶ what was seen inside both, side by side, without a judgement
//!                                                  └─▶ Comparison ─▶ face: terminal, Markdown
//! ```
//!
//! A pure core: reports in, rows out. How much runs differ by themselves, one pair of runs cannot show,
//! so a difference counts only beyond a floor (`finding`).

mod bootstrap;
mod face;
mod facts;
mod finding;
mod ground;
mod limits;
mod observed;
mod observed_face;
mod ranks;
mod rows;
mod seconds;
mod source;
mod summary;

pub use face::{json, markdown, terminal};
pub use ground::{Barrier, Premise};
pub use rows::{ComparedFigure, Comparison, Difference, Finding, ObservedDifference};
pub use source::{ComparedRun, SourceError, files, read};

use crate::rows::{EndpointRow, RunReport};

/// Compares run B with run A. `allowed` are differences of the premises that are meant.
pub fn compare(a: &ComparedRun, b: &ComparedRun, allowed: &[Premise]) -> Comparison {
    let mut left_out = Vec::new();
    let (barriers, mut cautions) = ground::ground(a, b, allowed);
    let rows = match (a.is_search(), b.is_search()) {
        (false, false) => whole_runs(&a.report, &b.report, &mut left_out),
        (true, true) => match (&a.report.limits, &b.report.limits) {
            (Some(one), Some(other)) => {
                cautions.extend(limits::causes(one, other));
                limits::differences(one, other, &mut left_out)
            }
            _ => {
                left_out.push("the limits: CSV files do not hold them; name summary.json".to_owned());
                Vec::new()
            }
        },
        _ => {
            left_out.push("everything: one run is a limit search, which has no load of its own".to_owned());
            Vec::new()
        }
    };
    let observed = match a.is_search() == b.is_search() {
        true => {
            observed::side_by_side((&a.report.observed, &b.report.observed), a.is_search(), &mut left_out)
        }
        false => Vec::new(),
    };
    Comparison { a: a.title(), b: b.title(), barriers, cautions, rows, left_out, observed }
}

/// The differences of two runs that had the same load.
fn whole_runs(a: &RunReport, b: &RunReport, left_out: &mut Vec<String>) -> Vec<Difference> {
    let mut rows = facts::differences(a, b);
    rows.extend(seconds::differences(&a.history, &b.history, left_out));
    for (one, other) in pairs(a, b, left_out) {
        rows.extend(ranks::endpoint(one, other, left_out));
    }
    rows.extend(ranks::streams(&a.streams, &b.streams, left_out));
    rows
}

/// The endpoints that both runs called.
fn pairs<'a>(
    a: &'a RunReport,
    b: &'a RunReport,
    left_out: &mut Vec<String>,
) -> Vec<(&'a EndpointRow, &'a EndpointRow)> {
    let mut alone = |row: &EndpointRow, run: &str| {
        left_out.push(format!("{} {}: only run {run} called it", row.method, row.name));
    };
    for row in b.endpoints.iter().filter(|row| twin(&a.endpoints, row).is_none()) {
        alone(row, "B");
    }
    let mut pairs = Vec::new();
    for row in &a.endpoints {
        match twin(&b.endpoints, row) {
            Some(other) => pairs.push((row, other)),
            None => alone(row, "A"),
        }
    }
    pairs
}

/// The same endpoint in another run.
fn twin<'a>(rows: &'a [EndpointRow], wanted: &EndpointRow) -> Option<&'a EndpointRow> {
    rows.iter().find(|row| (&row.method, &row.name) == (&wanted.method, &wanted.name))
}
