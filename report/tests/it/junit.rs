//! Thresholds as JUnit XML.

use report::junit;
use report::rows::{RunEnd, RunReport};
use testkit::reports::{hostile_texts, report};

fn written(report: &RunReport) -> String {
    let mut bytes = Vec::new();
    junit::write(&mut bytes, report).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_file_of_a_known_run() {
    insta::assert_snapshot!("junit", written(&report()));
}

#[test]
fn a_run_without_thresholds_is_a_test_of_its_own() {
    let sound = RunReport { thresholds: Vec::new(), ..report() };
    let text = written(&sound);
    assert!(text.contains(r#"tests="1""#) && text.contains(r#"errors="0""#), "{text}");
    let mut aborted = sound;
    aborted.facts.end = RunEnd::Aborted;
    for report in [aborted, RunReport::default()] {
        let text = written(&report);
        assert!(text.contains(r#"errors="1""#), "nothing measured is no pass: {text}");
    }
}

#[test]
fn no_text_leaves_its_place() {
    let tags = |text: &str| text.matches('<').count();
    let harmless = tags(&written(&with_text("harmless")));
    for hostile in hostile_texts() {
        let text = written(&with_text(&hostile));
        assert_eq!(tags(&text), harmless, "{hostile:?}: {text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{hostile:?}");
        // Whoever reads it gets it whole.
        quick_junit::Report::deserialize_from_str(&text).unwrap();
    }
}

fn with_text(text: &str) -> RunReport {
    let mut report = report();
    text.clone_into(&mut report.facts.shape);
    report.thresholds.iter_mut().for_each(|row| text.clone_into(&mut row.expr));
    report.thresholds.iter_mut().for_each(|row| row.why = Some(text.to_owned()));
    report.notes.iter_mut().for_each(|note| text.clone_into(&mut note.text));
    report
}
