//! All totals of a run, and what each worker contributed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use common::ask::Ask;
use common::failure::OTHER_TEXTS;
use common::micros;
use common::protocol as wire;
use common::slowest::Slowest;
use common::stats::{Histogram, Percentile};

use super::checked::{ArrivalTally, CheckedDelta, EndpointPart, FailurePart};
use super::decode::{DeltaError, decode};
use super::failures::{ExceptionTotals, FailureKey, FailureTotals};
use super::in_progress::InProgress;
use super::seconds::Seconds;
use common::segment::Segment;
use common::totals::Totals;
use verdict::validity::WorkerLoad;

/// Distinct failures kept for the report; further ones count under one text per endpoint and class.
const MAX_FAILURES: usize = 1000;
/// Distinct exceptions kept for the report; further ones count under one message.
const MAX_EXCEPTIONS: usize = 200;
/// Of those, texts that one worker may be the first to report: it must not take the room of the others.
const MAX_TEXTS: u32 = 250;
/// Distinct reasons for refusals kept for each worker; they carry numbers, so there is no end of them.
const MAX_REASONS: usize = 8;
/// How far past the controller's run clock a worker's clock may reach before its interval is cut to end now.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// What one worker process contributed.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Number of the next delta that counts.
    pub next_seq: u64,
    /// Deltas merged.
    pub merged: u64,
    /// Deltas that had been merged before.
    pub duplicates: u64,
    /// Deltas that did not count, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Requests with an outcome, or cut.
    pub requests: u64,
    /// Requests that failed.
    pub failures: u64,
    /// Run clock up to which its deltas reach.
    pub covered: Duration,
    /// Spans of the run clock inside its life for which nothing came.
    pub gaps: Vec<Range<Duration>>,
    /// Most users at once.
    pub peak_users: u32,
    /// Greatest CPU of its busiest thread, thousandths of a core.
    pub cpu_peak: u32,
    /// Greatest resident memory.
    pub memory_peak: u64,
    /// How late it was for its users.
    pub load: WorkerLoad,
    /// How long what came lay unread, microseconds.
    pub lateness: Histogram,
    /// Of those samples, with a kernel's stamp of their own.
    pub own_stamps: u64,
    /// Timers that fired.
    pub timers: u64,
    /// Of those, late.
    pub timers_late: u64,
    /// Intervals that were merged before they were sent, because the link was down.
    pub coalesced: u64,
    /// Connections that its users opened again.
    pub reopened: u64,
    /// Questions that its users sent without the whole of their conversation.
    pub shortened: u64,
    /// What became of the arrivals that it was handed.
    pub arrivals: ArrivalTally,
    /// Requests that its request log lacks.
    pub log_dropped: u64,
    /// Why its request log could not be written; text from outside.
    pub log_error: Option<String>,
    /// Questions that it had no room to tell of.
    pub asks_dropped: u64,
    /// Failures that it was the first to report.
    pub texts: u32,
    /// How it was in its last interval.
    pub last: Option<Pulse>,
}

/// How a worker was in one interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Users running at its end.
    pub users: u32,
    /// CPU of its busiest thread, thousandths of a core.
    pub cpu_permille: u32,
    /// Resident memory.
    pub memory_bytes: u64,
    /// How long what came lay unread, 99 %, microseconds.
    pub lateness_p99_us: u64,
}

/// What became of a delta.
#[derive(Debug, PartialEq, Eq)]
pub enum MergeOutcome {
    /// It counts.
    New,
    /// It had been merged before; nothing changed.
    Duplicate,
}

/// All totals of a run.
#[derive(Debug)]
pub struct Ledger {
    run: [u8; 16],
    /// Segments that the timeline has so far.
    segments: u32,
    /// What was measured.
    pub totals: Totals,
    in_progress: InProgress,
    /// By second.
    pub seconds: Seconds,
    /// By kind.
    pub failures: BTreeMap<FailureKey, FailureTotals>,
    /// By message.
    pub exceptions: BTreeMap<String, ExceptionTotals>,
    /// The slowest good requests.
    pub slowest: Slowest,
    /// Questions that ended and nobody has taken yet.
    asks: Vec<Ask>,
    /// By worker, in the fleet's order.
    pub accounts: Vec<Account>,
}

impl Ledger {
    /// An empty ledger for `run`.
    pub fn new(run: [u8; 16]) -> Ledger {
        Ledger {
            run,
            segments: u32::MAX,
            totals: Totals::default(),
            in_progress: InProgress::default(),
            seconds: Seconds::default(),
            failures: BTreeMap::new(),
            exceptions: BTreeMap::new(),
            slowest: Slowest::default(),
            asks: Vec::new(),
            accounts: Vec::new(),
        }
    }

    /// The ledger of a run whose timeline has this many segments: samples of others are refused, since
    /// each segment costs memory.
    pub fn with_segments(self, segments: usize) -> Ledger {
        Ledger { segments: u32::try_from(segments).unwrap_or(u32::MAX), ..self }
    }

    /// The timeline has grown to this many segments.
    pub fn grow(&mut self, segments: usize) {
        self.segments = self.segments.max(u32::try_from(segments).unwrap_or(u32::MAX));
    }

    /// A worker is gone, with what it had in progress.
    pub fn forget_in_progress(&mut self, worker: usize) {
        self.in_progress.forget(worker);
    }

    /// Takes the questions that ended since the last call.
    pub fn take_asks(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.asks)
    }

    /// Lets the totals tell what is in progress as every worker said last.
    pub fn sum_in_progress(&mut self) {
        self.in_progress.sum_into(&mut self.totals);
    }

    /// The account of a worker, opened when it is new.
    pub fn account(&mut self, worker: usize) -> &mut Account {
        while self.accounts.len() <= worker {
            self.accounts.push(Account { next_seq: 1, ..Account::default() });
        }
        &mut self.accounts[worker]
    }

    /// Merges a delta of `worker` (its place in the fleet, its incarnation and name) at run clock
    /// `now`.
    ///
    /// # Errors
    /// The delta does not count; the reason is kept in the worker's account.
    pub fn merge(
        &mut self,
        worker: usize,
        incarnation: &[u8; 16],
        name: &str,
        delta: wire::Delta,
        now: Duration,
    ) -> Result<MergeOutcome, DeltaError> {
        let checked = self.check(worker, incarnation, delta, now);
        let account = self.account(worker);
        match checked {
            Ok(Some(part)) => {
                self.apply(worker, name, part);
                Ok(MergeOutcome::New)
            }
            Ok(None) => {
                account.duplicates += 1;
                Ok(MergeOutcome::Duplicate)
            }
            Err(refusal) => {
                account.refuse(&refusal);
                Err(refusal)
            }
        }
    }

    fn check(
        &mut self,
        worker: usize,
        incarnation: &[u8; 16],
        delta: wire::Delta,
        now: Duration,
    ) -> Result<Option<CheckedDelta>, DeltaError> {
        if delta.run != self.run {
            return Err(DeltaError::OtherRun);
        }
        if delta.incarnation != incarnation {
            return Err(DeltaError::OtherIncarnation);
        }
        let expected = self.account(worker).next_seq;
        if delta.seq < expected {
            return Ok(None);
        }
        if delta.seq > expected {
            return Err(DeltaError::Gap { expected, got: delta.seq });
        }
        let delta = not_ahead(delta, now);
        let part =
            decode(delta, micros::whole(now + CLOCK_TOLERANCE)).and_then(|part| self.of_this_shape(part));
        if part.is_err() {
            // Refused for good: asking for it again would only stop what comes after it.
            self.account(worker).next_seq += 1;
        }
        part.map(Some)
    }

    fn of_this_shape(&self, part: CheckedDelta) -> Result<CheckedDelta, DeltaError> {
        let named = part.stages.iter().map(|stage| stage.stage).chain(part.asks.iter().map(|ask| ask.stage));
        match named.into_iter().find(|stage| *stage >= self.segments) {
            Some(number) => Err(DeltaError::Unknown { what: "stage", number }),
            None => Ok(part),
        }
    }

    fn apply(&mut self, worker: usize, name: &str, part: CheckedDelta) {
        for stage in &part.stages {
            stage.add_to(&mut self.totals.run);
            stage.add_to(self.totals.segments.entry(Segment::from_number(stage.stage)).or_default());
        }
        self.in_progress.said(worker, &part.stages);
        self.seconds.merge(worker, &part);
        self.account(worker).add(&part);
        self.slowest.merge(&part.slowest);
        self.asks.extend(part.asks);
        for failure in part.failures {
            self.add_failure(worker, failure);
        }
        for wire::Exception { mut message, mut traceback, count } in part.exceptions {
            if self.exceptions.len() >= MAX_EXCEPTIONS && !self.exceptions.contains_key(&message) {
                (message, traceback) = ("(other exceptions)".to_owned(), String::new());
            }
            let entry = self.exceptions.entry(message).or_default();
            entry.traceback = traceback;
            entry.count = entry.count.saturating_add(count);
            entry.workers.insert(name.to_owned());
        }
    }

    fn add_failure(&mut self, worker: usize, failure: FailurePart) {
        let FailurePart { endpoint, class, words, mut example, mut varies, trace, count, first_us, last_us } =
            failure;
        let mut key = FailureKey { endpoint, class, words };
        if !self.failures.contains_key(&key) {
            let full = self.failures.len() >= MAX_FAILURES;
            let account = self.account(worker);
            if full || account.texts >= MAX_TEXTS {
                key.words = OTHER_TEXTS.to_owned();
                (example, varies) = (OTHER_TEXTS.to_owned(), false);
            } else {
                account.texts += 1;
            }
        }
        let (first, last) = (Duration::from_micros(first_us), Duration::from_micros(last_us));
        let new = || FailureTotals { example: example.clone(), varies, trace, count: 0, first, last };
        let entry = self.failures.entry(key).or_insert_with(new);
        entry.varies |= varies || entry.example != example;
        entry.count += count;
        entry.first = entry.first.min(first);
        entry.last = entry.last.max(last);
    }
}

/// A delta of a worker whose clock is ahead, because the controller's stood still: what it measured is as good
/// as before, only when is not. It ends now, at the latest.
fn not_ahead(mut delta: wire::Delta, now: Duration) -> wire::Delta {
    let latest = micros::whole(now + CLOCK_TOLERANCE);
    if delta.to_us > latest && delta.from_us < delta.to_us {
        delta.to_us = micros::whole(now).max(1);
        delta.from_us = delta.from_us.min(delta.to_us - 1);
    }
    delta
}

impl Account {
    /// Deltas that did not count.
    pub fn refused_deltas(&self) -> u64 {
        self.refused.values().sum()
    }

    fn refuse(&mut self, refusal: &DeltaError) {
        let mut reason = refusal.to_string();
        if self.refused.len() >= MAX_REASONS && !self.refused.contains_key(&reason) {
            reason = "other reasons".to_owned();
        }
        *self.refused.entry(reason).or_default() += 1;
    }

    fn add(&mut self, part: &CheckedDelta) {
        self.next_seq = part.seq + 1;
        self.merged += 1;
        let endpoints = || part.stages.iter().flat_map(|stage| &stage.endpoints);
        self.requests += endpoints().map(EndpointPart::requests).sum::<u64>();
        self.failures += endpoints().map(|part| part.failures).sum::<u64>();
        let (from, to) = (Duration::from_micros(part.from_us), Duration::from_micros(part.to_us));
        // The worker's estimate of the run clock moves by a little between deltas.
        if self.merged > 1 && from > self.covered + Duration::from_millis(500) {
            self.gaps.push(self.covered..from);
        }
        self.covered = self.covered.max(to);
        self.peak_users = self.peak_users.max(part.users.iter().map(|users| users.peak).sum());
        let health = &part.health;
        self.cpu_peak = self.cpu_peak.max(health.cpu_permille);
        self.load.add(&part.load());
        self.memory_peak = self.memory_peak.max(health.memory_bytes);
        self.timers = self.timers.saturating_add(health.timers);
        self.timers_late = self.timers_late.saturating_add(health.timers_late);
        self.lateness.merge(&part.lateness);
        self.own_stamps += health.own_stamps;
        let mut lateness = Histogram::default();
        lateness.merge(&part.lateness);
        self.coalesced = self.coalesced.saturating_add(health.coalesced);
        self.reopened = self.reopened.saturating_add(health.reopened);
        self.arrivals.add(&part.arrivals);
        self.shortened = self.shortened.saturating_add(health.shortened);
        self.log_dropped = self.log_dropped.saturating_add(health.log_dropped);
        self.asks_dropped = self.asks_dropped.saturating_add(health.asks_dropped);
        if self.log_error.is_none() && !health.log_error.is_empty() {
            self.log_error = Some(health.log_error.clone());
        }
        self.last = Some(Pulse {
            users: part.users.iter().fold(0, |sum, users| sum.saturating_add(users.running)),
            cpu_permille: health.cpu_permille,
            memory_bytes: health.memory_bytes,
            lateness_p99_us: lateness.percentile(Percentile::P99).unwrap_or_default(),
        });
    }
}
