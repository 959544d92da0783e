//! Thresholds as JUnit XML, for those who show test results.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::headline::headline;
use super::rows::{RunEnd, RunReport, ThresholdRow, Verdict};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, plain};
use common::text::number::counted;

/// Writes a test case for each threshold, and one for the run itself: a run without thresholds is no
/// empty file, and one that could not be measured is no pass.
pub fn write(out: impl Write, report: &RunReport) -> io::Result<()> {
    let shape = plain(&report.facts.shape, MAX_TEXT);
    let time = Duration::try_from_secs_f64(report.facts.duration_s.unwrap_or(0.0)).unwrap_or_default();
    let mut suite = TestSuite::new(format!("loadtests.{shape}"));
    suite.set_time(time);
    suite.add_test_case(run(report, &shape));
    suite.add_test_cases(report.thresholds.iter().map(|row| threshold(row, &shape)));
    let mut all = Report::new("loadtests");
    all.set_time(time);
    all.add_test_suite(suite);
    all.serialize(out).map_err(io::Error::other)
}

fn run(report: &RunReport, shape: &str) -> TestCase {
    let measured = report.total.count > 0 && !matches!(report.facts.end, RunEnd::Running | RunEnd::Aborted);
    let summary = headline(report).join(" ");
    let status = match measured {
        true => TestCaseStatus::success(),
        false => wrong(NonSuccessKind::Error, "not measured", &summary),
    };
    let mut case = TestCase::new("the run was carried out and measured", status);
    case.set_classname(format!("loadtests.{shape}.run"));
    let notes = report
        .notes
        .iter()
        .map(|note| format!("{}: {}", note.severity.name(), plain(&note.text, MAX_SENTENCE)));
    case.set_system_out([summary].into_iter().chain(notes).collect::<Vec<_>>().join("\n"));
    case
}

fn threshold(row: &ThresholdRow, shape: &str) -> TestCase {
    let actual = row.measured().unwrap_or_else(|| "nothing".to_owned());
    let interval = row.interval().map(|interval| format!(" (95 % interval: {interval})"));
    let samples = counted(row.samples, "sample");
    let measured = format!("measured {actual}{} over {samples}", interval.unwrap_or_default());
    let status = match row.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail => wrong(NonSuccessKind::Failure, "missed", &measured),
        Verdict::Undetermined => {
            let why = row.why.as_deref().unwrap_or("it is undetermined");
            wrong(NonSuccessKind::Error, "undetermined", &format!("{}; {measured}", plain(why, MAX_SENTENCE)))
        }
    };
    let mut case = TestCase::new(plain(&row.expr, MAX_TEXT), status);
    case.set_classname(format!("loadtests.{shape}.threshold"));
    case.set_system_out(measured);
    case
}

fn wrong(kind: NonSuccessKind, what: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(what).set_message(message);
    status
}
