//! Every reason why a delta does not count, one row each.

use common::stats::{SamplesError, SparseHistogram};

use super::*;

type Row = (&'static str, fn(&mut wire::Delta), DeltaError);

/// What is wrong with the delta 1, and what is said about it.
fn rows() -> Vec<Row> {
    let mut rows = envelopes();
    rows.extend(unknown_names());
    rows.extend(impossible_counts());
    rows.extend(too_much());
    rows
}

fn envelopes() -> Vec<Row> {
    use DeltaError::*;
    vec![
        ("a delta of another run is none of ours", |d| d.run = vec![9; 16], OtherRun),
        ("a delta without a run is none of ours", |d| d.run.clear(), OtherRun),
        (
            "a delta of another incarnation is not its sender's",
            |d| d.incarnation = vec![9; 16],
            OtherIncarnation,
        ),
        ("a delta that comes before the one due waits", |d| d.seq = 3, Gap { expected: 1, got: 3 }),
        ("an empty interval measures nothing", |d| d.to_us = d.from_us, Interval { from_us: 0, to_us: 0 }),
        (
            "an interval does not run backwards",
            |d| (d.from_us, d.to_us) = (9, 8),
            Interval { from_us: 9, to_us: 8 },
        ),
        ("buckets of an unknown layout mean nothing", |d| d.layout = 2, Layout(2)),
        (
            "a histogram that no recorder can have made is refused",
            |d| d.stages[0].endpoints[0].latency.as_mut().unwrap().sum = 1,
            Samples(SamplesError::Contradiction),
        ),
        (
            "so is one of a metric",
            |d| d.stages[0].streams.as_mut().unwrap().metrics[0].samples.as_mut().unwrap().runs.clear(),
            Samples(SamplesError::Malformed),
        ),
    ]
}

fn unknown_names() -> Vec<Row> {
    let unknown = |what, number| DeltaError::Unknown { what, number };
    vec![
        ("no shape has so many stages", |d| d.stages[0].stage = 100_001, unknown("stage", 100_001)),
        (
            "an endpoint has a number below that of the most calls there may be",
            |d| d.stages[0].endpoints[0].endpoint = 32,
            unknown("endpoint", 32),
        ),
        (
            "an endpoint appears once in a stage",
            |d| {
                let again = d.stages[0].endpoints[0].clone();
                d.stages[0].endpoints.push(again);
            },
            unknown("endpoint", 0),
        ),
        (
            "a metric has a name",
            |d| d.stages[0].streams.as_mut().unwrap().metrics[0].metric = 99,
            unknown("metric", 99),
        ),
        (
            "a metric appears once in a stage",
            |d| {
                let streams = d.stages[0].streams.as_mut().unwrap();
                streams.metrics.push(streams.metrics[0].clone());
            },
            unknown("metric", Metric::Ttft as u32),
        ),
        ("a failure is of an endpoint", |d| d.failures[0].endpoint = 32, unknown("endpoint", 32)),
        (
            "a failure has a class",
            |d| d.failures[0].class = FailureClass::ALL.len() as u32,
            unknown("failure class", FailureClass::ALL.len() as u32),
        ),
        ("users are of a class", |d| d.users[0].class = 3, unknown("user class", 3)),
    ]
}

fn impossible_counts() -> Vec<Row> {
    use DeltaError::Impossible;
    vec![
        (
            "no more requests fail than there are",
            |d| d.stages[0].endpoints[0].failures = 4,
            Impossible("requests"),
        ),
        (
            "each failed request has a latency",
            |d| d.stages[0].endpoints[0].failed_latency = None,
            Impossible("requests"),
        ),
        (
            "which is one of all requests",
            |d| d.stages[0].endpoints[0].failed_latency = samples(&[21]),
            Impossible("requests"),
        ),
        (
            "no more streams wait than are in progress",
            |d| d.stages[0].streams.as_mut().unwrap().in_progress = 1,
            Impossible("streams"),
        ),
        (
            "no more streams fail without text than fail",
            |d| d.stages[0].streams.as_mut().unwrap().textless = 1,
            Impossible("streams"),
        ),
        (
            "no machine cuts so many requests",
            |d| d.stages[0].endpoints[0].cut = SparseHistogram::MAX_COUNT + 1,
            Impossible("requests"),
        ),
        (
            "nor do so many people leave",
            |d| d.stages[0].endpoints[0].abandoned = SparseHistogram::MAX_COUNT + 1,
            Impossible("requests"),
        ),
        ("every failure is explained", |d| d.failures.clear(), Impossible("failures")),
        (
            "no failure is explained that is not counted",
            |d| d.failures[0].count = u64::MAX,
            Impossible("failures"),
        ),
        (
            "no more tokens are reported than there are",
            |d| d.stages[0].streams.as_mut().unwrap().tokens_reported = 10,
            Impossible("streams"),
        ),
        (
            "no more streams stall than complete",
            |d| d.stages[0].streams.as_mut().unwrap().stalled = 2,
            Impossible("streams"),
        ),
        (
            "no machine reads so many comments",
            |d| d.stages[0].streams.as_mut().unwrap().comments = u64::MAX,
            Impossible("streams"),
        ),
        ("the id of a trace has 16 bytes", |d| d.failures[0].trace.push(0), Impossible("traces")),
        ("and is not zero", |d| d.slowest[0].trace = vec![0; 16], Impossible("traces")),
        ("no worker runs so many users", |d| d.users[0].peak = u32::MAX, Impossible("users")),
    ]
}

fn too_much() -> Vec<Row> {
    use DeltaError::TooMuch;
    vec![
        ("a delta has at most 1024 stages", |d| d.stages = (0..1025).map(stage).collect(), TooMuch("rows")),
        (
            "a delta has at most 1024 failures",
            |d| d.failures = vec![d.failures[0].clone(); 1025],
            TooMuch("rows"),
        ),
        (
            "a delta has at most 1024 exceptions",
            |d| d.exceptions = vec![d.exceptions[0].clone(); 1025],
            TooMuch("rows"),
        ),
        (
            "a worker has no more slow requests than fit",
            |d| d.slowest = vec![d.slowest[0].clone(); 100_000],
            TooMuch("slow requests"),
        ),
        ("a failure's text is short", |d| d.failures[0].text = "x".repeat(201), TooMuch("failure texts")),
        (
            "a failure's text is printable",
            |d| d.failures[0].text = "\u{1b}[2J".to_owned(),
            TooMuch("failure texts"),
        ),
        (
            "an exception's message is short",
            |d| d.exceptions[0].message = "x".repeat(4097),
            TooMuch("exceptions"),
        ),
        (
            "an exception's traceback is not endless",
            |d| d.exceptions[0].traceback = "x".repeat(65_537),
            TooMuch("exceptions"),
        ),
    ]
}

#[test]
fn a_delta_that_makes_no_sense_changes_no_total_and_the_reason_is_kept() {
    for (sentence, spoil, refusal) in rows() {
        let mut ledger = Ledger::new(RUN);
        let mut spoilt = delta(1);
        spoil(&mut spoilt);
        assert_eq!(merge(&mut ledger, spoilt), Err(refusal.clone()), "{sentence}");
        assert_eq!(ledger.totals.run, common::totals::StageTotals::default(), "{sentence}");
        assert!(
            ledger.totals.segments.is_empty() && ledger.failures.is_empty() && ledger.exceptions.is_empty(),
            "{sentence}"
        );
        assert_eq!(ledger.seconds.end(), 0, "{sentence}");
        let account = ledger.account(0);
        assert_eq!((account.merged, account.requests), (0, 0), "{sentence}");
        assert_eq!(account.refused.iter().collect::<Vec<_>>(), [(&refusal.to_string(), &1)], "{sentence}");
    }
}

#[test]
fn a_delta_refused_at_its_turn_does_not_stop_the_next_ones() {
    let ours = |refusal: &DeltaError| {
        !matches!(refusal, DeltaError::OtherRun | DeltaError::OtherIncarnation | DeltaError::Gap { .. })
    };
    for (sentence, spoil, refusal) in rows() {
        let mut ledger = Ledger::new(RUN);
        let mut spoilt = delta(1);
        spoil(&mut spoilt);
        let _ = merge(&mut ledger, spoilt);
        let due = if ours(&refusal) { 2 } else { 1 };
        assert_eq!(merge(&mut ledger, delta(due)), Ok(MergeOutcome::New), "{sentence}");
        assert_eq!(ledger.totals.run, ledger_of(1).totals.run, "{sentence}");
    }
}

#[test]
fn the_greatest_that_is_allowed_counts() {
    let mut ledger = Ledger::new(RUN);
    let mut greatest = delta(1);
    greatest.to_us = 1_002_000_000;
    greatest.failures[0].text = "x".repeat(200);
    greatest.exceptions[0].message = "x".repeat(4096);
    greatest.stages = (0..1024).map(stage).collect();
    greatest.failures[0].count = 1024;
    assert_eq!(merge(&mut ledger, greatest), Ok(MergeOutcome::New));
}
