//! Whose time users waited, in every face that says it.

use std::path::Path;

use report::files::{CsvFile, Output, OutputPlan, Outputs};
use report::rows::{AGGREGATED, BehindPart, BehindRow, BehindRows, RunReport};
use report::style::Paint;
use report::{html, json, markdown, read_prefix, terminal};
use testkit::reports::report;

const TOLD: &str = "The model answered in 200 ms at every load; with 48 users 850 ms of the 1.05 s to the first token were \
                    spent in front of it.";

fn row(stage: &str, part: BehindPart, count: u64) -> BehindRow {
    let ms = |value: f64| Some(value).filter(|_| count > 0);
    BehindRow {
        stage: stage.to_owned(),
        method: "POST".to_owned(),
        name: "/chat/stream".to_owned(),
        part,
        asked: 60,
        joined: 60,
        served: 61,
        count,
        seen_p50_ms: ms(1050.25),
        seen_p95_ms: ms(1100.0),
        seen_p99_ms: ms(1200.0),
        model_p50_ms: ms(200.5),
        model_p95_ms: ms(201.0),
        model_p99_ms: ms(202.0),
        application_p50_ms: ms(849.75),
        application_p95_ms: ms(899.0),
        application_p99_ms: ms(998.0),
    }
}

fn behind() -> BehindRows {
    BehindRows {
        place: "http://127.0.0.1:9000".to_owned(),
        asked: 60,
        by_trace: 59,
        by_nonce: 1,
        several: 1,
        served: 64,
        served_joined: 61,
        read: 12,
        sentence: Some(TOLD.to_owned()),
        rows: vec![
            row("48 users", BehindPart::FirstToken, 58),
            row("48 users", BehindPart::Output, 0),
            row(AGGREGATED, BehindPart::Answer, 58),
        ],
        ..BehindRows::default()
    }
}

fn with_model() -> RunReport {
    RunReport { behind: Some(behind()), ..report() }
}

#[test]
fn every_face_for_people_says_whose_time_it_was_and_how_that_is_known() {
    let report = with_model();
    let place = html::Place { folder: Path::new(""), files: &[], nonce: "nonce" };
    let faces = [
        terminal::summary(&report, &[], Paint { colour: false }, 80),
        markdown::render(&report).unwrap(),
        html::render(&report, place).unwrap(),
    ];
    for face in faces {
        let face = face.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in
            [TOLD, "60 of 60 questions were found at the model", "3 of its 64 requests were for none of them"]
        {
            assert!(face.contains(said), "{said}: {face}");
        }
    }
    assert!(!markdown::render(&testkit::reports::report()).unwrap().contains("The model behind"));
}

#[test]
fn where_not_one_question_was_found_it_says_why() {
    let why = "The application hands no `traceparent` on.";
    let lost = BehindRows {
        asked: 71,
        by_trace: 0,
        by_nonce: 0,
        several: 0,
        served: 71,
        served_joined: 0,
        sentence: None,
        unfound: Some(why.to_owned()),
        ..behind()
    };
    let report = RunReport { behind: Some(lost), ..report() };
    let said = terminal::summary(&report, &[], Paint { colour: false }, 80);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted = format!(
        "Of 71 questions none was found at the model. {why} Of its 71 requests none was for any of them."
    );
    assert!(said.contains(&wanted), "{said}");
    let one = BehindRows { asked: 2, by_trace: 1, by_nonce: 0, served: 2, served_joined: 1, ..behind() };
    let report = RunReport { behind: Some(one), ..report };
    let said = terminal::summary(&report, &[], Paint { colour: false }, 80);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains(
            "1 of 2 questions was found at the model, by `traceparent`. 1 of its 2 requests was for"
        ),
        "{said}"
    );
}

#[test]
fn files_keep_every_row_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("staged");
    let plan =
        OutputPlan { csv: Some(Output::new("--csv", &prefix)), has_model: true, ..OutputPlan::default() };
    let mut outputs = Outputs::open(plan).unwrap();
    let report = with_model();
    outputs.finish(&report, "nonce").1.unwrap();
    assert!(CsvFile::Behind.path(&prefix).exists());
    let read = read_prefix(&prefix).unwrap().behind.unwrap();
    assert_eq!(read.rows, behind().rows);
    assert_eq!((read.asked, read.served_joined), (60, 61));

    let mut bytes = Vec::new();
    json::write(&mut bytes, &report).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let written: BehindRows = serde_json::from_value(summary["behind"].clone()).unwrap();
    assert_eq!(written, behind());
}
