//! `summary.json` against its published schema.

use report::json;
use report::rows::{
    BehindRow, BehindRows, Cause, CauseKind, Estimate, LimitRows, ObservedRows, RateLimit, RunReport,
    RungRow, RungVerdict, Saturation, UserLimit, UserVerdict, Verdict,
};
use serde_json::{Value, json};
use testkit::reports::{hostile_texts, observed_samples, report};

const SCHEMA: &str = include_str!("../../schema/summary-v1.json");

/// The published schema, which lets later releases add fields.
fn published() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The same without room for anything that it does not name: what this release writes must be all there.
fn strict(mut schema: Value) -> Value {
    fn close(value: &mut Value) {
        if let Value::Object(fields) = value {
            if fields.contains_key("properties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            fields.values_mut().for_each(close);
        } else if let Value::Array(items) = value {
            items.iter_mut().for_each(close);
        }
    }
    close(&mut schema);
    schema
}

fn written(report: &RunReport) -> Value {
    let mut bytes = Vec::new();
    json::write(&mut bytes, report).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn mistakes(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::new(schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn limits() -> LimitRows {
    LimitRows {
        headline: vec!["It holds 40 users.".to_owned()],
        criteria: vec!["p95<200ms".to_owned()],
        assumed: true,
        users: UserLimit {
            verdict: UserVerdict::Found,
            point: Some(41.5),
            low: 40,
            high: Some(48),
            confirmed: true,
            failed_first: Some("p95<200ms".to_owned()),
        },
        slot_limit: Some(Estimate { estimate: 24.0, low: 23.5, high: 24.5 }),
        knee: Some(Estimate::default()),
        saturation: Some(Saturation { rps: 50.0, streams_per_s: 8.0 }),
        cause: Cause {
            kind: CauseKind::SlotPool,
            evidence: vec!["24 streams at most.".to_owned()],
            ..Cause::default()
        },
        rungs: vec![RungRow {
            verdict: RungVerdict::Fail,
            criteria: vec![Verdict::Fail],
            little: Some(-0.02),
            ..RungRow::default()
        }],
        rate: None,
    }
}

/// Of a search for a rate.
fn rates() -> LimitRows {
    let rung = RungRow { rate: Some(6.36), grew_per_s: Some(0.2), dropped: Some(3), ..RungRow::default() };
    let rate = RateLimit {
        verdict: UserVerdict::Found,
        point: Some(6.2),
        low: 6.05,
        high: Some(6.36),
        served: Some(Estimate { estimate: 6.2, low: 6.1, high: 6.3 }),
        confirmed: true,
        failed_first: None,
    };
    LimitRows { rate: Some(rate), rungs: vec![rung], ..limits() }
}

#[test]
fn the_schema_is_a_schema() {
    let schema = published();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    assert_eq!(schema["properties"]["schema"]["const"], json::SCHEMA);
}

#[test]
fn every_summary_keeps_to_the_schema_and_the_schema_names_every_field() {
    let schema = strict(published());
    let with_limits = RunReport { limits: Some(limits()), ..report() };
    let with_rates = RunReport { limits: Some(rates()), ..report() };
    let hostile = hostile_texts().into_iter().map(|text| {
        let mut report = report();
        text.clone_into(&mut report.facts.shape);
        report.failures.iter_mut().for_each(|row| text.clone_into(&mut row.text));
        report
    });
    let mut observed = report();
    observed.observed = ObservedRows::of(observed_samples(), &observed.stages, &observed.history);
    let rows = vec![BehindRow::default()];
    let behind = RunReport { behind: Some(BehindRows { rows, ..BehindRows::default() }), ..report() };
    let reports = [report(), RunReport::default(), with_limits, with_rates, observed, behind];
    for report in reports.into_iter().chain(hostile) {
        assert_eq!(mistakes(&schema, &written(&report)), [""; 0]);
    }
}

#[test]
fn a_field_that_is_missing_or_of_another_kind_is_caught_and_a_new_one_is_not() {
    let schema = published();
    let mut document = written(&report());
    document["run"]["new_field"] = json!(1);
    assert_eq!(mistakes(&schema, &document), [""; 0]);
    for (pointer, value) in [
        ("/schema", json!("loadtests/summary/v2")),
        ("/total/count", json!("8")),
        ("/endpoints/0/failures", json!(-1)),
        ("/thresholds/0/verdict", json!("maybe")),
        ("/streams/started", json!(1.5)),
        ("/workers/0/lost_spans", json!(null)),
    ] {
        let mut broken = document.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert_eq!(mistakes(&schema, &broken).len(), 1, "{pointer}");
    }
    document["run"].as_object_mut().unwrap().remove("shape");
    assert_eq!(mistakes(&schema, &document).len(), 1);
}
