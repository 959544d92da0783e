//! One run as a model worker carries it out: the rules of `worker::link::assigned_run`, over the real outbox,
//! lease and clock, with [`Users`] for an engine.

use common::protocol as wire;
use common::quota::{ScheduledUser, UserRange, expand};
use common::stats::SparseHistogram;
use rand::RngExt;
use rand_pcg::Pcg64;
use worker::interval::{Interval, UserCount};
use worker::link::{Lease, Outbox, RunClock, Waiting};

use super::sabotage::Sabotage;
use super::users::{Measured, Users, Wanted};

const SECOND_US: u64 = 1_000_000;
/// Gathering an interval from all cores takes at most this.
const GATHERING_US: u64 = 20_000;

/// An interval that is being gathered.
#[derive(Debug, Clone, Copy)]
struct Cutting {
    due: u64,
    from_us: u64,
    to_us: u64,
}

/// A run in progress. Times are of the worker's clock unless called run clock.
#[derive(Debug)]
pub struct Job {
    pub outbox: Outbox,
    pub clock: RunClock,
    pub users: Users,
    stop_timeout: u64,
    lease: Option<Lease>,
    lease_stopped: bool,
    draining: bool,
    epoch: u64,
    stage: u32,
    /// Run clock at which the last interval ended.
    cut: Option<u64>,
    cutting: Option<Cutting>,
    /// Everything that was put into intervals.
    pub kept: Measured,
    sabotage: Sabotage,
}

impl Job {
    pub fn new(
        welcome: &wire::Welcome,
        incarnation: [u8; 16],
        longest_request: u64,
        sabotage: Sabotage,
    ) -> Job {
        let plan = welcome.plan.clone().unwrap_or_default();
        let stop_timeout = u64::from(plan.stop_timeout_ms) * 1000;
        Job {
            outbox: Outbox::new(welcome.run.as_slice().try_into().unwrap(), incarnation, welcome.next_seq),
            clock: RunClock::default(),
            users: Users::new(stop_timeout, longest_request),
            stop_timeout,
            lease: None,
            lease_stopped: false,
            draining: false,
            epoch: 0,
            stage: 0,
            cut: None,
            cutting: None,
            kept: Measured::default(),
            sabotage,
        }
    }

    pub fn apply(&mut self, quota: &wire::Quota, now: u64, rng: &mut Pcg64) {
        if let Some(run_us) = quota.run_us
            && quota.echo_us > 0
        {
            self.clock.observe(quota.echo_us, now, run_us);
            self.cut.get_or_insert(run_us / SECOND_US * SECOND_US);
        }
        let lease = Lease::new(quota.echo_us, quota.lease_ms);
        if lease.is_over(now) {
            return;
        }
        self.lease = Some(self.lease.map_or(lease, |held| held.later(lease)));
        self.lease_stopped = false;
        if quota.epoch <= self.epoch {
            return;
        }
        self.epoch = quota.epoch;
        self.stage = quota.stage;
        let ranges: Vec<UserRange> = quota.users.iter().map(|range| range.try_into().unwrap()).collect();
        let slots: Vec<(ScheduledUser, Wanted)> =
            expand(&ranges, 1_000_000).unwrap().into_iter().map(|slot| (slot, self.wanted(&slot))).collect();
        self.users.apply(now, quota.epoch, &slots, rng);
    }

    fn wanted(&self, slot: &ScheduledUser) -> Wanted {
        let start = self.clock.surely_after(slot.start_at_us).unwrap_or(0);
        let stop = slot.stop_at_us.map(|at| self.clock.surely_before(at).unwrap_or(0));
        Wanted { start, stop }
    }

    /// The epoch of the last quota that counted.
    pub fn epoch_read(&self) -> u64 {
        if self.epoch == u64::MAX { self.users.applied() } else { self.epoch }
    }

    /// When users must stop for want of a renewal.
    pub fn lease_alarm(&self) -> Option<u64> {
        let counts = !self.lease_stopped && !self.draining && !self.sabotage.worker_ignores_its_lease;
        Some(self.lease.filter(|_| counts)?.stop_at())
    }

    /// When what a frozen process may still have in flight is nobody's any more.
    pub fn cut_at(&self) -> Option<u64> {
        Some(self.lease.filter(|_| !self.draining)?.cut_at())
    }

    pub fn lease_over(&mut self, now: u64, rng: &mut Pcg64) {
        if let Some(lease) = self.lease {
            self.lease_stopped = true;
            self.users.stop_all(now, lease.grace(now), rng);
        }
    }

    /// No quota gives users any more; every user ends within the stop timeout, or with the lease.
    pub fn leave(&mut self, now: u64, rng: &mut Pcg64) {
        self.epoch = u64::MAX;
        self.draining = self.sabotage.worker_leaves_without_lease;
        self.users.stop_all(now, self.stop_timeout, rng);
    }

    /// Every user ends within `grace`, whatever becomes of the lease.
    pub fn drain(&mut self, now: u64, grace: u64, rng: &mut Pcg64) {
        self.epoch = u64::MAX;
        self.draining = true;
        self.users.stop_all(now, grace, rng);
    }

    /// When the next interval is due.
    pub fn next_cut(&self) -> Option<u64> {
        let cut = self.cut.filter(|_| self.cutting.is_none())?;
        self.clock.to_worker((cut / SECOND_US + 1) * SECOND_US)
    }

    pub fn begin_cut(&mut self, now: u64, last: bool, rng: &mut Pcg64) {
        let (Some(from_us), Some(run_now)) = (self.cut, self.clock.to_run(now)) else { return };
        if self.cutting.is_some() {
            return;
        }
        let to_us = if last { run_now } else { run_now / SECOND_US * SECOND_US };
        let due = now + rng.random_range(0..GATHERING_US);
        self.cutting = Some(Cutting { due, from_us, to_us: to_us.max(from_us + 1) });
    }

    pub fn is_cutting(&self) -> bool {
        self.cutting.is_some()
    }

    /// When the interval that is being cut has been gathered.
    pub fn gathered_at(&self) -> Option<u64> {
        self.cutting.map(|cutting| cutting.due)
    }

    /// Keeps the gathered interval for delivery.
    pub fn keep(&mut self) {
        let Some(Cutting { from_us, to_us, .. }) = self.cutting.take() else { return };
        let measured = std::mem::take(&mut self.users.measured);
        self.kept += measured;
        let interval = self.interval(measured);
        self.outbox.push(Waiting {
            interval,
            from_us,
            to_us,
            cpu_permille: 1,
            wait_permille: 0,
            memory_bytes: 1,
        });
        self.cut = Some(to_us);
    }

    fn interval(&self, measured: Measured) -> Interval {
        let mut interval = Interval::default();
        let endpoint = &mut interval.stages.entry(self.stage).or_default().endpoints[0];
        endpoint.latency = samples(measured.requests);
        endpoint.cut = measured.cut;
        endpoint.bytes = measured.bytes;
        for (count, (running, stopping)) in interval.users.iter_mut().zip(self.users.counts()) {
            *count = UserCount { running, stopping, peak: running };
        }
        interval
    }
}

/// So many samples of 5 µs, without the cost of a recorder.
fn samples(count: u64) -> SparseHistogram {
    SparseHistogram::repeated(5, count)
}

/// What a delta says was measured.
pub fn measured_in(delta: &wire::Delta) -> Measured {
    let mut measured = Measured::default();
    for endpoint in delta.stages.iter().flat_map(|stage| &stage.endpoints) {
        let latency = endpoint.latency.as_ref();
        measured += Measured {
            requests: latency.map_or(0, |latency| SparseHistogram::decode(latency).unwrap().count()),
            cut: endpoint.cut,
            bytes: endpoint.bytes,
        };
    }
    measured
}
