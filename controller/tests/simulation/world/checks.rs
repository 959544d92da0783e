//! What is looked at while a schedule runs.

use std::time::Duration;

use common::protocol::controller_message::Kind as ToWorker;
use hub::run::{Phase, TICK};

use super::super::audit::steady_target;
use super::super::network::Conn;
use super::super::plan::Fault;
use super::super::worker::Worker;
use super::{CHECK_US, World};

/// Two clocks of this simulation drift apart by no more than this.
const DRIFT_PPM: u64 = 10_100;
/// Round trips that an estimate of the run clock remembers.
const REMEMBERED: usize = 16;

impl World {
    pub(super) fn check(&mut self) {
        self.check_target();
        self.check_return();
        self.check_end();
    }

    pub(super) fn check_target(&mut self) {
        match self.run.clock(self.controller_now()) {
            Some(clock) => self.audit.check_target(&self.plan.shape, clock),
            None if self.audit.running() != [0; 3] => {
                self.audit.violated(|| "users run before the run".to_owned())
            }
            None => {}
        }
    }

    /// Once nothing goes wrong any more, the users are back at the target.
    fn check_return(&mut self) {
        let calm_since = self.last_fault.max(self.plan.joins.iter().copied().max().unwrap_or(0));
        let calm = self.now >= calm_since.max(self.calm_after()) + self.patience();
        let willing = self.workers.iter().any(Worker::is_willing);
        let running = matches!(self.run.phase(), Phase::Running);
        let Some(clock) = self.run.clock(self.controller_now()).filter(|_| calm && willing && running) else {
            return;
        };
        // A user that starts again, or elsewhere, must first have ended. Stops come early by what is
        // uncertain, and a change of the classes moves users when it comes within sight.
        let since = Duration::from_micros(2 * self.plan.longest_request + 2_200_000);
        let until = Duration::from_micros(1_300_000 + self.audit.clock_error + 2 * self.plan.delay.1);
        let steady = steady_target(&self.plan.shape, clock.saturating_sub(since), clock + until);
        let now = self.audit.running();
        if let Some(target) = steady.filter(|target| *target != now && !self.stopped) {
            self.audit.violated(|| {
                format!("{now:?} users run at {clock:?}, long after the last fault, not {target:?}")
            });
        }
    }

    fn calm_after(&self) -> u64 {
        match self.plan.faults.iter().all(|(_, fault)| matches!(fault, Fault::Crash { .. })) {
            true => 0,
            false => self.plan.calm_from,
        }
    }

    /// How long it takes until everybody is back: after a crash alone a lease and a second, and what
    /// users that move have in flight; else also until every connection is made anew.
    fn patience(&self) -> u64 {
        let lease = self.plan.lease_us();
        let crashes_only = self.plan.faults.iter().all(|(_, fault)| matches!(fault, Fault::Crash { .. }));
        let reconnect = if crashes_only { 0 } else { lease * 35 / 10 + 500_000 };
        lease + 1_000_000 + reconnect + self.plan.longest_request
    }

    /// The run ends within the time it may take, and all users with it.
    fn check_end(&mut self) {
        let bound = self.plan.shape.duration() + self.plan.stop_timeout + self.plan.lease.duration;
        let slack = Duration::from_micros(self.plan.lease_us() / 50) + 3 * TICK;
        let clock = self.run.clock(self.controller_now()).unwrap_or_default();
        if self.over_at.is_none() && (clock > bound + slack || self.now > 300_000_000) {
            self.audit.violated(|| format!("the run is not over at {clock:?}"));
        }
        let over = self.over_at.is_some_and(|at| self.now + 2 * CHECK_US >= at + self.afterwards());
        let running = self.audit.running();
        if over && running != [0; 3] {
            self.audit.violated(|| format!("{running:?} users run long after the run is over"));
        }
    }

    /// The epochs that a process is sent only rise.
    pub(super) fn check_epoch(&mut self, conn: Conn, kind: &ToWorker) {
        if let ToWorker::Quota(quota) = kind {
            let worker = self.network.connections[conn].worker;
            let last = self.epochs.insert(worker, quota.epoch).unwrap_or(0);
            if quota.epoch <= last {
                self.audit.violated(|| format!("epoch {} after {last} for process {worker}", quota.epoch));
            }
        }
    }

    /// A worker's estimate of the run clock is off by no more than is documented.
    pub(super) fn check_clock(&mut self, number: usize, worker_now: u64) {
        let Some(clock) = self.run.clock(self.controller_now()) else { return };
        let Some(job) = &self.workers[number].job else { return };
        let (Some(run), Some((_, round_trip))) = (job.clock.to_run(worker_now), job.clock.estimate()) else {
            return;
        };
        let error = run.abs_diff(clock.as_micros() as u64);
        let (_, fed, greatest) = &mut self.wakes[number];
        fed.push(self.now);
        if fed.len() > REMEMBERED {
            fed.remove(0);
        }
        let drifted = (self.now - fed[0] + round_trip) * DRIFT_PPM / 1_000_000;
        *greatest = drifted + self.plan.lease_us() * DRIFT_PPM / 1_000_000;
        let allowed = round_trip / 2 + drifted + 3;
        if error > allowed {
            self.audit
                .violated(|| format!("the clock of process {number} is off by {error} µs, not {allowed}"));
        }
        let alive = self.workers.iter().zip(&self.wakes).filter(|(worker, _)| worker.is_alive());
        self.audit.clock_error = alive.map(|(_, wakes)| wakes.2).max().unwrap_or(0);
    }
}
