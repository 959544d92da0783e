//! An interval as the message that carries it: numbered, and on the run's clock.

use common::class::UserClass;
use common::protocol as wire;
use common::slowest::SlowPart;
use common::stats::LOOKS;
use common::trace::TraceId;

use super::{ArrivalCounts, EndpointSamples, Interval, StageSamples, StreamSamples};

/// What turns an interval into a delta: its name, its place on the run's clock, the process's state.
#[derive(Debug, Clone, Copy)]
pub struct Envelope {
    /// Run the samples belong to.
    pub run: [u8; 16],
    /// This worker process.
    pub incarnation: [u8; 16],
    /// Number of the delta, from 1.
    pub seq: u64,
    /// Run clock of the interval's first microsecond.
    pub from_us: u64,
    /// Run clock of the first microsecond after it.
    pub to_us: u64,
    /// Run clock minus worker clock.
    pub offset_us: i64,
    /// CPU of the busiest load thread in the interval, thousandths of a core.
    pub cpu_permille: u32,
    /// Longest time that a load thread waited for a core, thousandths of the interval.
    pub wait_permille: u32,
    /// Resident memory.
    pub memory_bytes: u64,
}

impl Interval {
    /// The interval as the numbered message that the controller merges once.
    pub fn to_delta(&self, envelope: &Envelope) -> wire::Delta {
        let on_run_clock = |worker_us: u64| worker_us.saturating_add_signed(envelope.offset_us);
        let failures = self.failures.iter().map(|((endpoint, class, text), failure)| wire::Failure {
            endpoint: *endpoint,
            class: *class as u32,
            text: text.clone(),
            example: if failure.example == *text { String::new() } else { failure.example.clone() },
            trace: failure.trace.map(TraceId::to_bytes).unwrap_or_default(),
            varies: failure.varies,
            count: failure.count,
            first_us: on_run_clock(failure.first_us),
            last_us: on_run_clock(failure.last_us),
        });
        let users = UserClass::ALL.iter().zip(&self.users).map(|(class, users)| wire::UserCount {
            class: *class as u32,
            running: users.running,
            stopping: users.stopping,
            peak: users.peak,
        });
        let exceptions = self.exceptions.iter().map(|(message, (traceback, count))| wire::Exception {
            message: message.clone(),
            traceback: traceback.clone(),
            count: *count,
        });
        let slowest = self.slowest.iter().map(|(endpoint, part, request)| wire::SlowRequest {
            endpoint,
            first_text: part == SlowPart::FirstText,
            took_us: request.took_us,
            sent_us: on_run_clock(request.at_us),
            stage: request.stage,
            user: request.user,
            trace: request.trace.map(TraceId::to_bytes).unwrap_or_default(),
        });
        let seen = self.concurrency;
        let samples = |looks: [u32; LOOKS]| if seen.open == [0; LOOKS] { Vec::new() } else { looks.to_vec() };
        wire::Delta {
            run: envelope.run.to_vec(),
            incarnation: envelope.incarnation.to_vec(),
            seq: envelope.seq,
            from_us: envelope.from_us,
            to_us: envelope.to_us,
            layout: common::protocol::LAYOUT,
            stages: self.stages.iter().filter_map(|(stage, samples)| samples.encode(*stage)).collect(),
            failures: failures.collect(),
            users: users.collect(),
            health: Some(self.health(envelope)),
            exceptions: exceptions.collect(),
            open: samples(seen.open),
            producing: samples(seen.producing),
            arrivals: self.arrivals.encode(),
            slowest: slowest.collect(),
            asks: self.asks.asks.iter().map(wire::Ask::from).collect(),
        }
    }

    fn health(&self, envelope: &Envelope) -> wire::Health {
        let mut lateness = common::stats::Histogram::default();
        lateness.merge(&self.timers.lateness);
        wire::Health {
            cpu_permille: envelope.cpu_permille,
            wait_permille: envelope.wait_permille,
            memory_bytes: envelope.memory_bytes,
            timers: lateness.count(),
            timers_late: self.timers.late,
            lateness_p99_us: lateness.percentile(common::stats::Percentile::P99).unwrap_or(0),
            coalesced: self.coalesced,
            dropped_texts: self.dropped_texts,
            reopened: self.reopened,
            shortened: self.shortened,
            log_dropped: self.log.dropped,
            log_error: self.log.error.clone().unwrap_or_default(),
            lateness: self.reading.lateness.encode(),
            own_stamps: self.reading.own_stamps,
            lost_us: self.reading.lost_us,
            asks_dropped: self.asks.dropped,
        }
    }
}

impl ArrivalCounts {
    fn encode(self) -> Option<wire::ArrivalPart> {
        let ArrivalCounts { started, dropped, missed, withdrawn, late, waiting } = self;
        let part = wire::ArrivalPart { started, dropped, missed, withdrawn, late, waiting };
        (part != wire::ArrivalPart::default()).then_some(part)
    }
}

impl StageSamples {
    fn encode(&self, stage: u32) -> Option<wire::StagePart> {
        let endpoints: Vec<_> =
            (0..).zip(&self.endpoints).filter_map(|(number, samples)| samples.encode(number)).collect();
        let streams = self.streams.encode();
        (streams.is_some() || !endpoints.is_empty()).then_some(wire::StagePart { stage, endpoints, streams })
    }
}

impl EndpointSamples {
    fn encode(&self, endpoint: u32) -> Option<wire::EndpointPart> {
        let (latency, waiting) = (self.latency.encode(), self.waiting.encode());
        (latency.is_some() || waiting.is_some() || self.cut + self.abandoned > 0).then_some(
            wire::EndpointPart {
                endpoint,
                latency,
                failures: self.failures,
                cut: self.cut,
                abandoned: self.abandoned,
                bytes: self.bytes,
                failed_latency: self.failed_latency.encode(),
                uncertain: self.uncertain.encode(),
                waiting,
            },
        )
    }
}

impl StreamSamples {
    fn encode(&self) -> Option<wire::StreamPart> {
        if *self == StreamSamples::default() {
            return None;
        }
        let metrics = (0..)
            .zip(self.metrics.iter().zip(&self.uncertain))
            .filter_map(|(metric, (samples, uncertain))| {
                let samples = Some(samples.encode()?);
                Some(wire::MetricPart { metric, samples, uncertain: uncertain.encode() })
            })
            .collect();
        let (in_progress, waiting) = (self.in_progress, self.waiting.encode());
        let (left, left_textless) = (self.left.encode(), self.left_textless.encode());
        Some(wire::StreamPart { in_progress, waiting, left, left_textless, metrics, ..self.counts.into() })
    }
}
