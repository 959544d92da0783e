//! What a worker measured in a second: all of it follows from the users that the shape wants and from the seed.

use std::time::Duration;

use common::api::Operation;
use common::failure::FailureClass;
use common::protocol as wire;
use common::stats::{LOOKS, Metric, Recorder, SparseHistogram, buckets};
use rand::RngExt;
use rand_pcg::Pcg64;

use super::{Kind, RUN, SLOTS, STREAM_S, World};

/// The number of the endpoint that streams.
const CHAT: u32 = 6;
/// The endpoint whose requests time out in the rush.
const SLOW: u32 = 2;

/// A second of one worker.
struct Second {
    to_us: u64,
    /// Users of all workers, and of this one.
    target: u32,
    users: f64,
    /// Slots of this worker.
    slots: f64,
    /// How many times the users exceed the slots.
    busy: f64,
    is_rush: bool,
    streams: u64,
    failed: u64,
}

impl World {
    /// What a worker measured in the second that ends now.
    pub(super) fn delta(&mut self, worker: usize) -> wire::Delta {
        self.seq[worker] += 1;
        let clock = self.now - Duration::from_millis(500);
        let (segment, _) = self.run.timeline().segment_at(clock);
        let second = self.measured(clock);
        let metrics = second.metrics(&mut self.rng);
        let endpoints = second.endpoints(&mut self.rng);
        let health = second.health(self.kind);
        wire::Delta {
            run: RUN.to_vec(),
            incarnation: vec![worker as u8; 16],
            seq: self.seq[worker],
            from_us: second.to_us - 1_000_000,
            to_us: second.to_us,
            layout: common::protocol::LAYOUT,
            stages: vec![wire::StagePart {
                stage: segment.number(),
                endpoints,
                streams: Some(second.stream_part(metrics)),
            }],
            failures: second.failures(),
            users: (0..3).map(|class| second.users_of(class)).collect(),
            exceptions: second.exceptions(),
            open: look(second.users),
            producing: look(second.users.min(second.slots)),
            arrivals: None,
            asks: Vec::new(),
            slowest: second.slowest(segment.number()),
            health: Some(health),
        }
    }

    fn measured(&mut self, clock: Duration) -> Second {
        let target = self.run.timeline().shape().target(clock).map_or(0, |target| target.users);
        let workers = if self.lives(1) { 2.0 } else { 1.0 };
        let (users, slots) = (f64::from(target) / workers, SLOTS / workers);
        let is_rush = target > 40;
        Second {
            to_us: self.now.as_micros() as u64,
            target,
            users,
            slots,
            busy: (f64::from(target) / SLOTS).max(1.0),
            is_rush,
            streams: (users.min(slots) / STREAM_S).round() as u64,
            failed: if is_rush { self.rng.random_range(0..4) } else { 0 },
        }
    }
}

impl Second {
    fn metrics(&self, rng: &mut Pcg64) -> Vec<(Metric, Recorder)> {
        let queued = (self.busy - 1.0) * STREAM_S * 1e6;
        // Nobody arrives: users stay.
        let measured = Metric::ALL.into_iter().filter(|metric| !metric.is_of_arrivals());
        let mut metrics: Vec<(Metric, Recorder)> =
            measured.map(|metric| (metric, Recorder::default())).collect();
        for _ in 0..self.streams {
            for (metric, samples) in &mut metrics {
                let scale = 0.8 + 0.4 * rng.random::<f64>();
                let (typical, count) = match metric {
                    Metric::Connect => (300.0, 1),
                    Metric::Headers => (2_000.0, 1),
                    Metric::FirstByte => (2_500.0, 1),
                    Metric::FirstEvent => (25_000.0, 1),
                    Metric::Ttft => (30_000.0 + queued, 1),
                    Metric::Icl => (12_000.0, 19),
                    Metric::Ttfr => (26_000.0, 1),
                    Metric::Tpot => (12_000.0, 1),
                    Metric::E2e => (300_000.0 + queued, 1),
                    _ => (80_000.0, 1),
                };
                (0..count).for_each(|_| samples.record((typical * scale) as u64));
            }
        }
        metrics
    }

    fn endpoints(&self, rng: &mut Pcg64) -> Vec<wire::EndpointPart> {
        let part = |endpoint| {
            let (count, typical) = match endpoint {
                CHAT => (self.streams + self.failed, 300_000.0 * self.busy),
                _ => {
                    let count = (self.users * 1.5) as u64 + u64::from(endpoint);
                    (count, 1_500.0 + 700.0 * f64::from(endpoint))
                }
            };
            let mut latency = Recorder::default();
            (0..count).for_each(|_| latency.record((typical * (0.5 + rng.random::<f64>())) as u64));
            let samples = latency.drain();
            let failures = match endpoint {
                CHAT => self.failed,
                _ => u64::from(self.is_rush && endpoint == SLOW),
            };
            wire::EndpointPart {
                endpoint,
                failed_latency: least(&samples, failures.min(count)),
                latency: samples.encode(),
                failures: failures.min(count),
                cut: u64::from(self.target == 0),
                abandoned: 0,
                bytes: count * 321,
                uncertain: None,
                waiting: None,
            }
        };
        (0..=Operation::Chat.number()).map(part).collect()
    }

    fn stream_part(&self, metrics: Vec<(Metric, Recorder)>) -> wire::StreamPart {
        let metric_part = |(metric, mut samples): (Metric, Recorder)| wire::MetricPart {
            metric: metric as u32,
            samples: samples.drain().encode(),
            uncertain: None,
        };
        let in_progress = u64::from(self.target) / 2;
        let waiting = in_progress.saturating_sub(self.slots as u64);
        wire::StreamPart {
            completed: self.streams,
            begun: self.streams + self.failed,
            failed: self.failed,
            textless: self.failed,
            cut: u64::from(self.target == 0),
            stalled: self.streams / 7,
            chunks: self.streams * 20,
            tokens: self.streams * 22,
            tokens_reported: self.streams * 20,
            comments: self.streams / 3,
            metrics: metrics.into_iter().filter(|_| self.streams > 0).map(metric_part).collect(),
            in_progress,
            waiting: SparseHistogram::repeated(400_000, waiting).encode(),
            ..wire::StreamPart::default()
        }
    }

    fn failures(&self) -> Vec<wire::Failure> {
        let failure = |endpoint, class: FailureClass, text: &str, count| wire::Failure {
            endpoint,
            class: class as u32,
            text: text.to_owned(),
            count,
            first_us: self.to_us - 900_000,
            last_us: self.to_us - 100_000,
            trace: vec![0xab; 16],
            ..wire::Failure::default()
        };
        let refused = "503: <b>too busy</b> | try `later`";
        let refused = (self.failed > 0).then(|| failure(CHAT, FailureClass::Http5xx, refused, self.failed));
        let late = self.is_rush.then(|| failure(SLOW, FailureClass::Timeout, "no answer within 10s", 1));
        refused.into_iter().chain(late).collect()
    }

    /// An answer that takes longer the later it is asked for.
    fn slowest(&self, stage: u32) -> Vec<wire::SlowRequest> {
        let (took_us, sent_us) = (self.to_us / 100, self.to_us - 500_000);
        let one = |first_text| wire::SlowRequest {
            endpoint: CHAT,
            first_text,
            took_us: if first_text { took_us / 4 } else { took_us },
            sent_us,
            stage,
            user: 7,
            trace: u128::from(self.to_us).to_be_bytes().to_vec(),
        };
        if self.streams > 0 { vec![one(true), one(false)] } else { Vec::new() }
    }

    fn users_of(&self, class: u32) -> wire::UserCount {
        let running = (self.users / 3.0) as u32;
        wire::UserCount { class, running, stopping: u32::from(self.target == 0), peak: running }
    }

    fn exceptions(&self) -> Vec<wire::Exception> {
        let exception = wire::Exception {
            message: "a user's task panicked".to_owned(),
            traceback: "worker/src/user\nline 2".to_owned(),
            count: 1,
        };
        (self.to_us == 20_000_000).then_some(exception).into_iter().collect()
    }

    fn health(&self, kind: Kind) -> wire::Health {
        let (is_shape, second) = (kind == Kind::Shape, self.to_us / 1_000_000);
        wire::Health {
            cpu_permille: 200 + self.target * 10,
            memory_bytes: 20_000_000 + u64::from(self.target) * 10_000,
            timers: 1_000,
            timers_late: if self.is_rush && is_shape { 40 } else { 2 },
            lateness_p99_us: if self.is_rush { 4_000 } else { 300 },
            lateness: lateness(self.is_rush).encode(),
            own_stamps: 985,
            // A tenth of its users' time in three seconds of the rush.
            lost_us: match (20..23).contains(&second) && is_shape {
                true => u64::from(self.target) * 100_000,
                false => 2_000,
            },
            coalesced: u64::from(self.to_us == 15_000_000),
            ..wire::Health::default()
        }
    }
}

/// Ten looks at a number that grows a little within the second.
fn look(most: f64) -> Vec<u32> {
    (0..LOOKS).map(|look| (most + look as f64 / 10.0) as u32).collect()
}

/// As many of the samples as are wanted, the least ones.
fn least(samples: &SparseHistogram, mut wanted: u64) -> Option<wire::Samples> {
    let taken = samples.filled().iter().map(|(bucket, count)| {
        let taken = wanted.min(*count);
        wanted -= taken;
        (buckets::lowest(*bucket as usize), taken)
    });
    SparseHistogram::of_ascending(taken.filter(|(_, taken)| *taken > 0)).encode()
}

/// How long what came lay unread.
fn lateness(is_rush: bool) -> SparseHistogram {
    let mut lateness = SparseHistogram::repeated(100, 980);
    lateness.add(&SparseHistogram::repeated(if is_rush { 4_000 } else { 300 }, 20));
    lateness
}
