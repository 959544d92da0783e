//! When a run is ended early, and how seldom by chance.

use std::borrow::Cow;

use common::api::Api;
use common::class::ClassSet;
use common::shape::{Shape, Stage};
use common::stats::{Histogram, Recorder};
use rand::{RngExt, SeedableRng};

use super::*;
use crate::threshold::{ThresholdContext, parse, resolve, rows};
use crate::{Evidence, GeneratorLoad, Second};
use common::segment::Segment;
use common::totals::{StageTotals, Totals};

/// Two stages of 10 s: 20 users at 5/s, then the same without a ramp.
fn shape() -> Shape {
    let stage = |name: &str| Stage {
        name: name.to_owned(),
        duration: Duration::from_secs(10),
        users: 20,
        spawn_rate: 5.0,
        classes: ClassSet::ALL,
        arrivals: None,
    };
    Shape { name: "test".to_owned(), stages: vec![stage("one"), stage("two")], mock_llm: false }
}

fn rule(expr: &str) -> Rule {
    let (shape, endpoints) = (shape(), Api::default().endpoints());
    resolve(
        &parse(expr).unwrap(),
        &ThresholdContext { shape: &shape, endpoints: &endpoints, no_streams: None },
    )
    .unwrap()
}

/// Totals in which `count` requests of 10 ms, of which `failures` failed, started in a stage.
fn totals(stage: u32, count: usize, failures: u64) -> Totals {
    let mut recorder = Recorder::default();
    (0..count).for_each(|_| recorder.record(10_000));
    let mut totals = StageTotals::default();
    totals.endpoints[0].latency.merge(&recorder.drain());
    totals.endpoints[0].failures = failures;
    let segment = Segment { stage: stage as usize, measured: true };
    Totals { run: totals.clone(), segments: [(segment, totals)].into() }
}

fn breached(expr: &str, totals: &Totals, second: u64, validity: &Validity) -> bool {
    let rules = [rule("p95<60min"), rule(expr)];
    let timeline = Timeline::of(shape());
    let sources = Sources { timeline: &timeline, totals, evidence: &Evidence::default() };
    let breach = Watch::new(&timeline).look(&rules, sources, Duration::from_secs(second), validity);
    if let Some(breach) = &breach {
        assert_eq!((breach.expr.as_str(), breach.at), (expr, Duration::from_secs(second)));
    }
    breach.is_some()
}

#[test]
fn a_run_is_ended_when_the_failure_is_beyond_doubt_and_not_before() {
    const SOUND: Validity = Validity { lost: false, below_target: false };
    let slow = totals(0, 1000, 0);
    let rows = [
        ("p95<9ms", &slow, 4, SOUND, true, "the ramp ends after 4 s"),
        ("p95<9ms", &slow, 3, SOUND, false, "during the first stage's ramp"),
        (
            "p95<9ms",
            &slow,
            4,
            Validity { lost: true, ..SOUND },
            true,
            "slow with less load is slow with more",
        ),
        ("p95<11ms", &slow, 4, SOUND, false, "it is kept"),
        ("max<9ms", &totals(0, 1, 0), 4, SOUND, true, "one value above is enough"),
        ("p95<9ms", &totals(0, 20, 0), 4, SOUND, false, "too few samples"),
        (
            "failures<1%",
            &totals(0, 1000, 20),
            4,
            SOUND,
            false,
            "2 % of 1000 may be chance once in ten thousand",
        ),
        ("failures<1%", &totals(0, 1000, 50), 4, SOUND, true, "5 % of 1000 are not"),
        ("failures<=0%", &totals(0, 5, 1), 4, SOUND, true, "one failure is one too many"),
        ("rps>1000", &slow, 15, SOUND, false, "the rate of the run is known at its end"),
        ("stage \"one\":rps>1000", &slow, 11, SOUND, false, "deltas of the stage may still come"),
        ("stage \"one\":rps>1000", &slow, 12, SOUND, true, "the stage is over"),
        ("stage \"one\":rps>90", &slow, 12, SOUND, false, "100 per second it was"),
        ("stage \"two\":p95<9ms", &slow, 12, SOUND, false, "nothing of that stage came yet"),
    ];
    for (expr, totals, second, validity, expected, why) in rows {
        assert_eq!(breached(expr, totals, second, &validity), expected, "{expr} at {second} s: {why}");
    }
}

#[test]
fn what_happened_in_one_stage_spoils_no_threshold_of_another() {
    let timeline = Timeline::of(shape());
    let mut evidence = Evidence::default();
    for second in 0..20 {
        let lost_permille = if second < 10 { 51 } else { 0 };
        let load = GeneratorLoad { lost_permille, ..GeneratorLoad::default() };
        evidence.push(Second { users: 20, target: 20, load, ..Second::default() });
    }
    let mut totals = totals(0, 1000, 0);
    totals.segments.insert(Segment { stage: 1, measured: true }, totals.run.clone());
    let sources = Sources { timeline: &timeline, totals: &totals, evidence: &evidence };
    let rules =
        ["p95<60s", "stage \"one\":p95<60s", "stage \"two\":p95<60s", "stage \"two\":p95<9ms"].map(rule);
    let spoilt = Validity { lost: true, ..Validity::default() };
    let verdicts = rows(&rules, sources, |_| 10.0, &spoilt);
    let verdicts: Vec<Verdict> = verdicts.iter().map(|row| row.verdict).collect();
    assert_eq!(verdicts, [Verdict::Undetermined, Verdict::Undetermined, Verdict::Pass, Verdict::Fail]);
    let aborts = Watch::new(&timeline).look(&rules, sources, Duration::from_secs(19), &spoilt);
    assert_eq!(aborts.map(|breach| breach.expr), Some(rules[3].text.clone()));
}

#[test]
fn a_run_that_just_keeps_its_threshold_is_hardly_ever_ended_by_chance() {
    // The truth lies on the bound: the worst case. 600 looks, one a second, at 40 requests/s.
    let written = parse("p95<=95ms").unwrap().threshold;
    let ended = |seed: &u64| {
        let mut random = rand::rngs::StdRng::seed_from_u64(*seed);
        let (mut histogram, mut recorder) = (Histogram::default(), Recorder::default());
        (0..600).any(|_| {
            (0..40)
                .for_each(|_| recorder.record(if random.random::<f64>() < 0.95 { 50_000 } else { 150_000 }));
            histogram.merge(&recorder.drain());
            let sample = crate::threshold::Sample::Values(Cow::Borrowed(&histogram));
            let outcome = judge(&written, &sample.into(), &Validity::default(), Confidence::ABORT);
            outcome.verdict == Verdict::Fail && outcome.samples >= MIN_SAMPLES
        })
    };
    let ended = (0..50).filter(ended).count();
    assert!(ended <= 1, "ended {ended} of 50 runs that keep their threshold");
}

#[test]
fn the_note_says_when_and_why() {
    let breach = Breach { expr: "p95<9ms".to_owned(), at: Duration::from_millis(4250) };
    assert_eq!(
        breach.note().text,
        "The run was ended at second 4.2 because the threshold p95<9ms was failed beyond doubt (--abort-on-fail); \
         leave the flag out to measure to the end."
    );
}
