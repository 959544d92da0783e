//! What stands below the tables.

use super::view::{MAX_FAILURES, MAX_OBSERVED, MAX_SLOWEST};
use crate::rows::RunReport;
use crate::tables::{apart, behind, slowest};
use common::text::number::{counted, more_in_file};

pub fn endpoints(report: &RunReport) -> String {
    let mut caption =
        "Count holds every request sent, failed ones too; latency holds failed ones too.".to_owned();
    if report.streams.any() {
        caption += " ";
        caption += apart::SENTENCE;
    }
    if report.total.cut > 0 {
        caption += &format!(
            " The load test itself cut {} at a stop: they count, but have no latency.",
            counted(report.total.cut, "request")
        );
    }
    if report.total.abandoned > 0 {
        caption += &format!(
            " Users left {} before the end, as the load asks for: they count, but have no latency.",
            counted(report.total.abandoned, "stream")
        );
    }
    if !report.facts.source.is_locust() {
        caption += " Percentiles are nearest ranks, at most 0.1 % above the sample.";
    }
    caption
}

/// What stands in place of the tables when there is no row.
pub(crate) fn no_failures(report: &RunReport) -> String {
    match report.total.failures {
        0 => "None.".to_owned(),
        failures => format!("{}, of which the kinds are not known.", counted(failures, "failure")),
    }
}

pub fn failures(report: &RunReport) -> Option<String> {
    let hidden = report.failures.len().saturating_sub(MAX_FAILURES);
    more_in_file(hidden as u64, "kind", "`_failures.csv`")
}

pub(crate) fn slowest(report: &RunReport) -> String {
    let mut caption = format!(
        "Of each endpoint the {MAX_SLOWEST} slowest good answers, and first tokens; sent so long after the start. {}",
        slowest::USERS
    );
    let hidden = report.slowest.len() - slowest::first(&report.slowest, MAX_SLOWEST).count();
    caption.extend(more_in_file(hidden as u64, "request", "`_slowest.csv`").map(|more| format!(" {more}")));
    caption
}

pub(crate) fn behind(report: &RunReport) -> String {
    report.behind.as_ref().map(behind::sentences).unwrap_or_default().join(" ")
}

pub(crate) fn observed(report: &RunReport) -> String {
    let hidden = report.observed.series.len().saturating_sub(MAX_OBSERVED);
    let mut caption =
        "Means at the measured part of the stages with the fewest and the most users; what moved most with \
                       the users first. A counter is its rate per second."
            .to_owned();
    caption.extend(more_in_file(hidden as u64, "series", "`_observed.csv`").map(|more| format!(" {more}")));
    caption
}
