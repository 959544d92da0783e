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
fn a_stream_counts_as_a_request_and_with_every_stamp() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    let stage = recorder.begin(Operation::Chat, epoch);
    recorder.chunk(
        stage,
        Chunk::First { at: Arrival::exactly(epoch + micros(100)), ttft: Span::exactly(micros(100)) },
    );
    recorder.chunk(
        stage,
        Chunk::After { at: Arrival::exactly(epoch + micros(250)), gap: Span::exactly(micros(150)) },
    );
    recorder.chunk(
        stage,
        Chunk::After { at: Arrival::exactly(epoch + micros(500)), gap: Span::exactly(micros(250)) },
    );
    let before = recorder.drain(epoch + micros(600));
    let streams = &before.stages[&0].streams;
    assert_eq!((streams.in_progress, streams.counts.begun, streams.counts.chunks), (1, 1, 3));
    assert_eq!(streams.metrics[Metric::Icl as usize], histogram(&[150, 250]));
    assert_eq!(
        streams.metrics[Metric::Ttft as usize],
        histogram(&[100]),
        "recorded as it came, not at the end"
    );

    recorder.stream(stage, &stream(epoch));
    let interval = recorder.drain(epoch + micros(900));
    let samples = &interval.stages[&0];
    let chat = &samples.endpoints[Operation::Chat.index()];
    assert_eq!((&chat.latency, chat.failures, chat.bytes), (&histogram(&[900]), 0, 77));
    let streams = &samples.streams;
    let StreamSamples { counts, in_progress, .. } = streams;
    assert_eq!((counts.completed, counts.failed, counts.stalled, *in_progress), (1, 0, 1, 0));
    assert_eq!((counts.chunks, counts.tokens, counts.tokens_reported, counts.comments), (0, 5, 5, 2));
    // 4 tokens after the first in 400 us: 100 us each, 10,000 a second.
    let expected = [
        (Metric::Connect, 5),
        (Metric::Headers, 10),
        (Metric::FirstByte, 20),
        (Metric::FirstEvent, 30),
        (Metric::Ttfr, 100),
        (Metric::Tpot, 100),
        (Metric::E2e, 900),
        (Metric::TokenRate, 10_000_000),
    ];
    for (metric, value) in expected {
        assert_eq!(streams.metrics[metric as usize], histogram(&[value]), "{metric}");
    }
    for once in [Metric::Ttft, Metric::Icl] {
        assert_eq!(streams.metrics[once as usize], histogram(&[]), "{once} was reported before");
    }
}

#[test]
fn what_only_a_whole_answer_shows_counts_for_whole_answers() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    let odd = StreamReport {
        ttft: None,
        hidden: 4,
        chunks: 0,
        is_contradicted: true,
        text_after_end: true,
        left_open: true,
        prompt_tokens: 9,
        cached_tokens: 8,
        reasoning_tokens: 4,
        finish: Some(Finish::Length),
        ..stream(epoch)
    };
    let outcome = Err(Failure::new(FailureClass::ErrorEvent, "full"));
    for report in [StreamReport { outcome, ..odd.clone() }, odd] {
        let stage = recorder.begin(Operation::Chat, epoch);
        recorder.stream(stage, &report);
    }
    let counts = recorder.drain(epoch).stages[&0].streams.counts;
    assert_eq!(
        (counts.hidden, counts.prompt_tokens, counts.cached_tokens, counts.reasoning_tokens),
        (8, 18, 16, 8)
    );
    let whole =
        [counts.wordless, counts.contradicted, counts.text_after_end, counts.left_open, counts.finish_length];
    assert_eq!(whole, [1; 5]);
}

#[test]
fn a_failed_stream_is_no_fast_success() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    let stage = recorder.begin(Operation::Chat, epoch);
    let outcome = Err(Failure::new(FailureClass::Truncated, "no terminal event"));
    recorder.chunk(
        stage,
        Chunk::First { at: Arrival::exactly(epoch + micros(100)), ttft: Span::exactly(micros(100)) },
    );
    recorder.stream(stage, &StreamReport { outcome, has_usage: false, ..stream(epoch) });
    let stage = recorder.begin(Operation::Chat, epoch);
    let outcome = Err(Failure::new(FailureClass::Http429, "429"));
    recorder.chunk(
        stage,
        Chunk::First { at: Arrival::exactly(epoch + micros(100)), ttft: Span::exactly(micros(100)) },
    );
    recorder.stream(stage, &StreamReport { outcome, status: 429, has_usage: false, ..stream(epoch) });
    let stage = recorder.begin(Operation::Chat, epoch);
    recorder.cut(stage, Operation::Chat, true, false);
    let stage = recorder.begin(Operation::Chat, epoch);
    recorder.cut(stage, Operation::Chat, false, false);

    let interval = recorder.drain(epoch);
    let samples = &interval.stages[&0];
    let streams = &samples.streams;
    let StreamSamples { counts, in_progress, .. } = streams;
    assert_eq!((counts.completed, counts.failed, counts.cut, *in_progress), (0, 2, 1, 0));
    assert_eq!((counts.stalled, counts.tokens, counts.tokens_reported), (0, 10, 0));
    assert_eq!(samples.endpoints[Operation::Chat.index()].failures, 2);
    assert_eq!(samples.endpoints[Operation::Chat.index()].cut, 1);
    let counts = |metric: Metric| streams.metrics[metric as usize].count();
    assert_eq!((counts(Metric::E2e), counts(Metric::Tpot), counts(Metric::TokenRate)), (0, 0, 0));
    assert_eq!((counts(Metric::Headers), counts(Metric::Ttft)), (1, 2), "a refusal's headers do not count");
}

#[test]
fn a_stream_that_its_user_left_is_neither_a_success_nor_a_failure() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    for with_text in [true, false] {
        let stage = recorder.begin(Operation::Chat, epoch);
        let ttft = with_text.then(|| Span::exactly(micros(100)));
        if let Some(ttft) = ttft {
            recorder.chunk(stage, Chunk::First { at: Arrival::exactly(epoch + micros(100)), ttft });
        }
        recorder.stream(stage, &StreamReport { left: true, ttft, has_usage: false, ..stream(epoch) });
    }
    let interval = recorder.drain(epoch);
    let (samples, endpoint) = (&interval.stages[&0], Operation::Chat.index());
    let StreamSamples { counts, in_progress, metrics, .. } = &samples.streams;
    assert_eq!((counts.begun, counts.abandoned, *in_progress), (2, 2, 0));
    assert_eq!([counts.completed, counts.failed, counts.textless, counts.cut, counts.stalled], [0; 5]);
    let endpoint = &samples.endpoints[endpoint];
    assert_eq!((endpoint.abandoned, endpoint.failures, endpoint.latency.count()), (2, 0, 0));
    assert!(endpoint.bytes > 0 && interval.failures.is_empty());
    let count = |metric: Metric| metrics[metric as usize].count();
    assert_eq!([count(Metric::E2e), count(Metric::Tpot), count(Metric::TokenRate)], [0; 3]);
    assert_eq!((count(Metric::Ttft), count(Metric::Headers)), (1, 2), "what came is a time");
    assert_eq!(samples.streams.left, histogram(&[900, 900]), "so long it would have taken at least");
    assert_eq!(samples.streams.left_textless, histogram(&[900]));
}

#[test]
fn an_arrival_that_left_has_no_answer_to_time() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    let begun = recorder.begin(Operation::Chat, epoch + micros(50)).of_arrival(Some(epoch));
    recorder.stream(begun, &StreamReport { left: true, ttft: None, ..stream(epoch + micros(50)) });
    let interval = recorder.drain(epoch);
    let of = |metric: Metric| interval.stages[&0].streams.metrics[metric as usize].clone();
    assert_eq!(of(Metric::StartDelay), histogram(&[50]));
    assert_eq!((of(Metric::FromStart), of(Metric::FromDue)), (histogram(&[]), histogram(&[])));
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

/// A stream of three stages: each thing counts where it belongs.
#[test]
fn a_first_token_belongs_to_the_start_and_a_gap_to_the_moment() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    recorder.set_stage(1, epoch + micros(1_000));
    recorder.set_stage(2, epoch + micros(2_000));
    let begun = recorder.begin(Operation::Chat, epoch + micros(900));
    recorder.chunk(
        begun,
        Chunk::First { at: Arrival::exactly(epoch + micros(1_500)), ttft: Span::exactly(micros(600)) },
    );
    recorder.chunk(
        begun,
        Chunk::After { at: Arrival::exactly(epoch + micros(1_600)), gap: Span::exactly(micros(100)) },
    );
    recorder.chunk(
        begun,
        Chunk::After { at: Arrival::exactly(epoch + micros(2_600)), gap: Span::exactly(micros(1_000)) },
    );
    let interval = recorder.drain(epoch + micros(3_000));
    let of = |stage: u32| {
        let streams = &interval.stages[&stage].streams;
        let metric = |metric: Metric| streams.metrics[metric as usize].clone();
        (streams.counts.begun, streams.counts.chunks, metric(Metric::Ttft), metric(Metric::Icl))
    };
    assert_eq!(of(0), (1, 0, histogram(&[600]), histogram(&[])));
    assert_eq!(of(1), (0, 2, histogram(&[]), histogram(&[100])));
    assert_eq!(of(2), (0, 1, histogram(&[]), histogram(&[1_000])));
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn streams_that_wait_are_told_with_their_age_until_text_comes_or_they_end() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    recorder.set_stage(1, epoch + seconds(2));
    let answered = recorder.begin(Operation::Chat, epoch);
    let failed = recorder.begin(Operation::Chat, epoch + seconds(1));
    let cut = recorder.begin(Operation::Chat, epoch + seconds(2));
    let waits = recorder.begin(Operation::Chat, epoch + seconds(3));
    let ages = |recorder: &mut CoreRecorder, stage: u32, at: u64| {
        let interval = recorder.drain(epoch + seconds(at));
        interval.stages.get(&stage).map(|samples| samples.streams.waiting.clone()).unwrap_or_default()
    };
    let ms = |ages: &[u64]| histogram(&ages.iter().map(|ms| ms * 1_000).collect::<Vec<_>>());
    assert_eq!(ages(&mut recorder, 0, 4), ms(&[2_900, 3_900]));
    assert_eq!(ages(&mut recorder, 1, 5), ms(&[1_900, 2_900]));

    recorder.chunk(
        answered,
        Chunk::First { at: Arrival::exactly(epoch + seconds(5)), ttft: Span::exactly(micros(100)) },
    );
    assert_eq!(ages(&mut recorder, 0, 6), ms(&[4_900]), "reported again, as it is now");
    let outcome = Err(Failure::new(FailureClass::Timeout, "late"));
    recorder.stream(failed, &StreamReport { outcome, ttft: None, ..stream(epoch + seconds(1)) });
    recorder.cut(cut, Operation::Chat, true, false);
    recorder.cut(answered, Operation::Chat, true, true);
    let interval = recorder.drain(epoch + seconds(7));
    let (first, second) = (&interval.stages[&0].streams, &interval.stages[&1].streams);
    assert_eq!((first.in_progress, &first.waiting), (0, &ms(&[])));
    assert_eq!((second.in_progress, &second.waiting), (1, &ms(&[3_900])));
    assert_eq!((first.counts.failed, first.counts.textless, first.counts.cut), (1, 1, 1));

    recorder.chunk(
        waits,
        Chunk::First { at: Arrival::exactly(epoch + seconds(8)), ttft: Span::exactly(micros(100)) },
    );
    recorder.stream(waits, &stream(epoch + seconds(3)));
    assert_eq!(ages(&mut recorder, 1, 8), ms(&[]));
}

#[test]
fn a_stream_that_is_cut_keeps_the_first_token_it_had() {
    let epoch = Instant::now();
    let mut recorder = CoreRecorder::new(epoch);
    let begun = recorder.begin(Operation::Chat, epoch);
    recorder.chunk(
        begun,
        Chunk::First { at: Arrival::exactly(epoch + micros(70)), ttft: Span::exactly(micros(70)) },
    );
    recorder.cut(begun, Operation::Chat, true, true);
    let interval = recorder.drain(epoch + seconds(1));
    let streams = &interval.stages[&0].streams;
    assert_eq!(streams.metrics[Metric::Ttft as usize], histogram(&[70]));
    assert_eq!((streams.in_progress, streams.counts.cut, streams.counts.textless), (0, 1, 0));
}
