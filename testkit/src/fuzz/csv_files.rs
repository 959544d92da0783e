//! The files that `controller report` reads.

use std::path::PathBuf;

use report::files::CsvFile;
use report::read::CsvSet;
use report::rows::RunReport;
use report::style::Paint;
use report::{csv, json, markdown, terminal};

use super::csv_rows as rows;

/// Panics if CSV files of these bytes break a promise. The first byte says which of ten files
/// the rest is (bits 0 to 2, or bits 5 and 6), whether its header stands before the rest (bit 3) and whether the
/// other files are there, too (bit 4).
///
/// - No file panics, and what is refused is reported in one line.
/// - What is read can be shown by every face of the report.
/// - Written as CSV and read again it has the same totals.
pub fn read_and_render(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let mut set = if first & 16 == 0 { CsvSet::default() } else { whole() };
    set.prefix = PathBuf::from("results/fuzz");
    if set.stats.is_empty() {
        set.stats = file(CsvFile::Stats, rows::STATS.as_bytes());
    }
    let number = if first & 32 == 0 { first & 7 } else { 8 + (first >> 6 & 1) };
    put(&mut set, number, first & 8 != 0, rest);
    match set.parse() {
        Ok(report) => shows(&report),
        Err(error) => {
            let message = error.to_string();
            assert!(!message.is_empty() && !message.chars().any(char::is_control), "{message:?}");
        }
    }
}

fn put(set: &mut CsvSet, number: u8, headed: bool, rest: &[u8]) {
    let with = |csv: CsvFile| if headed { file(csv, rest) } else { rest.to_vec() };
    match number {
        0 => set.stats = with(CsvFile::Stats),
        1 => set.history = Some(with(CsvFile::History)),
        2 => set.failures = Some(with(CsvFile::Failures)),
        3 => set.exceptions = Some(with(CsvFile::Exceptions)),
        4 => set.streams = Some(with(CsvFile::Streams)),
        5 => set.stages = Some(with(CsvFile::Stages)),
        8 => set.slowest = Some(with(CsvFile::Slowest)),
        9 => set.behind = Some(with(CsvFile::Behind)),
        7 => set.streams_history = Some(with(CsvFile::StreamsHistory)),
        _ => set.workers = Some(with(CsvFile::Workers)),
    }
}

fn shows(report: &RunReport) {
    let markdown = markdown::render(report).unwrap_or_default();
    assert!(markdown.contains("Aggregated"), "{markdown}");
    let mut bytes = Vec::new();
    assert!(json::write(&mut bytes, report).is_ok());
    assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
    assert!(!terminal::summary(report, &[], Paint { colour: true }, 80).is_empty());

    let again = rewritten(report).parse();
    let totals = |report: &RunReport| {
        let streams = (report.streams.counts.completed, report.streams.metrics.len());
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
        stats: bytes(&|out| csv::write(CsvFile::Stats, out, report)),
        history: Some(bytes(&|out| csv::write(CsvFile::History, out, report))),
        failures: Some(bytes(&|out| csv::write(CsvFile::Failures, out, report))),
        exceptions: Some(bytes(&|out| csv::write(CsvFile::Exceptions, out, report))),
        streams: Some(bytes(&|out| csv::write(CsvFile::Streams, out, report))),
        streams_history: Some(bytes(&|out| csv::write(CsvFile::StreamsHistory, out, report))),
        stages: Some(bytes(&|out| csv::write(CsvFile::Stages, out, report))),
        workers: Some(bytes(&|out| csv::write(CsvFile::Workers, out, report))),
        slowest: Some(bytes(&|out| csv::write(CsvFile::Slowest, out, report))),
        observed: Some(bytes(&|out| csv::write(CsvFile::Observed, out, report))),
        behind: Some(bytes(&|out| csv::write(CsvFile::Behind, out, report))),
    }
}

/// A set in which every file is there.
pub fn whole() -> CsvSet {
    CsvSet {
        prefix: PathBuf::from("results/whole"),
        stats: file(CsvFile::Stats, rows::STATS.as_bytes()),
        history: Some(file(CsvFile::History, rows::HISTORY.as_bytes())),
        failures: Some(file(CsvFile::Failures, rows::FAILURES.as_bytes())),
        exceptions: Some(file(CsvFile::Exceptions, rows::EXCEPTIONS.as_bytes())),
        streams: Some(file(CsvFile::Streams, rows::STREAMS.as_bytes())),
        streams_history: Some(file(CsvFile::StreamsHistory, rows::STREAMS_HISTORY.as_bytes())),
        stages: Some(file(CsvFile::Stages, rows::STAGES.as_bytes())),
        workers: Some(file(CsvFile::Workers, rows::WORKERS.as_bytes())),
        slowest: Some(file(CsvFile::Slowest, rows::SLOWEST.as_bytes())),
        observed: Some(file(CsvFile::Observed, rows::OBSERVED.as_bytes())),
        behind: Some(file(CsvFile::Behind, rows::BEHIND.as_bytes())),
    }
}

fn file(csv: CsvFile, rows: &[u8]) -> Vec<u8> {
    [csv::header(csv).join(",").as_bytes(), b"\r\n", rows].concat()
}
