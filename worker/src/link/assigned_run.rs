//! One run on this worker: engine, lease, clock, outbox.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::arrivals::{self, ArrivalPlan, ArrivalUnit};
use common::class::UserClass;
use common::micros;
use common::plan::Plan;
use common::protocol as wire;
use common::quota::{ScheduledUser, UserRange, expand};
use common::replay::Session;
use tokio::task::JoinHandle;

use super::clock::RunClock;
use super::lease::Lease;
use super::outbox::{Outbox, Waiting};
use super::process::{greatest_permille, memory_bytes};
use super::{LinkError, WorkerSettings};
use crate::boot_clock::BootClock;
use crate::engine::{CpuTime, Engine, EngineSettings, ExpectedArrival, LeaseEnds, UserSlot};
use crate::http::Target;
use crate::interval::Interval;
use crate::request_log::RequestLog;
use crate::user::TraceOwner;

/// Deltas are cut on whole seconds of the run clock, so that all workers' seconds are the same.
const SECOND_US: u64 = 1_000_000;
/// The most users one quota may name.
const MAX_USERS: usize = 1_000_000;

/// A run in progress.
pub struct AssignedRun {
    engine: Arc<Engine>,
    /// The log of single requests, if one is kept.
    log: Option<RequestLog>,
    /// Deltas the controller does not have.
    pub outbox: Outbox,
    /// How long what is in flight may take when users stop.
    pub stop_timeout: Duration,
    /// The run's clock.
    pub clock: RunClock,
    worker_clock: BootClock,
    lease: Option<Lease>,
    lease_stopped: bool,
    draining: bool,
    epoch: u64,
    stage: u32,
    /// The schedule of an open load.
    arrivals: Option<Arc<ArrivalPlan>>,
    /// Number of the last window of it that came.
    window: u64,
    /// Epoch of the last quota after which no more users were there than it has places for.
    fitted: u64,
    /// Where the last interval ended; `None` before the run has started.
    cut: Option<Cut>,
    cutting: Option<Cutting>,
}

/// The end of an interval.
struct Cut {
    run_us: u64,
    at: Instant,
    cpu: Vec<CpuTime>,
}

/// An interval that is being gathered.
struct Cutting {
    task: JoinHandle<Interval>,
    from_us: u64,
    to_us: u64,
    last: bool,
}

/// Who comes with a session of a trace. One of ours makes sense.
fn of_trace(sent: &wire::ReplaySession, due: impl Fn(u64) -> Instant) -> Option<ExpectedArrival> {
    let session = Session::try_from(sent).inspect_err(|error| tracing::warn!("{error}")).ok()?;
    let due = due(session.at_us);
    Some(ExpectedArrival {
        number: sent.number,
        class: UserClass::Stream,
        due,
        session: Some(Arc::new(session)),
    })
}

impl AssignedRun {
    /// Prepares a run: reads the plan, finds the target, starts the load threads. No user runs yet.
    pub async fn prepare(
        settings: &WorkerSettings,
        incarnation: [u8; 16],
        worker_clock: BootClock,
        welcome: &wire::Welcome,
    ) -> Result<AssignedRun, LinkError> {
        let plan = welcome.plan.as_ref().ok_or(common::plan::PlanError::Missing)?;
        let plan = Arc::new(Plan::try_from(plan)?);
        let target = Target::resolve(&plan).await?;
        let (stop_timeout, arrivals) = (plan.stop_timeout, plan.arrivals.clone());
        let (run, epoch) = (run_id(&welcome.run), worker_clock.begun());
        let open = |log| RequestLog::open(log, &plan, &settings.name, run, epoch);
        let log = plan.log.as_ref().map(open).transpose()?;
        let handle = log.as_ref().map(RequestLog::handle);
        let traces = TraceOwner { run, worker: welcome.ordinal };
        let engine = EngineSettings { plan, target, cores: settings.cores, log: handle, traces };
        Ok(AssignedRun {
            engine: Arc::new(Engine::start(engine, epoch)?),
            log,
            outbox: Outbox::new(run, incarnation, welcome.next_seq),
            stop_timeout,
            clock: RunClock::default(),
            worker_clock,
            lease: None,
            lease_stopped: false,
            draining: false,
            epoch: 0,
            stage: 0,
            arrivals,
            window: 0,
            fitted: 0,
            cut: None,
            cutting: None,
        })
    }

    /// The users that run, stopping ones included.
    pub fn users(&self) -> usize {
        self.engine.users()
    }

    /// Resolves when no user is left, with when the last one ended.
    pub fn idle(&self) -> impl Future<Output = Option<Instant>> + use<> {
        let engine = Arc::clone(&self.engine);
        async move { engine.idle().await }
    }

    /// Highest epoch all of whose stopped users have ended; in an open load, whose places hold all who are there.
    pub fn applied_epoch(&mut self) -> u64 {
        if self.arrivals.is_none() {
            return self.engine.applied_epoch();
        }
        if self.engine.fits_places() {
            self.fitted = self.epoch;
        }
        self.fitted
    }

    /// Number of the last window of arrivals that came.
    pub fn window(&self) -> u64 {
        self.window
    }

    /// Carries out a quota that came at `now_us` of the worker's clock. An older one than the last, or
    /// one whose lease is over, changes no user.
    pub fn apply(&mut self, quota: &wire::Quota, now_us: u64) {
        if let Some(run_us) = quota.run_us
            && quota.echo_us > 0
        {
            self.clock.observe(quota.echo_us, now_us, run_us);
            self.set_log_clock();
            // The first interval begins with the second in which this worker learned of the run.
            let begin = run_us / SECOND_US * SECOND_US;
            let cpu = || self.engine.cpu_times();
            self.cut.get_or_insert_with(|| Cut { run_us: begin, at: Instant::now(), cpu: cpu() });
        }
        // Whatever else the quota is worth: what is handed over is this worker's and nobody else's.
        self.expect(&quota.arrivals);
        let lease = Lease::new(quota.echo_us, quota.lease_ms);
        if lease.is_over(now_us) {
            return;
        }
        if quota.epoch <= self.epoch {
            return self.renew(lease);
        }
        let ranges = quota.users.iter().map(UserRange::try_from).collect::<Result<Vec<_>, _>>();
        let Ok(users) = ranges.and_then(|ranges| expand(&ranges, MAX_USERS)) else {
            tracing::warn!(epoch = quota.epoch, "ignored a quota that makes no sense");
            return;
        };
        self.epoch = quota.epoch;
        if quota.stage != self.stage {
            self.stage = quota.stage;
            self.engine.set_stage(quota.stage, self.instant(quota.stage_from_us));
        }
        if self.arrivals.is_some() {
            self.engine.set_places(u32::try_from(users.len()).unwrap_or(u32::MAX));
            return self.renew(lease);
        }
        let zero = self.worker_clock.zero_instant();
        let slots: Vec<UserSlot> = users.iter().map(|user| self.slot(user, zero)).collect();
        self.engine.apply(quota.epoch, &slots);
        // Only now: users that it takes away must not go on by its lease.
        self.renew(lease);
    }

    /// Takes the windows of arrivals that had not come before. Each is due when its time has certainly come.
    fn expect(&mut self, windows: &[wire::ArrivalWindow]) {
        let Some(plan) = &self.arrivals else { return };
        let zero = self.worker_clock.zero_instant();
        let due = |at_us| zero + Duration::from_micros(self.clock.surely_after(at_us).unwrap_or(0));
        for sent in windows {
            let (Some((window, share)), Some(path)) =
                (arrivals::read_window(sent), arrivals::read_path(sent))
            else {
                tracing::warn!("ignored arrivals that make no sense");
                continue;
            };
            if window.number <= self.window {
                continue;
            }
            self.window = window.number;
            if plan.unit == ArrivalUnit::Replay {
                self.engine.expect(sent.sessions.iter().filter_map(|sent| of_trace(sent, due)));
                continue;
            }
            let plan = path.map_or_else(|| Arc::clone(plan), |path| Arc::new(plan.along(path)));
            self.engine.expect(plan.of_window(window, share).map(|arrival| ExpectedArrival {
                number: arrival.number,
                class: arrival.class,
                due: due(arrival.at_us),
                session: None,
            }));
        }
    }

    /// Lines of the log are on the run's clock; moments of requests are of a clock that stands still with the machine.
    fn set_log_clock(&self) {
        if let (Some(log), Some((offset, _))) = (&self.log, self.clock.estimate()) {
            log.set_offset(offset.saturating_add(micros::whole(self.worker_clock.suspended()).cast_signed()));
        }
    }

    fn renew(&mut self, lease: Lease) {
        let lease = self.lease.map_or(lease, |held| held.later(lease));
        self.lease = Some(lease);
        self.lease_stopped = false;
        if !self.draining {
            self.engine.open();
            let at = |us| self.worker_clock.at(Duration::from_micros(us));
            self.engine.lease(LeaseEnds { stop: at(lease.stop_at()), cut: at(lease.cut_at()) });
        }
    }

    /// A user starts when its time has certainly come and stops before its end can have passed. So even with a
    /// poor estimate of the run clock it never runs when the shape does not want it.
    fn slot(&self, user: &ScheduledUser, zero: Instant) -> UserSlot {
        let instant = |at: Option<u64>| zero + Duration::from_micros(at.unwrap_or(0));
        UserSlot {
            class: user.class,
            index: user.index,
            start: instant(self.clock.surely_after(user.start_at_us)),
            stop: user.stop_at_us.map(|at| instant(self.clock.surely_before(at))),
        }
    }

    /// A moment of the run clock as an instant of this process.
    fn instant(&self, run_us: u64) -> Instant {
        self.worker_clock.zero_instant() + Duration::from_micros(self.clock.to_worker(run_us).unwrap_or(0))
    }

    /// When users must stop because the lease is about to end.
    pub fn lease_alarm(&self) -> Option<Instant> {
        let lease = self.lease.filter(|_| !self.lease_stopped && !self.draining)?;
        Some(self.worker_clock.zero_instant() + Duration::from_micros(lease.stop_at()))
    }

    /// The lease was not renewed: users stop, and are cut before it ends; at once if that is past already.
    pub fn lease_over(&mut self, now_us: u64) {
        if let Some(lease) = self.lease {
            self.lease_stopped = true;
            self.engine.shut();
            self.engine.stop_all(Duration::from_micros(lease.grace(now_us)));
        }
    }

    /// The worker leaves: no quota gives it users any more, and every user ends within the stop timeout, or
    /// before the lease does, because other workers run these users then.
    pub fn leave(&mut self) {
        self.epoch = u64::MAX;
        self.engine.leave();
        self.engine.stop_all(self.stop_timeout);
    }

    /// The run drains: every user ends within `grace`, whether or not the lease ends, because no other worker
    /// will run it.
    pub fn drain(&mut self, grace: Duration) {
        self.epoch = u64::MAX;
        self.draining = true;
        self.engine.close();
        self.engine.lease(LeaseEnds::NEVER);
        self.engine.stop_all(grace);
    }

    /// When the next interval ends; `None` before the run has started or while one is being gathered.
    pub fn next_cut(&self) -> Option<Instant> {
        let cut = self.cut.as_ref().filter(|_| self.cutting.is_none())?;
        let at = self.clock.to_worker((cut.run_us / SECOND_US + 1) * SECOND_US)?;
        Some(self.worker_clock.zero_instant() + Duration::from_micros(at))
    }

    /// Ends the interval and begins to gather it: up to the last whole second, or up to now if it is the last and no
    /// second has ended in it. So no interval holds two seconds, or the end of one alone.
    pub fn begin_cut(&mut self, now_us: u64, last: bool) {
        let (Some(cut), Some(run_now)) = (&self.cut, self.clock.to_run(now_us)) else { return };
        if self.cutting.is_some() {
            return;
        }
        let from_us = cut.run_us;
        let to_us = interval_end(from_us, run_now, last);
        let engine = Arc::clone(&self.engine);
        // The last interval says what the log lacks once nothing more can be missing in it.
        let finished = self.log.as_ref().filter(|_| last).map(RequestLog::finish);
        let task = tokio::spawn(async move {
            let interval = engine.take_interval().await;
            if let Some(finished) = finished {
                finished.await;
            }
            interval
        });
        self.cutting = Some(Cutting { task, from_us, to_us, last });
    }

    /// Resolves when the interval has been gathered from all cores; never if none is being gathered. Cancel
    /// safe.
    pub async fn gathered(&mut self) -> Interval {
        match &mut self.cutting {
            Some(cutting) => (&mut cutting.task).await.unwrap_or_default(),
            None => std::future::pending().await,
        }
    }

    /// Keeps the gathered interval for delivery.
    pub fn keep(&mut self, mut interval: Interval) {
        let Some(Cutting { from_us, to_us, last, .. }) = self.cutting.take() else { return };
        interval.log = self.log.as_mut().map(RequestLog::take_loss).unwrap_or_default();
        let (at, cpu) = (Instant::now(), self.engine.cpu_times());
        let greatest = |time: fn(&CpuTime) -> Duration| {
            self.cut.as_ref().map_or(0, |before| greatest_permille(&before.cpu, &cpu, time, at - before.at))
        };
        let (cpu_permille, wait_permille) = (greatest(|time| time.used), greatest(|time| time.waited));
        let memory_bytes = memory_bytes();
        self.cut = Some(Cut { run_us: to_us, at, cpu });
        if last && self.outbox.has_any() && interval.is_idle() {
            return; // the run ended with its last second
        }
        self.outbox.push(Waiting { interval, from_us, to_us, cpu_permille, wait_permille, memory_bytes });
    }

    /// Whether an interval is being gathered.
    pub fn is_cutting(&self) -> bool {
        self.cutting.is_some()
    }

    /// Ends the load threads.
    pub fn shutdown(self) {
        if let Some(cutting) = self.cutting {
            cutting.task.abort();
        }
        self.engine.stop_all(Duration::ZERO);
    }
}

/// Where the interval from `from_us` on ends, on the run clock.
fn interval_end(from_us: u64, now_us: u64, last: bool) -> u64 {
    let whole = now_us / SECOND_US * SECOND_US;
    let end = if last && whole <= from_us { now_us } else { whole };
    end.max(from_us + 1)
}

/// A run's id from the wire; one of another length matches none of ours.
pub(crate) fn run_id(bytes: &[u8]) -> [u8; 16] {
    bytes.try_into().unwrap_or([0; 16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_interval_holds_two_seconds_or_the_end_of_one_alone() {
        let table = [
            ((7_000_000, 8_000_300, false), 8_000_000, "a timer is a little late"),
            (
                (7_000_000, 8_000_900, true),
                8_000_000,
                "the users ended as the second did, before the timer fired",
            ),
            ((8_000_000, 8_000_900, true), 8_000_900, "they ended within the second after it"),
            ((7_000_000, 7_400_000, true), 7_400_000, "the last second is as long as it was"),
            ((0, 900_000, true), 900_000, "a run of less than a second"),
            ((7_000_000, 7_000_000, true), 7_000_001, "no interval is empty"),
        ];
        for ((from, now, last), end, why) in table {
            assert_eq!(interval_end(from, now, last), end, "{why}");
        }
    }
}
