//! Streams: each counts once, with every stamp, in the stage and second in which it happens.

use super::*;

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
