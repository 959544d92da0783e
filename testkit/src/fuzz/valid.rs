//! Deltas as a worker sends them.

use common::protocol as wire;
use common::stats::{Recorder, SparseHistogram, buckets};

use super::dice::Dice;

/// The run of every test here.
pub const RUN: [u8; 16] = *b"the run fuzzed..";
/// The incarnation of every worker.
pub const INCARNATION: [u8; 16] = *b"an incarnation..";
/// Run clock at which everything arrives, in microseconds.
pub const NOW_US: u64 = 600_000_000;
/// Stages that the run has.
pub const STAGES: u32 = 4;

/// Samples of the values drawn.
pub fn samples(dice: &mut Dice<'_>) -> Option<wire::Samples> {
    let mut recorder = Recorder::default();
    for _ in 0..dice.below(6) {
        let value = dice.number() % (buckets::MAX * 2);
        (0..=dice.below(3)).for_each(|_| recorder.record(value));
    }
    recorder.drain().encode()
}

/// How many samples there are.
pub fn count(samples: Option<&wire::Samples>) -> u64 {
    samples.map_or(0, |samples| SparseHistogram::decode(samples).unwrap_or_default().count())
}

/// The least `wanted` of the samples, or others of the same buckets.
fn least(samples: Option<&wire::Samples>, mut wanted: u64) -> Option<wire::Samples> {
    let all = SparseHistogram::decode(samples?).unwrap_or_default();
    let taken = all.filled().iter().map(|(bucket, count)| {
        let taken = wanted.min(*count);
        wanted -= taken;
        (buckets::lowest(*bucket as usize), taken)
    });
    SparseHistogram::of_ascending(taken.filter(|(_, count)| *count > 0)).encode()
}

/// The delta with this number, as a worker may have measured it.
pub fn delta(dice: &mut Dice<'_>, seq: u64) -> wire::Delta {
    let from_us = (seq - 1) * 1_000_000;
    let mut failures = Vec::new();
    let first = dice.below(STAGES as usize) as u32;
    let stages =
        (first..STAGES).take(1 + dice.below(2)).map(|stage| part(dice, stage, &mut failures)).collect();
    let users =
        (0..3).map(|class| wire::UserCount { class, running: dice.byte().into(), stopping: 0, peak: 255 });
    wire::Delta {
        run: RUN.to_vec(),
        incarnation: INCARNATION.to_vec(),
        seq,
        from_us,
        to_us: from_us + 1_000_000,
        layout: common::protocol::LAYOUT,
        stages,
        failures,
        users: users.collect(),
        health: Some(wire::Health {
            cpu_permille: 250,
            memory_bytes: 1 << 20,
            timers: 9,
            ..Default::default()
        }),
        open: Vec::new(),
        producing: Vec::new(),
        arrivals: None,
        exceptions: Vec::new(),
        asks: Vec::new(),
        slowest: (0..dice.below(3)).map(|_| slow(dice)).collect(),
    }
}

fn slow(dice: &mut Dice<'_>) -> wire::SlowRequest {
    wire::SlowRequest {
        endpoint: dice.below(7) as u32,
        first_text: dice.below(2) == 0,
        took_us: dice.number(),
        sent_us: dice.number(),
        stage: dice.below(STAGES as usize) as u32,
        user: dice.number(),
        trace: vec![1 + dice.byte() / 2; 16],
    }
}

fn part(dice: &mut Dice<'_>, stage: u32, failures: &mut Vec<wire::Failure>) -> wire::StagePart {
    let first = dice.below(7) as u32;
    let endpoints = (first..7).take(dice.below(4)).map(|number| endpoint(dice, number, failures)).collect();
    let completed = u64::from(dice.byte());
    let failed = u64::from(dice.byte());
    let waiting = samples(dice);
    let in_progress = count(waiting.as_ref()) + u64::from(dice.byte());
    let metrics = (0..dice.below(4) as u32).map(|metric| {
        let samples = samples(dice);
        wire::MetricPart { metric, samples, uncertain: None }
    });
    let metrics = metrics.collect();
    let streams = wire::StreamPart {
        completed,
        stalled: completed / 2,
        failed,
        textless: failed / 2,
        wordless: completed / 3,
        begun: completed + failed,
        chunks: dice.byte().into(),
        tokens: 90,
        tokens_reported: 80,
        in_progress,
        waiting,
        metrics,
        ..Default::default()
    };
    wire::StagePart { stage, endpoints, streams: Some(streams) }
}

/// An endpoint, each failure of which is explained.
fn endpoint(dice: &mut Dice<'_>, number: u32, failures: &mut Vec<wire::Failure>) -> wire::EndpointPart {
    let latency = samples(dice);
    let failed = count(latency.as_ref()).min(dice.below(4) as u64);
    if failed > 0 {
        let text = format!("status {}", 500 + dice.below(4));
        let (class, at) = (8, dice.number().min(NOW_US));
        failures.push(wire::Failure {
            endpoint: number,
            class,
            text,
            count: failed,
            first_us: at,
            last_us: at,
            ..wire::Failure::default()
        });
    }
    wire::EndpointPart {
        endpoint: number,
        failed_latency: least(latency.as_ref(), failed),
        latency,
        failures: failed,
        cut: dice.byte().into(),
        abandoned: dice.byte().into(),
        bytes: dice.number(),
        uncertain: None,
        waiting: samples(dice),
    }
}
