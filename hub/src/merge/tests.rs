//! What counts, what does not, and that nothing counts twice.

mod accounts;
mod ahead;
mod in_progress;
mod order;
mod refusals;
mod seconds;
mod tables;

use std::time::Duration;

use common::failure::FailureClass;
use common::protocol as wire;
use common::stats::{Metric, Recorder};

use super::*;

const RUN: [u8; 16] = [1; 16];
const PROCESS: [u8; 16] = [2; 16];
/// Late enough for every delta of these tests.
const LATE: Duration = Duration::from_secs(1_000);

/// The whole second `seq - 1` of the run, with a bit of everything in it: on endpoint 0 three
/// requests of which one failed, and two cut; one stream.
fn delta(seq: u64) -> wire::Delta {
    let failure = wire::Failure {
        endpoint: 0,
        class: FailureClass::Http5xx as u32,
        text: "HTTP 503".to_owned(),
        example: String::new(),
        varies: false,
        trace: vec![7; 16],
        count: 1,
        first_us: (seq - 1) * 1_000_000,
        last_us: seq * 1_000_000 - 1,
    };
    wire::Delta {
        run: RUN.to_vec(),
        incarnation: PROCESS.to_vec(),
        seq,
        from_us: (seq - 1) * 1_000_000,
        to_us: seq * 1_000_000,
        layout: common::protocol::LAYOUT,
        stages: vec![stage(0)],
        failures: vec![failure],
        users: vec![wire::UserCount { class: 0, running: 4, stopping: 1, peak: 5 }],
        health: Some(wire::Health { cpu_permille: 500, memory_bytes: 1 << 20, ..wire::Health::default() }),
        open: Vec::new(),
        producing: Vec::new(),
        arrivals: None,
        slowest: vec![slow(seq)],
        asks: Vec::new(),
        exceptions: vec![wire::Exception {
            message: "oh".to_owned(),
            traceback: "here".to_owned(),
            count: 1,
        }],
    }
}

/// An answer of endpoint 0 that took `seq` milliseconds.
fn slow(seq: u64) -> wire::SlowRequest {
    wire::SlowRequest {
        endpoint: 0,
        first_text: false,
        took_us: seq * 1000,
        sent_us: (seq - 1) * 1_000_000,
        stage: 0,
        user: 3,
        trace: vec![8; 16],
    }
}

fn stage(stage: u32) -> wire::StagePart {
    let metric = wire::MetricPart { metric: Metric::Ttft as u32, samples: samples(&[900]), uncertain: None };
    let streams = wire::StreamPart {
        begun: 2,
        completed: 1,
        chunks: 8,
        tokens: 9,
        tokens_reported: 9,
        in_progress: 3,
        waiting: samples(&[700_000, 4_000_000]),
        metrics: vec![metric],
        ..wire::StreamPart::default()
    };
    let endpoint = wire::EndpointPart {
        endpoint: 0,
        latency: samples(&[10, 20, 3000]),
        failed_latency: samples(&[20]),
        failures: 1,
        cut: 2,
        abandoned: 0,
        bytes: 640,
        uncertain: None,
        waiting: samples(&[2_000_000]),
    };
    wire::StagePart { stage, endpoints: vec![endpoint], streams: Some(streams) }
}

fn samples(values: &[u64]) -> Option<wire::Samples> {
    let mut recorder = Recorder::default();
    values.iter().for_each(|value| recorder.record(*value));
    recorder.drain().encode()
}

/// Merges a delta of worker 0.
fn merge(ledger: &mut Ledger, delta: wire::Delta) -> Result<MergeOutcome, DeltaError> {
    ledger.merge(0, &PROCESS, "w", delta, LATE)
}

/// A ledger that has merged the deltas 1 to `last`.
fn ledger_of(last: u64) -> Ledger {
    let mut ledger = Ledger::new(RUN);
    for seq in 1..=last {
        assert_eq!(merge(&mut ledger, delta(seq)), Ok(MergeOutcome::New));
    }
    ledger
}
