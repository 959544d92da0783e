//! What one core measures.
//!
//! One owner, one thread: plain integers, no lock, no atomic, and no allocation for a sample once
//! its histogram exists. Histograms are made when a stage first needs them; those of a stage that
//! is over are freed when an interval passes without a sample for it.

mod concurrency;
mod failures;
mod stage;
mod stages;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use common::api::Operation;
use common::micros;
use common::segment::Segment;
use common::stats::Recorder;

use crate::chat::{Chunk, StreamReport};
use crate::http::{Exchange, Failure};
use crate::interval::{Interval, StageSamples, TimerSamples};
use concurrency::OpenStreams;
use failures::Failures;
use stage::StageRecorder;
use stages::StageClock;

/// Timers of the runtime fire on whole milliseconds; a smaller delay is not lateness.
const TIMER_GRANULARITY: Duration = Duration::from_millis(1);

/// The samples of one core since the last [`CoreRecorder::drain`].
#[derive(Debug)]
pub struct CoreRecorder {
    /// Zero of the worker clock.
    epoch: Instant,
    clock: StageClock,
    stages: Vec<StageRecorder>,
    streams: OpenStreams,
    failures: Failures,
    lateness: Recorder,
    late: u64,
    exceptions: Vec<(String, String)>,
    /// Connections opened again, since the service had closed a kept one.
    pub reopened: u64,
}

/// The stage to which a request belongs: the one that was current when it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentId(u32);

impl SegmentId {
    /// The part of the same stage by which nothing is judged.
    pub fn unmeasured(self) -> SegmentId {
        SegmentId(Segment::from_number(self.0).unmeasured().number())
    }
}

impl CoreRecorder {
    /// An empty recorder in stage 0. `epoch` is the zero of the worker clock.
    pub fn new(epoch: Instant) -> CoreRecorder {
        CoreRecorder {
            epoch,
            clock: StageClock::default(),
            stages: Vec::new(),
            streams: OpenStreams::new(epoch),
            failures: Failures::default(),
            lateness: Recorder::default(),
            late: 0,
            exceptions: Vec::new(),
            reopened: 0,
        }
    }

    /// Requests that start at `from` or later belong to `stage`.
    pub fn set_stage(&mut self, stage: u32, from: Instant) {
        self.clock.set(stage, from);
    }

    /// A request starts. The calls that record its outcome take the segment that is returned here.
    #[inline]
    pub fn begin(&mut self, operation: Operation, now: Instant) -> SegmentId {
        let stage = SegmentId(self.clock.at(now));
        if operation == Operation::Chat {
            self.stage(stage).streams.in_progress += 1;
            self.streams.begin();
        }
        stage
    }

    /// A request has its outcome.
    pub fn exchange(&mut self, stage: SegmentId, operation: Operation, exchange: &Exchange) {
        let latency = exchange.ended.saturating_duration_since(exchange.started);
        let samples = self.stage(stage);
        samples.request(operation, latency, exchange.bytes, exchange.outcome.is_err());
        if let Some(connect) = exchange.connect {
            samples.streams.connect(connect);
        }
        if let Err(failure) = &exchange.outcome {
            self.failure(operation, failure, exchange.ended);
        }
    }

    /// Visible text of a stream has come.
    #[inline]
    pub fn chunk(&mut self, stage: SegmentId, chunk: Chunk) {
        match chunk {
            Chunk::First => self.streams.first_text(),
            Chunk::After(gap) => self.stage(stage).streams.gap(gap),
        }
    }

    /// A stream has its outcome. Its request counts as one too, with the whole stream as latency.
    pub fn stream(&mut self, stage: SegmentId, report: &StreamReport) {
        let latency = report.ended.saturating_duration_since(report.started);
        let samples = self.stage(stage);
        samples.request(Operation::Chat, latency, report.bytes, report.outcome.is_err());
        samples.streams.report(report);
        self.streams.end(report.ttft.is_some());
        if let Err(failure) = &report.outcome {
            self.failure(Operation::Chat, failure, report.ended);
        }
    }

    /// A request was broken off. It counts as cut if any of it had been `sent`; a stream may have
    /// `had_text` already.
    pub fn cut(&mut self, stage: SegmentId, operation: Operation, sent: bool, had_text: bool) {
        let samples = self.stage(stage);
        samples.endpoints[operation.index()].cut += u64::from(sent);
        if operation == Operation::Chat {
            samples.streams.in_progress -= 1;
            samples.streams.counts.cut += u64::from(sent);
            self.streams.end(had_text);
        }
    }

    /// Samples the number of streams if that is due.
    pub fn look(&mut self, now: Instant) {
        self.streams.look(now);
    }

    /// A timer fired this long after it was due.
    #[inline]
    pub fn timer(&mut self, lateness: Duration) {
        let lateness = micros::nearest(lateness.saturating_sub(TIMER_GRANULARITY));
        self.lateness.record(lateness);
        self.late += u64::from(lateness > micros::LATE_TIMER_US);
    }

    /// Something went wrong in the worker itself, at `place`.
    pub fn exception(&mut self, message: String, place: String) {
        self.exceptions.push((message, place));
    }

    /// Takes what was recorded since the last call. The counts of users are not the recorder's.
    pub fn drain(&mut self, now: Instant) -> Interval {
        let concurrency = self.streams.drain(now);
        let reopened = std::mem::take(&mut self.reopened);
        let mut interval = Interval { concurrency, reopened, ..Interval::default() };
        let current = self.clock.at(now);
        self.stages.retain_mut(|stage| {
            let samples = stage.drain();
            let is_used = samples != StageSamples::default();
            if is_used {
                interval.stages.insert(stage.number, samples);
            }
            is_used || stage.number == current
        });
        self.failures.drain_into(&mut interval);
        interval.timers =
            TimerSamples { lateness: self.lateness.drain(), late: std::mem::take(&mut self.late) };
        for (message, place) in self.exceptions.drain(..) {
            interval.exceptions.entry(message).or_insert((place, 0)).1 += 1;
        }
        interval
    }

    fn failure(&mut self, operation: Operation, failure: &Failure, at: Instant) {
        let at_us = micros::nearest(at.saturating_duration_since(self.epoch));
        self.failures.count(operation, failure, at_us);
    }

    /// The samples of a stage. Few stages have requests in progress at once: one, seldom two.
    #[inline]
    fn stage(&mut self, SegmentId(number): SegmentId) -> &mut StageRecorder {
        let place = self.stages.iter().position(|stage| stage.number == number);
        let place = place.unwrap_or_else(|| {
            self.stages.push(StageRecorder::new(number));
            self.stages.len() - 1
        });
        &mut self.stages[place]
    }
}
