//! The run second by second: open while deltas may still come, then a row.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use common::api::{OPERATIONS, Operation};
use common::micros::whole;
use common::stats::{Concurrency, Histogram, LOOKS, Metric};

use super::checked::{ArrivalTally, CheckedDelta, MetricPart};
use common::totals::EndpointTotals;
use verdict::{Arrived, FailureKinds, GeneratorLoad, Second};

/// What ends within this time after the run counts in the run's last second: the last requests end a moment after
/// their users were to stop, and a row of that moment alone would look like a service that collapsed.
pub const TAIL: Duration = Duration::from_millis(500);

/// One second of the run, all workers together.
#[derive(Debug, Clone, Default)]
pub struct OpenSecond {
    /// By operation: what ended in this second.
    pub endpoints: [EndpointTotals; OPERATIONS],
    /// All endpoints together, summed up when the second is closed.
    pub all: EndpointTotals,
    /// Time to first token of streams whose first token came in this second, microseconds.
    pub ttft: Histogram,
    /// Gaps before the chunks that came in this second, microseconds.
    pub icl: Histogram,
    /// Tokens of streams that ended in this second.
    pub tokens: u64,
    /// Streams asked for in this second.
    pub begun: u64,
    /// Events of this second that added visible text.
    pub chunks: u64,
    /// Streams that ended in this second, completed or failed.
    pub streams: u64,
    /// Of those, completed.
    pub completed: u64,
    /// How many streams ran at once.
    pub concurrency: Concurrency,
    /// Failures by what they say of the service's limits.
    pub failure_kinds: FailureKinds,
    /// What the load generator itself was like: the worst of its workers.
    pub load: GeneratorLoad,
    /// What became of arrivals, in an open load.
    pub arrivals: Option<ArrivalTally>,
    /// By worker.
    workers: BTreeMap<usize, WorkerSecond>,
}

/// One worker at the second's end.
#[derive(Debug, Clone, Copy)]
struct WorkerSecond {
    running: u32,
    stopping: u32,
    /// Most users of its own within the second.
    peak: u32,
    /// Streams in progress.
    in_progress: u64,
    /// Arrivals due and not started.
    arrivals_waiting: u64,
}

impl OpenSecond {
    /// Latency of the calls that are no streams, microseconds.
    pub fn calls(&self) -> Histogram {
        let mut calls = Histogram::default();
        let endpoints = self.endpoints.iter().enumerate();
        let latencies = endpoints.filter(|(place, _)| *place != Operation::Chat.index());
        latencies.for_each(|(_, endpoint)| calls.add(&endpoint.latency));
        calls
    }

    /// Users running at the second's end.
    pub fn running(&self) -> u32 {
        self.workers.values().fold(0, |sum, worker| sum.saturating_add(worker.running))
    }

    /// Users asked to stop and finishing what is in flight.
    pub fn stopping(&self) -> u32 {
        self.workers.values().fold(0, |sum, worker| sum.saturating_add(worker.stopping))
    }

    /// Most users running within the second, if no worker gave one to another.
    pub fn peak(&self) -> u32 {
        self.workers.values().fold(0, |sum, worker| sum.saturating_add(worker.peak))
    }

    /// Streams in progress at the second's end.
    pub fn in_progress(&self) -> u64 {
        self.workers.values().map(|worker| worker.in_progress).sum()
    }

    /// Arrivals due and not started at the second's end.
    pub fn arrivals_waiting(&self) -> u64 {
        self.workers.values().map(|worker| worker.arrivals_waiting).sum()
    }

    /// Workers that reported.
    pub fn workers(&self) -> usize {
        self.workers.len()
    }

    /// What it says of the service and of the load generator. `target`: the users that were wanted at its end.
    pub fn evidence(&self, target: u32) -> Second {
        let mean = |looks: &[u32; LOOKS]| looks.iter().map(|seen| *seen as f32).sum::<f32>() / LOOKS as f32;
        let producing_peak = self.concurrency.producing.iter().copied().max().unwrap_or(0);
        let at_peak = self.concurrency.producing.iter().filter(|seen| **seen == producing_peak).count();
        Second {
            users: self.running(),
            target,
            stopping: self.stopping(),
            requests: self.all.count(),
            failed: self.all.failures,
            begun: self.begun,
            first_tokens: self.ttft.count(),
            ttft_us: self.ttft.sum(),
            chunks: self.chunks,
            gaps_us: self.icl.sum(),
            streams: self.streams,
            completed: self.completed,
            open: mean(&self.concurrency.open),
            producing: mean(&self.concurrency.producing),
            producing_peak,
            looks_at_peak: at_peak as u32,
            failures: self.failure_kinds,
            load: self.load,
            arrivals: self.arrivals.map(|tally| self.arrived(&tally)),
        }
    }

    fn arrived(&self, tally: &ArrivalTally) -> Arrived {
        let waiting = u32::try_from(self.arrivals_waiting()).unwrap_or(u32::MAX);
        let ArrivalTally { started, dropped, missed, .. } = *tally;
        let present = self.running().saturating_add(waiting);
        let workers = u32::try_from(self.workers()).unwrap_or(u32::MAX);
        Arrived { started, dropped, missed, waiting, present, workers }
    }

    /// `late`: the part is of a moment after this second. What it counts, counts here; what it saw at certain
    /// moments would be added to what was seen at others.
    fn merge(&mut self, worker: usize, part: &CheckedDelta, late: bool) {
        let mut in_progress = 0;
        for stage in &part.stages {
            stage.endpoints.iter().for_each(|part| part.add_to(&mut self.endpoints));
            for MetricPart { metric, samples, .. } in &stage.metrics {
                match metric {
                    Metric::Ttft => self.ttft.merge(samples),
                    Metric::Icl => self.icl.merge(samples),
                    _ => {}
                }
            }
            self.tokens += stage.streams.tokens;
            self.begun += stage.streams.begun;
            self.chunks += stage.streams.chunks;
            self.streams += stage.streams.ended();
            self.completed += stage.streams.completed;
            in_progress += stage.in_progress;
        }
        if !late {
            self.concurrency.add(&part.concurrency);
        }
        part.failures
            .iter()
            .for_each(|failure| self.failure_kinds.count(failure.class, &failure.example, failure.count));
        self.load.worst(part.load());
        if part.arrivals != ArrivalTally::default() {
            self.arrivals.get_or_insert_default().add(&part.arrivals);
        }
        if late {
            // Its users are those of another second: beside the others' of this one they would be too many.
            return;
        }
        let running = part.users.iter().map(|users| users.running).sum();
        let stopping = part.users.iter().map(|users| users.stopping).sum();
        let peak = part.users.iter().map(|users| users.peak).sum();
        let before = self.workers.get(&worker).map_or(0, |before| before.peak);
        let peak = before.max(peak);
        let arrivals_waiting = part.arrivals_waiting;
        let second = WorkerSecond { running, stopping, peak, in_progress, arrivals_waiting };
        self.workers.insert(worker, second);
    }
}

/// The seconds that may still change, oldest first, and how far they were closed.
#[derive(Debug, Clone, Default)]
pub struct Seconds {
    open: VecDeque<OpenSecond>,
    closed: u64,
    late: u64,
    /// The run's end on the run clock, once it has come, microseconds.
    run_end_us: Option<u64>,
}

impl Seconds {
    /// The run ended then, on the run clock.
    pub fn run_ended(&mut self, at: Duration) {
        self.run_end_us = Some(whole(at));
    }

    /// Adds a delta to the second in which its interval ends. One that comes after its second was
    /// closed counts in the oldest second still open, so that the rows always add up to the totals.
    pub fn merge(&mut self, worker: usize, part: &CheckedDelta) {
        let tail_of = self.run_end_us.filter(|end| part.from_us >= *end && part.to_us <= end + whole(TAIL));
        let second = (tail_of.unwrap_or(part.to_us).max(1) - 1) / 1_000_000;
        let closed = second < self.closed;
        self.late += u64::from(closed);
        let late = closed || tail_of.is_some();
        let place = usize::try_from(second.saturating_sub(self.closed)).unwrap_or(usize::MAX);
        while self.open.len() <= place {
            self.open.push_back(OpenSecond::default());
        }
        self.open[place].merge(worker, part, late);
    }

    /// Closes the oldest second; an empty one when nothing was heard of it.
    pub fn close(&mut self) -> (u64, OpenSecond) {
        let second = self.closed;
        self.closed += 1;
        let mut open = self.open.pop_front().unwrap_or_default();
        open.endpoints.iter().for_each(|endpoint| open.all.add(endpoint));
        (second, open)
    }

    /// The number of the oldest second still open.
    pub fn next(&self) -> u64 {
        self.closed
    }

    /// The second after the last one that anything was heard of.
    pub fn end(&self) -> u64 {
        self.closed + self.open.len() as u64
    }

    /// Deltas that came after their second was closed.
    pub fn late(&self) -> u64 {
        self.late
    }
}
