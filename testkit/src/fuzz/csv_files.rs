//! The files that `controller report` reads.

use std::path::PathBuf;

use report::csv::{EXCEPTIONS, FAILURES, HISTORY, STAGES, STATS, STREAMS_HISTORY, WORKERS};
use report::read::CsvSet;
use report::rows::RunReport;
use report::style::Paint;
use report::{csv, json, markdown, terminal};

use super::csv_rows as rows;

/// Panics if CSV files of these bytes break a promise. The first byte says which of the eight files
/// the rest is (bits 0 to 2), whether its header stands before the rest (bit 3) and whether the
/// other files are there, too (bit 4).
///
/// - No file panics, and what is refused is told in one line.
/// - What is read can be shown by every face of the report.
/// - Written as CSV and read again it has the same totals.
pub fn read_and_render(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let mut set = if first & 16 == 0 { CsvSet::default() } else { whole() };
    set.prefix = PathBuf::from("results/fuzz");
    if set.stats.is_empty() {
        set.stats = file(&STATS, rows::STATS.as_bytes());
    }
    put(&mut set, first & 7, first & 8 != 0, rest);
    match set.parse() {
        Ok(report) => shows(&report),
        Err(error) => {
            let told = error.to_string();
            assert!(!told.is_empty() && !told.chars().any(char::is_control), "{told:?}");
        }
    }
}

fn put(set: &mut CsvSet, number: u8, headed: bool, rest: &[u8]) {
    let with = |header: &[&str]| if headed { file(header, rest) } else { rest.to_vec() };
    match number {
        0 => set.stats = with(&STATS),
        1 => set.history = Some(with(&HISTORY)),
        2 => set.failures = Some(with(&FAILURES)),
        3 => set.exceptions = Some(with(&EXCEPTIONS)),
        4 => set.streams = Some(with(&STATS)),
        5 => set.stages = Some(with(&STAGES)),
        7 => set.streams_history = Some(with(&STREAMS_HISTORY)),
        _ => set.workers = Some(with(&WORKERS)),
    }
}

fn shows(report: &RunReport) {
    let markdown = markdown::render(report).unwrap_or_default();
    assert!(markdown.contains("Aggregated"), "{markdown}");
    let mut bytes = Vec::new();
    assert!(json::write(&mut bytes, report).is_ok());
    assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
    assert!(!terminal::summary(report, &[], Paint { colour: true }).is_empty());

    let again = rewritten(report).parse();
    let totals = |report: &RunReport| {
        let streams = (report.streams.completed, report.streams.metrics.len());
        let rows =
            (report.endpoints.len(), report.history.len(), report.failures.len(), report.workers.len());
        (report.total.count, report.total.failures, streams, rows)
    };
    assert_eq!(again.as_ref().map(totals).map_err(ToString::to_string), Ok(totals(report)));
}

/// The report's own CSV files.
fn rewritten(report: &RunReport) -> CsvSet {
    let bytes = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut bytes = Vec::new();
        assert!(write(&mut bytes).is_ok());
        bytes
    };
    CsvSet {
        prefix: PathBuf::from("results/again"),
        stats: bytes(&|out| csv::stats(out, report)),
        history: Some(bytes(&|out| csv::history(out, &report.history))),
        failures: Some(bytes(&|out| csv::failures(out, report))),
        exceptions: Some(bytes(&|out| csv::exceptions(out, report))),
        streams: Some(bytes(&|out| csv::streams(out, report))),
        streams_history: Some(bytes(&|out| csv::streams_history(out, &report.history))),
        stages: Some(bytes(&|out| csv::stages(out, report))),
        workers: Some(bytes(&|out| csv::workers(out, report))),
    }
}

/// A set in which every file is there.
pub fn whole() -> CsvSet {
    CsvSet {
        prefix: PathBuf::from("results/whole"),
        stats: file(&STATS, rows::STATS.as_bytes()),
        history: Some(file(&HISTORY, rows::HISTORY.as_bytes())),
        failures: Some(file(&FAILURES, rows::FAILURES.as_bytes())),
        exceptions: Some(file(&EXCEPTIONS, rows::EXCEPTIONS.as_bytes())),
        streams: Some(file(&STATS, rows::STREAMS.as_bytes())),
        streams_history: Some(file(&STREAMS_HISTORY, rows::STREAMS_HISTORY.as_bytes())),
        stages: Some(file(&STAGES, rows::STAGES.as_bytes())),
        workers: Some(file(&WORKERS, rows::WORKERS.as_bytes())),
    }
}

fn file(header: &[&str], rows: &[u8]) -> Vec<u8> {
    [header.join(",").as_bytes(), b"\r\n", rows].concat()
}
