//! What a worker measured in one interval, before it is a numbered delta.
//!
//! Each core fills one; the parts are added up, and while the link to the controller is down whole
//! intervals are added up too: coarser in time, nothing lost.

mod delta;
mod samples;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use common::ask::{Ask, MOST_ASKS};
use common::class::PerClass;
use common::failure::{FailureClass, OTHER_TEXTS};
use common::slowest::Slowest;
use common::stats::{Concurrency, SparseHistogram};
use common::trace::TraceId;

pub use delta::Envelope;
pub use samples::{EndpointSamples, StageSamples, StreamSamples};

/// Distinct failure texts kept for one interval; more count under [`OTHER_TEXTS`].
pub const MAX_FAILURE_TEXTS: usize = 64;

/// Everything measured in an interval. Times are microseconds of the worker's clock.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interval {
    /// Samples by the stage in which their request started.
    pub stages: BTreeMap<u32, StageSamples>,
    /// Failures by endpoint, class and text.
    pub failures: BTreeMap<FailureText, FailureCount>,
    /// Failures whose text found no room.
    pub dropped_texts: u64,
    /// Users at the interval's end.
    pub users: PerClass<UserCount>,
    /// How punctual the worker's own timers were.
    pub timers: TimerSamples,
    /// How punctual it was to read what came.
    pub reading: ReadingSamples,
    /// What should not happen in the worker itself: message → (where, how often).
    pub exceptions: BTreeMap<String, (String, u64)>,
    /// Connections opened again, since the service had closed a kept one.
    pub reopened: u64,
    /// Questions that were sent without the whole of their conversation.
    pub shortened: u64,
    /// How many streams ran at once; nothing in several intervals that were added up.
    pub concurrency: Concurrency,
    /// Further intervals that were added to this one.
    pub coalesced: u64,
    /// What became of the arrivals of an open load.
    pub arrivals: ArrivalCounts,
    /// What the request log lacks.
    pub log: LogLoss,
    /// The slowest good requests, by the worker's clock.
    pub slowest: Slowest,
    /// The questions that ended, where each is told of.
    pub asks: AskSamples,
}

/// Questions one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskSamples {
    /// At most [`MOST_ASKS`].
    pub asks: Vec<Ask>,
    /// Those that had no room.
    pub dropped: u64,
}

impl AskSamples {
    /// Adds others, as far as there is room.
    fn add(&mut self, other: AskSamples) {
        let room = MOST_ASKS.saturating_sub(self.asks.len());
        self.dropped += other.dropped + other.asks.len().saturating_sub(room) as u64;
        self.asks.extend(other.asks.into_iter().take(room));
    }
}

/// What became of arrivals. Each is counted once, in one of the first four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArrivalCounts {
    /// Users that came.
    pub started: u64,
    /// For whom no place was free.
    pub dropped: u64,
    /// Due when nobody could start.
    pub missed: u64,
    /// Not due yet when the run was stopped.
    pub withdrawn: u64,
    /// Of those started, late.
    pub late: u64,
    /// A state: due and not started yet.
    pub waiting: u64,
}

impl ArrivalCounts {
    /// Adds what followed.
    fn add_next(&mut self, next: ArrivalCounts) {
        *self = ArrivalCounts {
            started: self.started + next.started,
            dropped: self.dropped + next.dropped,
            missed: self.missed + next.missed,
            withdrawn: self.withdrawn + next.withdrawn,
            late: self.late + next.late,
            waiting: next.waiting,
        };
    }
}

/// Requests that should be in the request log and are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogLoss {
    /// How many.
    pub dropped: u64,
    /// Why the log cannot be written, where that was not said before.
    pub error: Option<String>,
}

/// What identifies a kind of failure: the endpoint's number, the class, the words of the text.
pub type FailureText = (u32, FailureClass, String);

/// How often a failure occurred, when, and what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureCount {
    /// The first text as it was, numbers and ids included; secrets are hidden in it.
    pub example: String,
    /// Whether others of the same words differ from it.
    pub varies: bool,
    /// The trace of the request that the example is of.
    pub trace: Option<TraceId>,
    /// Occurrences.
    pub count: u64,
    /// Worker clock of the first.
    pub first_us: u64,
    /// Worker clock of the last.
    pub last_us: u64,
}

/// Users of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserCount {
    /// Running and not asked to stop.
    pub running: u32,
    /// Asked to stop, finishing what is in flight.
    pub stopping: u32,
    /// Running when most users of all classes together did.
    pub peak: u32,
}

/// How late timers fired beyond the runtime's own granularity, in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimerSamples {
    /// One sample for each observed timer.
    pub lateness: SparseHistogram,
    /// How many were more than 1 ms late.
    pub late: u64,
}

/// What came, and how long it lay unread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadingSamples {
    /// One sample for each answer and each piece of a stream, microseconds; the prompt ones as 100.
    pub lateness: SparseHistogram,
    /// Of those, with a kernel's stamp of their own.
    pub own_stamps: u64,
    /// Time of users that was lost: answers that lay unread, pauses that ended late; microseconds.
    pub lost_us: u64,
}

impl FailureCount {
    /// `text`, which came once.
    pub fn once(text: String, at_us: u64) -> FailureCount {
        FailureCount { example: text, varies: false, trace: None, count: 1, first_us: at_us, last_us: at_us }
    }

    fn add(&mut self, more: &FailureCount) {
        self.varies |= more.varies || more.example != self.example;
        self.count += more.count;
        self.first_us = self.first_us.min(more.first_us);
        self.last_us = self.last_us.max(more.last_us);
    }
}

impl ReadingSamples {
    fn add(&mut self, other: &ReadingSamples) {
        self.lateness.add(&other.lateness);
        self.own_stamps += other.own_stamps;
        self.lost_us += other.lost_us;
    }
}

impl Interval {
    /// Whether nothing came of any request in it, and nothing else that a report shows.
    pub fn is_idle(&self) -> bool {
        self.stages.is_empty()
            && self.failures.is_empty()
            && self.exceptions.is_empty()
            && self.reopened == 0
            && self.arrivals == ArrivalCounts::default()
            && self.log == LogLoss::default()
            && self.slowest.is_empty()
            && self.asks == AskSamples::default()
    }

    /// Counts failures, under [`OTHER_TEXTS`] when there are too many different texts already.
    fn add_failure(&mut self, key: FailureText, mut more: FailureCount) {
        let key = match self.failures.len() < MAX_FAILURE_TEXTS || self.failures.contains_key(&key) {
            true => key,
            false => {
                self.dropped_texts += more.count;
                more = FailureCount { example: OTHER_TEXTS.to_owned(), varies: false, ..more };
                (key.0, key.1, OTHER_TEXTS.to_owned())
            }
        };
        match self.failures.entry(key) {
            Entry::Vacant(place) => {
                place.insert(more);
            }
            Entry::Occupied(mut known) => known.get_mut().add(&more),
        }
    }

    /// Adds another core's part of the same interval: users add up.
    pub fn add_core(&mut self, other: Interval) {
        for (mine, theirs) in self.users.iter_mut().zip(&other.users) {
            mine.running += theirs.running;
            mine.stopping += theirs.stopping;
            mine.peak += theirs.peak;
        }
        self.concurrency.add(&other.concurrency);
        self.add_samples(other);
    }

    /// Adds the interval that follows: the later state of users and requests holds.
    pub fn add_next(&mut self, next: Interval) {
        let most = |users: &PerClass<UserCount>| users.iter().map(|count| u64::from(count.peak)).sum::<u64>();
        let next_is_greater = most(&next.users) > most(&self.users);
        for (mine, theirs) in self.users.iter_mut().zip(&next.users) {
            let peak = if next_is_greater { theirs.peak } else { mine.peak };
            *mine = UserCount { peak, ..*theirs };
        }
        self.coalesced += 1 + next.coalesced;
        self.concurrency = Concurrency::default();
        self.arrivals.add_next(next.arrivals);
        self.stages.values_mut().for_each(StageSamples::clear_states);
        self.add_samples(next);
    }

    fn add_samples(&mut self, other: Interval) {
        for (stage, theirs) in other.stages {
            self.stages.entry(stage).or_default().add(&theirs);
        }
        for (key, count) in other.failures {
            self.add_failure(key, count);
        }
        self.dropped_texts += other.dropped_texts;
        self.slowest.merge(&other.slowest);
        self.asks.add(other.asks);
        self.reopened += other.reopened;
        self.shortened += other.shortened;
        self.log.dropped += other.log.dropped;
        self.log.error = self.log.error.take().or(other.log.error);
        self.timers.lateness.add(&other.timers.lateness);
        self.timers.late += other.timers.late;
        self.reading.add(&other.reading);
        for (message, (place, count)) in other.exceptions {
            self.exceptions.entry(message).or_insert((place, 0)).1 += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::stats::Recorder;

    fn samples(values: &[u64]) -> SparseHistogram {
        let mut recorder = Recorder::default();
        values.iter().for_each(|value| recorder.record(*value));
        recorder.drain()
    }

    fn interval(stage: u32, latency: &[u64], running: u32, in_progress: u64) -> Interval {
        let mut interval = Interval::default();
        let stage = interval.stages.entry(stage).or_default();
        stage.endpoints[0].latency = samples(latency);
        stage.endpoints[1].waiting = samples(latency);
        stage.streams.in_progress = in_progress;
        stage.streams.waiting = samples(&latency.iter().map(|us| us * 1000).collect::<Vec<_>>());
        interval.users[0] = UserCount { running, stopping: 1, peak: running };
        interval
    }

    #[test]
    fn cores_of_one_interval_add_up() {
        let mut whole = interval(0, &[1, 2], 3, 4);
        whole.add_core(interval(0, &[3], 5, 6));
        assert_eq!(whole.stages[&0].endpoints[0].latency, samples(&[1, 2, 3]));
        assert_eq!(whole.users[0], UserCount { running: 8, stopping: 2, peak: 8 });
        assert_eq!(whole.stages[&0].streams.in_progress, 10);
        assert_eq!(whole.stages[&0].streams.waiting, samples(&[1000, 2000, 3000]));
        assert_eq!(whole.stages[&0].endpoints[1].waiting, samples(&[1, 2, 3]));
    }

    #[test]
    fn a_following_interval_adds_samples_and_replaces_state() {
        let mut first = interval(0, &[1], 9, 4);
        first.add_next(interval(1, &[2], 5, 6));
        assert_eq!(first.stages[&0].endpoints[0].latency, samples(&[1]));
        assert_eq!(first.stages[&1].endpoints[0].latency, samples(&[2]));
        assert_eq!(first.users[0], UserCount { running: 5, stopping: 1, peak: 9 });
        assert_eq!((first.stages[&0].streams.in_progress, first.stages[&1].streams.in_progress), (0, 6));
        assert_eq!(first.stages[&0].streams.waiting, samples(&[]), "who waited before waits no longer");
        assert_eq!(first.stages[&1].streams.waiting, samples(&[2000]));
        assert_eq!(first.stages[&0].endpoints[1].waiting, samples(&[]));
        assert_eq!(first.stages[&1].endpoints[1].waiting, samples(&[2]));
        assert_eq!(first.coalesced, 1);
    }

    #[test]
    fn failure_texts_are_bounded_and_every_failure_still_counts() {
        let mut interval = Interval::default();
        for text in 0..1000 {
            let once = FailureCount::once(text.to_string(), text);
            interval.add_failure((0, FailureClass::Http5xx, text.to_string()), once);
        }
        assert_eq!(interval.failures.len(), MAX_FAILURE_TEXTS + 1);
        assert_eq!(interval.failures.values().map(|failure| failure.count).sum::<u64>(), 1000);
        assert_eq!(interval.dropped_texts, 1000 - MAX_FAILURE_TEXTS as u64);
    }
}
