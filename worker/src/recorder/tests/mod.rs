//! What is recorded of requests, failures and timers.

mod streams;

use super::*;
use crate::http::{Arrival, Span, Start};
use common::failure::FailureClass;
use common::stats::{Metric, SparseHistogram};

use crate::chat::Finish;
use crate::interval::{FailureCount, MAX_FAILURE_TEXTS, StreamSamples};
use common::failure::OTHER_TEXTS;

fn histogram(values: &[u64]) -> SparseHistogram {
    let mut recorder = Recorder::default();
    values.iter().for_each(|value| recorder.record(*value));
    recorder.drain()
}

fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

fn exchange(started: Instant, latency: Duration, outcome: Result<(), Failure>) -> Exchange {
    let (start, ended) = (Start::exactly(started), Arrival::exactly(started + latency));
    Exchange { start, head: None, ended, connect: None, status: 200, bytes: 10, retry_after: None, outcome }
}

fn stream(started: Instant) -> StreamReport {
    StreamReport {
        start: Start::exactly(started),
        ended: Arrival::exactly(started + micros(900)),
        connect: Some(micros(5)),
        status: 200,
        bytes: 77,
        headers: Some(Span::exactly(micros(10))),
        first_byte: Some(Span::exactly(micros(20))),
        first_event: Some(Span::exactly(micros(30))),
        ttfr: Some(Span::exactly(micros(100))),
        output: Some(Span::exactly(micros(400))),
        ttft: Some(Span::exactly(micros(100))),
        chunks: 3,
        tokens: 5,
        has_usage: true,
        comments: 2,
        stalled: true,
        ..StreamReport::begun(Start::exactly(started), Arrival::exactly(started), None)
    }
}

#[test]
fn requests_count_with_their_latency_failed_ones_too() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    let stage = recorder.begin(Operation::ListThreads, epoch);
    let mut first = exchange(epoch, Duration::from_nanos(1_500), Ok(()));
    first.connect = Some(micros(7));
    recorder.exchange(stage, Operation::ListThreads, &first);
    let failure = Failure::new(FailureClass::Http5xx, "down");
    recorder.exchange(stage, Operation::ListThreads, &exchange(epoch, micros(9), Err(failure)));
    recorder.cut(stage, Operation::PostMessage, true, false);
    recorder.cut(stage, Operation::PostMessage, false, false);

    let interval = recorder.drain(epoch);
    let samples = &interval.stages[&0];
    let list = &samples.endpoints[Operation::ListThreads.index()];
    assert_eq!(list.failed_latency, histogram(&[9]));
    assert_eq!((&list.latency, list.failures, list.cut, list.bytes), (&histogram(&[2, 9]), 1, 0, 20));
    assert_eq!(samples.endpoints[Operation::PostMessage.index()].cut, 1);
    assert_eq!(samples.streams.metrics[Metric::Connect as usize], histogram(&[7]));
    let key = (Operation::ListThreads.number(), FailureClass::Http5xx, "down".to_owned());
    assert_eq!(interval.failures[&key], FailureCount::once("down".to_owned(), 9));
    assert_eq!(recorder.drain(epoch), Interval::default());
}

#[test]
fn a_request_belongs_to_the_stage_it_started_in_and_old_stages_free_their_memory() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    recorder.set_stage(1, epoch + micros(10));
    let before = recorder.begin(Operation::Chat, epoch + micros(9));
    let after = recorder.begin(Operation::ListThreads, epoch + micros(10));
    recorder.exchange(after, Operation::ListThreads, &exchange(epoch, micros(1), Ok(())));
    assert_eq!(recorder.drain(epoch + micros(20)).stages.keys().copied().collect::<Vec<_>>(), [0, 1]);

    assert_eq!(recorder.drain(epoch + micros(30)).stages[&0].streams.in_progress, 1);
    recorder.chunk(
        before,
        Chunk::First { at: Arrival::exactly(epoch + micros(35)), ttft: Span::exactly(micros(100)) },
    );
    recorder.stream(before, &stream(epoch));
    let last = recorder.drain(epoch + micros(40));
    assert_eq!((last.stages[&0].streams.counts.completed, last.stages[&0].streams.in_progress), (1, 0));
    recorder.drain(epoch + micros(50));
    assert_eq!(recorder.stages.iter().map(|stage| stage.number).collect::<Vec<_>>(), [1]);
}

#[test]
fn failure_texts_are_bounded_and_every_failure_still_counts() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    let stage = recorder.begin(Operation::ListThreads, epoch);
    for number in 0..1000u64 {
        let letters =
            number.to_string().bytes().map(|digit| char::from(digit + b'k' - b'0')).collect::<String>();
        let failure = Failure::new(FailureClass::Http5xx, &letters);
        recorder.exchange(stage, Operation::ListThreads, &exchange(epoch, micros(number), Err(failure)));
    }
    let interval = recorder.drain(epoch);
    assert_eq!(interval.failures.len(), MAX_FAILURE_TEXTS + 1);
    assert_eq!(interval.failures.values().map(|failure| failure.count).sum::<u64>(), 1000);
    assert_eq!(interval.dropped_texts, 1000 - MAX_FAILURE_TEXTS as u64);
    let others = (0, FailureClass::Http5xx, OTHER_TEXTS.to_owned());
    let expected =
        FailureCount { count: 936, last_us: 999, ..FailureCount::once(OTHER_TEXTS.to_owned(), 64) };
    assert_eq!(interval.failures[&others], expected);
}

#[test]
fn failures_of_the_same_words_are_one_kind_with_the_first_as_its_example() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    let stage = recorder.begin(Operation::ListThreads, epoch);
    for (at, text) in
        ["HTTP 429: 7 of 7", "HTTP 429: 8 of 7", "HTTP 500: down", "HTTP 429: 7 of 7"].iter().enumerate()
    {
        let failure = Failure::new(FailureClass::Http5xx, text);
        recorder.exchange(stage, Operation::ListThreads, &exchange(epoch, micros(at as u64), Err(failure)));
    }
    let failures = recorder.drain(epoch).failures;
    let key = |words: &str| (0, FailureClass::Http5xx, words.to_owned());
    let busy = FailureCount {
        varies: true,
        count: 3,
        last_us: 3,
        ..FailureCount::once("HTTP 429: 7 of 7".to_owned(), 0)
    };
    let down = FailureCount::once("HTTP 500: down".to_owned(), 2);
    assert_eq!(failures, [(key("HTTP 429: # of #"), busy), (key("HTTP 500: down"), down)].into());
}

#[test]
fn lateness_begins_beyond_the_timers_granularity() {
    let mut recorder = CoreRecorder::new(Instant::now());
    for lateness in [400, 1000, 1900, 2000, 2001, 9000] {
        recorder.timer(micros(lateness));
    }
    recorder.exception("user panicked: x".to_owned(), "crud user 1".to_owned());
    recorder.exception("user panicked: x".to_owned(), "crud user 2".to_owned());
    let interval = recorder.drain(Instant::now());
    assert_eq!(interval.timers.lateness, histogram(&[0, 0, 900, 1000, 1001, 8000]));
    assert_eq!(interval.timers.late, 2);
    assert_eq!(interval.exceptions["user panicked: x"], ("crud user 1".to_owned(), 2));
}
