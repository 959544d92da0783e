//! What one core measures.
//!
//! One owner, one thread: plain integers, no lock, no atomic, and no allocation for a sample once
//! its histogram exists. Histograms are made when a stage first needs them; those of a stage that
//! is over are freed when an interval passes without a sample for it.

mod asks;
mod concurrency;
mod failures;
mod reading;
mod slowest;
mod stage;
mod stages;
#[cfg(test)]
mod tests;
mod times;
mod waiting;

use std::time::{Duration, Instant};

use common::api::Operation;
use common::ask::AskEnd;
use common::micros;
use common::segment::Segment;
use common::slowest::SlowPart;
use common::stats::Recorder;
use common::trace::TraceId;

use crate::chat::{Chunk, StreamReport};
use crate::http::{Exchange, Failure, Start};
use crate::interval::{Interval, StageSamples, TimerSamples};
use crate::request_log::CoreLog;
pub(crate) use asks::Asks;
use concurrency::OpenStreams;
use failures::Failures;
use reading::Reading;
use slowest::SlowestSoFar;
use stage::StageRecorder;
use stages::StageClock;
use waiting::{Step, StepClock};

/// Timers of the runtime fire on whole milliseconds; a smaller delay is not lateness.
const TIMER_GRANULARITY: Duration = Duration::from_millis(1);

/// The samples of one core since the last [`CoreRecorder::drain`].
#[derive(Debug)]
pub struct CoreRecorder {
    /// Zero of the worker clock.
    epoch: Instant,
    clock: StageClock,
    steps: StepClock,
    stages: Vec<StageRecorder>,
    streams: OpenStreams,
    failures: Failures,
    slowest: SlowestSoFar,
    reading: Reading,
    lateness: Recorder,
    late: u64,
    exceptions: Vec<(String, String)>,
    /// Connections opened again, since the service had closed a kept one.
    pub reopened: u64,
    /// Questions that were sent without the whole of their conversation.
    pub shortened: u64,
    /// The log of single requests, if one is kept.
    pub(crate) log: Option<CoreLog>,
    /// Each question, where somebody joins them to the model's requests.
    pub(crate) asks: Option<Asks>,
}

/// A request that has started: when, and the stage to which it belongs, which is the one that was current then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    stage: u32,
    step: Step,
    at: Instant,
    asker: Asker,
    /// When the arrival was due whose first request it is.
    pub due: Option<Instant>,
}

/// Who made a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asker {
    /// Number of the user, as the service sees it.
    pub user: u64,
    /// The trace that the request belongs to, if it carries one.
    pub trace: Option<TraceId>,
    /// Whether it is a question.
    pub asks: bool,
    /// The nonce in front of that.
    pub nonce: Option<u32>,
}

impl Begun {
    /// Who made it.
    pub(crate) fn asker(&self) -> Asker {
        self.asker
    }

    /// The same, made by somebody.
    pub fn by(self, asker: Asker) -> Begun {
        Begun { asker, ..self }
    }

    /// Number of its segment.
    pub(crate) fn stage(&self) -> u32 {
        self.stage
    }

    /// When it started.
    pub(crate) fn at(&self) -> Instant {
        self.at
    }

    /// The same as the first request of an arrival that was due then.
    pub fn of_arrival(self, due: Option<Instant>) -> Begun {
        Begun { due, ..self }
    }
}

impl CoreRecorder {
    /// An empty recorder in stage 0. `epoch` is the zero of the worker clock.
    pub fn new(epoch: Instant) -> CoreRecorder {
        CoreRecorder {
            epoch,
            clock: StageClock::default(),
            steps: StepClock::new(epoch),
            stages: Vec::new(),
            streams: OpenStreams::new(epoch),
            failures: Failures::default(),
            slowest: SlowestSoFar::default(),
            reading: Reading::default(),
            lateness: Recorder::default(),
            late: 0,
            exceptions: Vec::new(),
            reopened: 0,
            shortened: 0,
            log: None,
            asks: None,
        }
    }

    /// Requests that start at `from` or later belong to `stage`.
    pub fn set_stage(&mut self, stage: u32, from: Instant) {
        self.clock.set(stage, from);
    }

    /// A request starts. The calls that record its outcome take what is returned here.
    #[inline]
    pub fn begin(&mut self, operation: Operation, now: Instant) -> Begun {
        let stage = self.clock.at(now);
        self.begin_in(stage, operation, now)
    }

    /// The same in the part of its stage by which nothing is judged.
    pub fn begin_unmeasured(&mut self, operation: Operation, now: Instant) -> Begun {
        let stage = Segment::from_number(self.clock.at(now)).unmeasured().number();
        self.begin_in(stage, operation, now)
    }

    #[inline]
    fn begin_in(&mut self, stage: u32, operation: Operation, now: Instant) -> Begun {
        let step = self.steps.at(now);
        let samples = self.stage(stage);
        if operation == Operation::Chat {
            samples.streams.begin(step);
            self.streams.begin();
        } else {
            samples.endpoints[operation.index()].waiting.begin(step);
        }
        Begun { stage, step, at: now, asker: Asker::default(), due: None }
    }

    /// A request has its outcome.
    pub fn exchange(&mut self, begun: Begun, operation: Operation, exchange: &Exchange) {
        self.reading.came(exchange.ended);
        self.reading.lost(exchange.ended.unread.time());
        let time = exchange.time();
        let samples = self.stage(begun.stage);
        samples.endpoints[operation.index()].waiting.end(begun.step);
        samples.request(operation, time, exchange.bytes, exchange.outcome.is_err());
        if let Some(connect) = exchange.connect {
            samples.streams.connect(connect);
        }
        if let Some(due) = begun.due {
            samples.streams.arrival(due, exchange.start, Some(time), None);
        }
        if let (Operation::Own(_), Some(asks)) = (operation, &mut self.asks) {
            let end = if exchange.outcome.is_ok() { AskEnd::Answered } else { AskEnd::Failed };
            asks.other(begun, operation, end, time.seen);
        }
        match &exchange.outcome {
            Ok(()) => self.slow(begun, operation, SlowPart::Answer, exchange.start, time.seen),
            Err(failure) => self.failure(begun, operation, failure, exchange.ended.at),
        }
    }

    /// Visible text of a stream has come. The time to the first belongs to the stage in which the stream
    /// started; what comes counts in the stage in which it comes, as the load then is what made it late.
    #[inline]
    pub fn chunk(&mut self, begun: Begun, chunk: Chunk) {
        match chunk {
            Chunk::First { at, ttft } => {
                self.reading.came(at);
                self.streams.first_text();
                self.stage(begun.stage).streams.first_text(begun.step, ttft);
                self.current(at.at).streams.counts.chunks += 1;
            }
            Chunk::After { at, gap } => {
                self.reading.came(at);
                self.current(at.at).streams.gap(gap);
            }
        }
    }

    /// A stream has its outcome. Its request counts as one too, with the whole stream as latency.
    pub fn stream(&mut self, begun: Begun, report: &StreamReport) {
        self.reading.came(report.ended);
        self.reading.lost(report.ended.unread.time());
        let samples = self.stage(begun.stage);
        match report.left {
            true => samples.left(Operation::Chat, report.bytes),
            false => samples.request(Operation::Chat, report.time(), report.bytes, report.outcome.is_err()),
        }
        samples.streams.end(begun.step, report.ttft.is_some());
        samples.streams.report(report);
        if let Some(due) = begun.due {
            // When its user left says nothing of how long the answer takes.
            let time = (!report.left).then(|| report.time());
            samples.streams.arrival(due, report.start, time, report.ttft);
        }
        self.streams.end(report.ttft.is_some());
        if let Some(asks) = &mut self.asks {
            asks.stream(begun, report);
        }
        if let Err(failure) = &report.outcome {
            return self.failure(begun, Operation::Chat, failure, report.ended.at);
        }
        if let Some(ttft) = report.ttft {
            self.slow(begun, Operation::Chat, SlowPart::FirstText, report.start, ttft.seen);
        }
        if !report.left {
            self.slow(begun, Operation::Chat, SlowPart::Answer, report.start, report.time().seen);
        }
    }

    /// A stream failed before it was asked for: the question failed whose answer it was to be. The failure is the
    /// question's.
    pub fn unasked(&mut self, begun: Begun) {
        let streams = &mut self.stage(begun.stage).streams;
        streams.end(begun.step, false);
        streams.counts.failed += 1;
        streams.counts.textless += 1;
        self.streams.end(false);
        if let Some(asks) = &mut self.asks {
            asks.other(begun, Operation::Chat, AskEnd::Failed, Duration::ZERO);
        }
    }

    /// A request was broken off. It counts as cut if any of it had been `sent`; a stream may have
    /// `had_text` already, the time to which counts.
    pub fn cut(&mut self, begun: Begun, operation: Operation, sent: bool, had_text: bool) {
        let samples = self.stage(begun.stage);
        samples.endpoints[operation.index()].cut += u64::from(sent);
        if let (true, Some(asks)) = (sent, &mut self.asks) {
            // A question by itself is told of with the stream that answers it.
            let answers = if operation == Operation::Question { Operation::Chat } else { operation };
            asks.other(begun, answers, AskEnd::Cut, Duration::ZERO);
        }
        let samples = self.stage(begun.stage);
        if operation == Operation::Chat {
            samples.streams.end(begun.step, had_text);
            samples.streams.counts.cut += u64::from(sent);
            self.streams.end(had_text);
        } else {
            samples.endpoints[operation.index()].waiting.end(begun.step);
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

    /// A user's pause ended this long after it was due.
    pub fn pause(&mut self, lateness: Duration) {
        self.reading.lost(lateness.saturating_sub(TIMER_GRANULARITY));
        self.timer(lateness);
    }

    /// Something went wrong in the worker itself, at `place`.
    pub fn exception(&mut self, message: String, place: String) {
        self.exceptions.push((message, place));
    }

    /// Takes what was recorded since the last call. The counts of users are not the recorder's.
    pub fn drain(&mut self, now: Instant) -> Interval {
        if let Some(log) = &mut self.log {
            log.end_second();
        }
        let concurrency = self.streams.drain(now);
        let reopened = std::mem::take(&mut self.reopened);
        let reading = self.reading.drain();
        let shortened = std::mem::take(&mut self.shortened);
        let mut interval = Interval { concurrency, reopened, shortened, reading, ..Interval::default() };
        let (current, epoch) = (self.clock.at(now), self.epoch);
        self.stages.retain_mut(|stage| {
            let samples = stage.drain(epoch, now);
            let is_used = samples != StageSamples::default();
            if is_used {
                interval.stages.insert(stage.number, samples);
            }
            is_used || stage.number == current
        });
        self.failures.drain_into(&mut interval);
        interval.slowest = self.slowest.drain();
        interval.asks = self.asks.as_mut().map(Asks::drain).unwrap_or_default();
        interval.timers =
            TimerSamples { lateness: self.lateness.drain(), late: std::mem::take(&mut self.late) };
        for (message, place) in self.exceptions.drain(..) {
            interval.exceptions.entry(message).or_insert((place, 0)).1 += 1;
        }
        interval
    }

    fn failure(&mut self, begun: Begun, operation: Operation, failure: &Failure, at: Instant) {
        let at_us = micros::nearest(self.since_epoch(at));
        self.failures.count(operation, failure, at_us, begun.asker.trace);
    }

    /// A good request, or its first text, took so long.
    #[inline]
    fn slow(&mut self, begun: Begun, operation: Operation, part: SlowPart, start: Start, took: Duration) {
        let took_us = micros::nearest(took);
        if self.slowest.may_take(operation, part, took_us) {
            let at_us = micros::nearest(self.since_epoch(start.at));
            self.slowest.take(operation, part, begun, at_us, took_us);
        }
    }

    #[inline]
    fn since_epoch(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.epoch)
    }

    /// The samples of the stage that is current at `now`.
    #[inline]
    fn current(&mut self, now: Instant) -> &mut StageRecorder {
        let stage = self.clock.at(now);
        self.stage(stage)
    }

    /// The samples of a stage. Few stages have requests in progress at once: one, seldom two.
    #[inline]
    fn stage(&mut self, number: u32) -> &mut StageRecorder {
        let place = self.stages.iter().position(|stage| stage.number == number);
        let place = place.unwrap_or_else(|| {
            self.stages.push(StageRecorder::new(number));
            self.stages.len() - 1
        });
        &mut self.stages[place]
    }
}
