//! Totals by endpoint and stage, and the bounded tables of failures and exceptions.

use super::*;
use common::segment::Segment;
use common::slowest::SLOWEST;
use common::trace::TraceId;

fn key(words: &str) -> FailureKey {
    FailureKey { endpoint: 0, class: FailureClass::Http5xx, words: words.to_owned() }
}

#[test]
fn everything_a_delta_says_is_in_the_totals() {
    let ledger = ledger_of(2);
    let endpoint = &ledger.totals.run.endpoints[0];
    assert_eq!((endpoint.failed.count(), endpoint.failed.sum()), (2, 2 * 20));
    assert_eq!((endpoint.latency.count(), endpoint.failures, endpoint.cut, endpoint.bytes), (6, 2, 4, 1280));
    assert_eq!((endpoint.count(), endpoint.latency.sum()), (10, 2 * 3030));
    assert_eq!(endpoint, &ledger.totals.run.all(), "nothing was sent to another endpoint");
    let streams = &ledger.totals.run.streams;
    let counts = &streams.counts;
    assert_eq!((counts.begun, counts.textless), (4, 0));
    assert_eq!((counts.completed, counts.chunks, counts.tokens, streams.count()), (2, 16, 18, 2));
    assert_eq!(streams.metrics[Metric::Ttft as usize].count(), 2);
}

#[test]
fn streams_that_were_left_count_and_have_no_time() {
    let mut ledger = ledger_of(1);
    let mut left = stage(0);
    left.endpoints[0].abandoned = 5;
    left.streams.as_mut().unwrap().abandoned = 5;
    let before = ledger.totals.run.clone();
    merge(&mut ledger, wire::Delta { stages: vec![left], ..delta(2) }).unwrap();
    let (endpoint, streams) = (&ledger.totals.run.endpoints[0], &ledger.totals.run.streams);
    assert_eq!((endpoint.abandoned, streams.counts.abandoned), (5, 5));
    assert_eq!(endpoint.count(), 2 * before.endpoints[0].count() + 5);
    assert_eq!(streams.count(), 2 * before.streams.count() + 5);
    assert_eq!(endpoint.latency.count(), 2 * before.endpoints[0].latency.count());
}

#[test]
fn the_stages_add_up_to_the_whole() {
    let mut ledger = ledger_of(1);
    merge(&mut ledger, wire::Delta { stages: vec![stage(1)], ..delta(2) }).unwrap();
    assert_eq!(ledger.totals.segments.len(), 2);
    assert_eq!(
        ledger.totals.segments[&Segment::from_number(0)],
        ledger.totals.segments[&Segment::from_number(1)]
    );
    let sum: u64 = ledger.totals.segments.values().map(|stage| stage.all().count()).sum();
    assert_eq!(sum, ledger.totals.run.all().count());
}

#[test]
fn failures_of_one_kind_are_one_row_from_the_first_to_the_last() {
    let ledger = ledger_of(3);
    let rows: Vec<_> = ledger.failures.iter().collect();
    let key = key("HTTP 503");
    let totals = FailureTotals {
        example: "HTTP 503".to_owned(),
        varies: false,
        trace: TraceId::from_bytes(&[7; 16]),
        count: 3,
        first: Duration::ZERO,
        last: Duration::from_micros(2_999_999),
    };
    assert_eq!(rows, [(&key, &totals)]);
}

#[test]
fn a_failure_that_claims_to_come_from_the_future_happened_now() {
    let mut ledger = Ledger::new(RUN);
    let mut future = delta(1);
    (future.failures[0].first_us, future.failures[0].last_us) = (u64::MAX, u64::MAX);
    merge(&mut ledger, future).unwrap();
    let totals = ledger.failures.values().next().unwrap();
    assert_eq!((totals.first, totals.last), (LATE + Duration::from_secs(2), LATE + Duration::from_secs(2)));
}

/// A ledger after `workers` workers have sent `deltas` deltas each, every one with a text of its own; and
/// the failures counted under the text of the others.
fn many_texts(workers: usize, deltas: u64) -> (Ledger, u64) {
    let mut ledger = Ledger::new(RUN);
    for (worker, seq) in (0..workers).flat_map(|worker| (1..=deltas).map(move |seq| (worker, seq))) {
        let mut different = delta(seq);
        different.failures[0].text = format!("text {worker} {seq}");
        ledger.merge(worker, &PROCESS, "w", different, 2 * LATE).unwrap();
    }
    let others = ledger.failures[&key("(other texts)")].count;
    let sum: u64 = ledger.failures.values().map(|failure| failure.count).sum();
    assert_eq!(sum, ledger.totals.run.all().failures, "every failure counts");
    (ledger, others)
}

#[test]
fn the_table_of_failures_is_bounded_for_a_worker_and_for_the_run() {
    let (one, others) = many_texts(1, 1500);
    assert_eq!(
        (one.failures.len(), others),
        (251, 1250),
        "250 texts of one worker, and a row for the others"
    );
    let (six, others) = many_texts(6, 250);
    assert_eq!(
        (six.failures.len(), others),
        (1001, 500),
        "a thousand texts of all, and a row for the others"
    );
}

#[test]
fn the_table_of_exceptions_is_bounded_and_names_each_worker_once() {
    let mut ledger = ledger_of(2);
    let row = &ledger.exceptions["oh"];
    assert_eq!((row.count, row.workers.iter().map(String::as_str).collect::<Vec<_>>()), (2, vec!["w"]));
    for seq in 3..=500 {
        let mut different = delta(seq);
        different.exceptions[0].message = format!("message {seq}");
        merge(&mut ledger, different).unwrap();
    }
    assert_eq!(ledger.exceptions.len(), 201, "two hundred messages, and one row for the others");
    merge(&mut ledger, delta(501)).unwrap();
    assert_eq!(ledger.exceptions["oh"].count, 3, "a known one still counts");
}

#[test]
fn the_slowest_are_kept_whoever_tells_them_and_no_more() {
    let ledger = ledger_of(SLOWEST as u64 + 5);
    let kept: Vec<u64> = ledger.slowest.iter().map(|(_, _, request)| request.took_us / 1000).collect();
    assert_eq!(kept, (6..=SLOWEST as u64 + 5).rev().collect::<Vec<_>>());
    assert!(ledger.slowest.iter().all(|(_, _, request)| request.trace == TraceId::from_bytes(&[8; 16])));
}
