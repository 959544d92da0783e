//! What was observed inside, in every face, and read back.

use std::path::Path;

use report::files::{CsvFile, Output, OutputPlan, Outputs};
use report::rows::{ObservedRows, ObserverRow, RunReport};
use report::{html, json, markdown, read_prefix};
use testkit::reports::{observed_samples, report};

fn observed() -> RunReport {
    let mut report = report();
    report.observed = ObservedRows::of(observed_samples(), &report.stages, &report.history);
    report
}

fn text(write: impl Fn(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_face_shows_it_and_nothing_in_a_name_breaks_one() {
    let report = observed();
    let place = || html::Place { folder: Path::new(""), files: &[], nonce: "nonce" };
    let page = text(|out| html::write(out, &report, place()));
    assert!(page.contains("id=\"chart-observed-0\"") && page.contains("id=\"observed\""));
    assert!(!page.contains("<b>|`") && page.contains("own{x=&quot;&lt;b&gt;|`&quot;}"));
    let ticket = text(|out| markdown::write(out, &report));
    assert!(ticket.contains("## Observed inside") && ticket.contains("requests\\_waiting"));
    assert!(!ticket.contains("<b>"), "{ticket}");
    let summary: serde_json::Value = serde_json::from_str(&text(|out| json::write(out, &report))).unwrap();
    let series = summary["observed"]["series"].as_array().unwrap();
    assert_eq!((series.len(), series[0]["stages"][1]["stage"].as_str()), (3, Some("10 users")));
    assert_eq!(series[0].get("points"), None, "they stand in their own file");
    let without = text(|out| html::write(out, &testkit::reports::report(), place()));
    assert!(!without.contains("id=\"observed\""));
}

/// An observer that was never answered has no series to be missed by: it must be named.
#[test]
fn an_observer_that_was_never_answered_is_named_at_the_top_of_its_part() {
    let silent = ObserverRow {
        name: "engine".to_owned(),
        place: "http://gpu/metrics".to_owned(),
        missed: 9,
        trouble: Some("Connection refused".to_owned()),
        ..ObserverRow::default()
    };
    let place = || html::Place { folder: Path::new(""), files: &[], nonce: "nonce" };
    for base in [report(), observed()] {
        let mut report = base;
        report.observed.observers.push(silent.clone());
        let page = text(|out| html::write(out, &report, place()));
        let part = page.split_once("id=\"observed\"").map(|(_, part)| part).unwrap();
        let said = part.find("The observer engine at http:").unwrap();
        assert!(part.find("<table").is_none_or(|table| said < table), "{part}");
        assert!(part.contains("saw nothing: its 9 looks came to nothing"), "{part}");
        let ticket = text(|out| markdown::write(out, &report));
        let part = ticket.split_once("## Observed inside").map(|(_, part)| part).unwrap();
        assert!(part.trim_start().starts_with("**The observer engine at"), "{part}");
    }
}

#[test]
fn its_file_grows_line_by_line_and_reads_back() {
    let root = tempfile::tempdir().unwrap();
    let csv = Some(Output::new("--csv", root.path().join("staged")));
    let mut outputs = Outputs::open(OutputPlan { csv, observes: true, ..OutputPlan::default() }).unwrap();
    let report = observed();
    report.history.iter().for_each(|row| outputs.append_second(row).unwrap());
    for samples in observed_samples().chunks(7) {
        outputs.append_observed(samples.to_vec()).unwrap();
    }
    let (files, done) = outputs.finish(&report, "nonce");
    done.unwrap();
    let prefix = root.path().join("staged");
    let path = CsvFile::Observed.path(&prefix);
    assert!(files.contains(&path), "{files:?}");
    let content = std::fs::read_to_string(&path).unwrap();
    assert_eq!(content.lines().next(), Some("Elapsed,Name,Series,Value"));
    let sorted = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let whole = text(|out| report::csv::write(CsvFile::Observed, out, &report));
    assert!(sorted(&content) == sorted(&whole), "the same lines, each second in its own order");
    assert!(read_prefix(&prefix).unwrap().observed == report.observed, "the same rows");
    // A killed controller leaves a line that is cut off.
    std::fs::write(&path, &content[..content.len() - 3]).unwrap();
    let read = read_prefix(&prefix).unwrap().observed;
    assert_eq!(read.samples().len(), report.observed.samples().len() - 1);
}

#[test]
fn a_run_that_nobody_observed_has_no_such_file() {
    let root = tempfile::tempdir().unwrap();
    let csv = Some(Output::new("--csv", root.path().join("staged")));
    let mut outputs = Outputs::open(OutputPlan { csv, ..OutputPlan::default() }).unwrap();
    let (files, done) = outputs.finish(&report(), "nonce");
    done.unwrap();
    assert!(!files.contains(&CsvFile::Observed.path(&root.path().join("staged"))));
}
