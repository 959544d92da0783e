//! The samples of one stage.

use std::time::{Duration, Instant};

use common::api::{OPERATIONS, Operation};
use common::micros;
use common::stats::{Metric, StreamCounts};

use crate::chat::{Finish, StreamReport};
use crate::http::{Span, Start};
use crate::interval::{EndpointSamples, StageSamples, StreamSamples};

use super::times::TimeRecorder;
use super::waiting::{Step, Waiting};

/// A rate that is known to within one part in this many is recorded as seen.
const SURE_RATE: u64 = 500;

/// Samples of requests that started in one stage.
#[derive(Debug)]
pub(super) struct StageRecorder {
    pub(super) number: u32,
    pub(super) endpoints: [EndpointRecorder; OPERATIONS],
    pub(super) streams: StreamRecorder,
}

/// One endpoint.
#[derive(Debug, Default)]
pub(super) struct EndpointRecorder {
    latency: TimeRecorder,
    failed: TimeRecorder,
    failures: u64,
    pub(super) cut: u64,
    abandoned: u64,
    bytes: u64,
    /// A state, not a count: those in progress, but for streams, which have their own.
    pub(super) waiting: Waiting,
}

/// All streams, and the connections of every kind of request.
#[derive(Debug, Default)]
pub(super) struct StreamRecorder {
    pub(super) counts: StreamCounts,
    metrics: [TimeRecorder; Metric::ALL.len()],
    /// When users left; what would have come, and when, nobody knows.
    left: TimeRecorder,
    /// Of those, before any visible text.
    left_textless: TimeRecorder,
    /// A state, not a count: it is reported with every interval and goes on.
    pub(super) in_progress: u64,
    /// Likewise: those of them without visible text.
    waiting: Waiting,
}

impl StageRecorder {
    pub(super) fn new(number: u32) -> StageRecorder {
        StageRecorder { number, endpoints: Default::default(), streams: StreamRecorder::default() }
    }

    #[inline]
    pub(super) fn request(&mut self, operation: Operation, latency: Span, bytes: u64, failed: bool) {
        let endpoint = &mut self.endpoints[operation.index()];
        endpoint.bytes += bytes;
        if failed {
            // It meets no bound, however long it took.
            endpoint.latency.record(micros::nearest(latency.seen));
            endpoint.failed.record(micros::nearest(latency.seen));
            endpoint.failures += 1;
        } else {
            endpoint.latency.span(latency);
        }
    }

    /// A user left a request whose answer had come to so many bytes: how long the answer takes nobody knows.
    pub(super) fn left(&mut self, operation: Operation, bytes: u64) {
        let endpoint = &mut self.endpoints[operation.index()];
        endpoint.bytes += bytes;
        endpoint.abandoned += 1;
    }

    /// Takes the samples; what is in progress is reported as it is at `now`.
    pub(super) fn drain(&mut self, epoch: Instant, now: Instant) -> StageSamples {
        StageSamples {
            endpoints: self.endpoints.each_mut().map(|endpoint| endpoint.drain(epoch, now)),
            streams: self.streams.drain(epoch, now),
        }
    }
}

impl EndpointRecorder {
    fn drain(&mut self, epoch: Instant, now: Instant) -> EndpointSamples {
        let (latency, uncertain) = self.latency.drain();
        EndpointSamples {
            latency,
            failed_latency: self.failed.drain().0,
            uncertain,
            failures: std::mem::take(&mut self.failures),
            cut: std::mem::take(&mut self.cut),
            abandoned: std::mem::take(&mut self.abandoned),
            bytes: std::mem::take(&mut self.bytes),
            waiting: self.waiting.ages_beyond_a_step(epoch, now),
        }
    }
}

impl StreamRecorder {
    /// A stream starts in that step.
    #[inline]
    pub(super) fn begin(&mut self, step: Step) {
        self.counts.begun += 1;
        self.in_progress += 1;
        self.waiting.begin(step);
    }

    /// The first visible text of a stream came that started in that step.
    #[inline]
    pub(super) fn first_text(&mut self, step: Step, ttft: Span) {
        self.waiting.end(step);
        self.metric(Metric::Ttft).span(ttft);
    }

    /// A stream that started in that step is over.
    pub(super) fn end(&mut self, step: Step, had_text: bool) {
        self.in_progress -= 1;
        if !had_text {
            self.waiting.end(step);
        }
    }

    /// Visible text came, so long after the text before it.
    #[inline]
    pub(super) fn gap(&mut self, gap: Span) {
        self.counts.chunks += 1;
        self.metric(Metric::Icl).span(gap);
    }

    /// The first request of an arrival is over, `time` after its start if it has an outcome; its first text came `text`
    /// after that.
    pub(super) fn arrival(&mut self, due: Instant, start: Start, time: Option<Span>, text: Option<Span>) {
        let delay = start.at.saturating_duration_since(due);
        self.metric(Metric::StartDelay).record(micros::nearest(delay));
        if let Some(time) = time {
            self.metric(Metric::FromStart).span(time);
            self.metric(Metric::FromDue).span(time.after(delay));
        }
        if let Some(text) = text {
            self.metric(Metric::TextFromDue).span(text.after(delay));
        }
    }

    pub(super) fn connect(&mut self, connect: Duration) {
        self.metric(Metric::Connect).record(micros::nearest(connect));
    }

    /// Counts a stream that has ended, but for its text, which was counted as it came. The stamps of one that failed count as far as it came, but
    /// for those of a refusal: what answers a refused stream at once says nothing about streams.
    pub(super) fn report(&mut self, report: &StreamReport) {
        let (completed, failed) = (report.is_complete(), report.outcome.is_err());
        self.counts.completed += u64::from(completed);
        self.counts.failed += u64::from(failed);
        self.counts.abandoned += u64::from(report.left);
        self.counts.textless += u64::from(failed && report.ttft.is_none());
        self.counts.stalled += u64::from(completed && report.stalled);
        self.counts.tokens += report.tokens;
        self.counts.tokens_reported += if report.has_usage { report.tokens } else { 0 };
        self.counts.comments += report.comments;
        self.counts.hidden += report.hidden;
        self.counts.prompt_tokens += report.prompt_tokens;
        self.counts.cached_tokens += report.cached_tokens;
        self.counts.reasoning_tokens += report.reasoning_tokens;
        if completed {
            self.completed(report);
        }
        if report.left {
            let waited = micros::nearest(report.time().seen);
            self.left.record(waited);
            if report.ttft.is_none() {
                self.left_textless.record(waited);
            }
        }
        let accepted = (200..300).contains(&report.status);
        if let Some(connect) = report.connect {
            self.connect(connect);
        }
        let times = [
            (Metric::Headers, report.headers.filter(|_| accepted)),
            (Metric::FirstByte, report.first_byte.filter(|_| accepted)),
            (Metric::FirstEvent, report.first_event),
            (Metric::Ttfr, report.ttfr),
            (Metric::Tpot, report.tpot()),
            (Metric::E2e, report.e2e()),
        ];
        for (metric, time) in times {
            if let Some(time) = time {
                self.metric(metric).span(time);
            }
        }
        if let Some(rates @ [rate, least, most]) = report.milli_tokens_per_second() {
            let metric = self.metric(Metric::TokenRate);
            metric.record(rate);
            if most - least > rate / SURE_RATE {
                metric.doubt(rates);
            }
        }
    }

    /// What only a whole answer shows.
    fn completed(&mut self, report: &StreamReport) {
        let counts = &mut self.counts;
        counts.wordless += u64::from(report.chunks == 0);
        counts.contradicted += u64::from(report.is_contradicted);
        counts.text_after_end += u64::from(report.text_after_end);
        counts.left_open += u64::from(report.left_open);
        match report.finish {
            None => {}
            Some(Finish::Stop) => counts.finish_stop += 1,
            Some(Finish::Length) => counts.finish_length += 1,
            Some(Finish::Tool) => counts.finish_tool += 1,
            Some(Finish::Filter) => counts.finish_filter += 1,
            Some(Finish::Other) => counts.finish_other += 1,
        }
    }

    #[inline]
    fn metric(&mut self, metric: Metric) -> &mut TimeRecorder {
        &mut self.metrics[metric as usize]
    }

    fn drain(&mut self, epoch: Instant, now: Instant) -> StreamSamples {
        let mut samples = StreamSamples {
            counts: std::mem::take(&mut self.counts),
            in_progress: self.in_progress,
            waiting: self.waiting.ages(epoch, now),
            left: self.left.drain().0,
            left_textless: self.left_textless.drain().0,
            ..StreamSamples::default()
        };
        for (place, metric) in self.metrics.iter_mut().enumerate() {
            (samples.metrics[place], samples.uncertain[place]) = metric.drain();
        }
        samples
    }
}
