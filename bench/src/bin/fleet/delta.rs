//! What a link sends each second: the same samples again and again, made once.

use common::api::Operation;
use common::protocol as wire;
use common::stats::{Metric, Recorder};
use prost::Message;

/// Metrics of streams in each delta: with the endpoints, twelve distributions.
const METRICS: [Metric; 5] = [Metric::FirstByte, Metric::Ttft, Metric::Icl, Metric::Tpot, Metric::E2e];

/// The parts of a delta that do not change.
#[derive(Debug)]
pub struct Sample {
    stage: wire::StagePart,
    requests: u64,
}

impl Sample {
    /// `requests` of each endpoint, spread over latencies of 0.5 ms to about a second.
    pub fn new(requests: u64) -> Sample {
        let endpoint = |number: usize| wire::EndpointPart {
            endpoint: number as u32,
            latency: samples(requests, number as u64),
            bytes: requests * 400,
            ..wire::EndpointPart::default()
        };
        let metric = |metric: &Metric| wire::MetricPart {
            metric: *metric as u32,
            samples: samples(requests, 100 + *metric as u64),
            uncertain: None,
        };
        let streams = wire::StreamPart {
            completed: requests,
            chunks: requests,
            tokens: requests,
            metrics: METRICS.iter().map(metric).collect(),
            ..wire::StreamPart::default()
        };
        let endpoints = (0..Operation::BUILT_IN.len()).map(endpoint).collect();
        let stage = wire::StagePart { stage: 0, endpoints, streams: Some(streams) };
        Sample { stage, requests: requests * Operation::BUILT_IN.len() as u64 }
    }

    /// Requests in one delta.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Length of a delta's message.
    pub fn bytes(&self) -> usize {
        self.delta(&[0; 16], &[0; 16], 1, 0, 1_000_000).encoded_len()
    }

    /// A delta of an interval of the run clock.
    pub fn delta(&self, run: &[u8], incarnation: &[u8], seq: u64, from_us: u64, to_us: u64) -> wire::Delta {
        wire::Delta {
            run: run.to_vec(),
            incarnation: incarnation.to_vec(),
            seq,
            from_us,
            to_us,
            layout: common::protocol::LAYOUT,
            stages: vec![self.stage.clone()],
            health: Some(wire::Health { timers: 100, ..wire::Health::default() }),
            ..wire::Delta::default()
        }
    }
}

/// Latencies without a pattern that a merge could profit from: a linear congruence, skewed to the left.
fn samples(count: u64, seed: u64) -> Option<wire::Samples> {
    let mut recorder = Recorder::default();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..count {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (state >> 40) as f64 / f64::from(1 << 24);
        recorder.record((500.0 * 2000f64.powf(share * share)) as u64);
    }
    recorder.drain().encode()
}
