//! Runs users on load threads, from their start to their stop, and hands out what they measured.
//!
//! ```text
//!  owner (any thread)              core 0, its own thread and runtime
//!  Engine ── apply, stop_all ──▶ Mailbox ──▶ Roster ──▶ start · stop · cut ──▶ users
//!     ▲                                                                          │
//!     └────────── Interval ◀── take_interval ◀── CoreRecorder ◀──────────────────┘
//! ```
//!
//! A user lives on one core from birth to end. Each core has its own recorder, without lock or
//! atomic; taking an interval is a message to each core, answered between two polls of its users.

mod arrivals;
mod census;
mod core;
mod cpu;
mod error;
mod mailbox;
mod placement;
mod probe;
mod roster;
mod user_slot;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::plan::Plan;
use tokio::sync::oneshot;

use crate::http::Target;
use crate::interval::Interval;
use crate::request_log::LogHandle;
use crate::user::TraceOwner;
use arrivals::{Arrivals, Door};
use census::Census;
use core::{CoreHandle, CoreSetup};
use placement::Placement;

pub use crate::gate::LeaseEnds;
pub use arrivals::ExpectedArrival;
pub use cpu::CpuTime;
pub use error::EngineError;
pub use user_slot::UserSlot;

/// How an engine is set up.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// What users do.
    pub plan: Arc<Plan>,
    /// Where requests go.
    pub target: Target,
    /// Load threads, at least 1.
    pub cores: usize,
    /// Where single requests are logged, if they are.
    pub log: Option<LogHandle>,
    /// Whose the traces of its requests are.
    pub traces: TraceOwner,
}

/// A running load engine. Its methods may be called from any thread; none blocks for longer than a
/// short lock, but for [`Engine::shutdown`].
#[derive(Debug)]
pub struct Engine {
    cores: Vec<CoreHandle>,
    census: Arc<Census>,
    arrivals: Option<Arc<Arrivals>>,
    orders: Mutex<OrderLog>,
}

/// The orders so far.
#[derive(Debug)]
struct OrderLog {
    /// Number of the latest order.
    number: u64,
    /// Greatest epoch ordered.
    epoch: u64,
    placement: Placement,
}

impl Engine {
    /// Starts `settings.cores` load threads without users. `epoch` is the zero of the worker clock,
    /// from which failures are stamped.
    ///
    /// # Errors
    /// No cores, a thread that the system refuses, or an API description that cannot be used.
    pub fn start(settings: EngineSettings, epoch: Instant) -> Result<Engine, EngineError> {
        if settings.cores == 0 {
            return Err(EngineError::NoCores);
        }
        let census = Arc::new(Census::default());
        let arrivals = settings.plan.arrivals.as_ref().map(|_| Arrivals::new());
        let setup = CoreSetup {
            plan: Arc::clone(&settings.plan),
            target: settings.target,
            census: Arc::clone(&census),
            arrivals: arrivals.clone(),
            epoch,
            log: settings.log,
            traces: settings.traces,
        };
        let cores = (0..settings.cores)
            .map(|core| CoreHandle::start(core, setup.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(arrivals) = &arrivals {
            arrivals.start(ring(&cores))?;
        }
        let placement = Placement::new(settings.cores);
        Ok(Engine {
            cores,
            census,
            arrivals,
            orders: Mutex::new(OrderLog { number: 0, epoch: 0, placement }),
        })
    }

    /// Orders that exactly `users` run. A user that does not run yet starts at its `start`. One that runs and is
    /// not in `users` stops: it finishes what is in flight within the plan's `stop_timeout`, then is cut. For
    /// one that runs already, only its stop time changes. One that is still stopping starts again after its end.
    ///
    /// If a core has not read the previous order, this one replaces it.
    ///
    /// A call with a lower `epoch` than the last one changes nothing. Each (class, index) occurs in `users`
    /// once.
    pub fn apply(&self, epoch: u64, users: &[UserSlot]) {
        let mut log = self.log();
        if epoch < log.epoch {
            return;
        }
        log.epoch = epoch;
        log.number += 1;
        let number = log.number;
        let parts = log.placement.split(number, &self.settled(), users);
        for (core, part) in self.cores.iter().zip(parts) {
            core.mailbox.put(|orders| orders.schedule(number, epoch, part));
        }
    }

    /// Highest epoch whose excluded users have all ended, on all cores; 0 at first.
    pub fn applied_epoch(&self) -> u64 {
        self.cores.iter().map(|core| core.state.borrow().applied).min().unwrap_or(0)
    }

    /// Requests that start at `from` or later belong to `stage`, earlier ones to the stage before it; the first
    /// stage is 0. A request that has started stays in its stage, even if `from` is in the past.
    pub fn set_stage(&self, stage: u32, from: Instant) {
        for core in &self.cores {
            core.mailbox.put(|orders| orders.stage(stage, from));
        }
    }

    /// Users look at this lease themselves before each request; without one they may always send. What was
    /// ordered before this call is carried out before the lease counts.
    pub fn lease(&self, ends: LeaseEnds) {
        if let Some(arrivals) = &self.arrivals {
            arrivals.set_lease(ends);
        }
        for core in &self.cores {
            core.mailbox.put(|orders| orders.lease = Some(ends));
        }
    }

    /// Adds arrivals, in the order in which they are due and after those that were added before.
    pub fn expect(&self, arrivals: impl IntoIterator<Item = ExpectedArrival>) {
        if let Some(bell) = &self.arrivals {
            bell.expect(arrivals);
        }
    }

    /// How many users of an open load there may be at once.
    pub fn set_places(&self, places: u32) {
        if let Some(arrivals) = &self.arrivals {
            arrivals.set_places(places);
        }
    }

    /// Whether no more users of an open load are there than there may be.
    pub fn fits_places(&self) -> bool {
        self.arrivals.as_ref().is_none_or(|arrivals| arrivals.fits())
    }

    /// Whoever is due may come in, after a [`Engine::shut`].
    pub fn open(&self) {
        self.set_door(Door::Open);
    }

    /// Nobody comes in until it is open again: who is due meanwhile is missed.
    pub fn shut(&self) {
        self.set_door(Door::Shut);
    }

    /// Nobody comes in any more: the worker leaves, and the run goes on.
    pub fn leave(&self) {
        self.set_door(Door::Left);
    }

    /// Nobody comes in any more: the run is over.
    pub fn close(&self) {
        self.set_door(Door::Closed);
    }

    fn set_door(&self, door: Door) {
        if let Some(arrivals) = &self.arrivals {
            arrivals.set_door(door);
        }
    }

    /// Stops all users. What is in flight may take `grace`; then it is cut and counted as cut. A second
    /// call can only shorten that time. Users ordered afterwards run again.
    pub fn stop_all(&self, grace: Duration) {
        let mut log = self.log();
        log.number += 1;
        let number = log.number;
        log.placement.exclude_all(number, &self.settled());
        for core in &self.cores {
            core.mailbox.put(|orders| orders.stop_all(number, grace));
        }
    }

    /// Waits until no user runs and none is due, according to the orders given before this call. Gives when the last
    /// one ended; none if there never was one.
    pub async fn idle(&self) -> Option<Instant> {
        let number = self.log().number;
        for core in &self.cores {
            let mut state = core.state.clone();
            // An error means that the thread has ended, and its users with it.
            let _ = state.wait_for(|state| state.number >= number && state.is_idle).await;
        }
        self.census.last_end()
    }

    /// Takes what all cores measured since the last call. The future must be awaited to its end: a core keeps
    /// nothing of what it has handed out.
    pub async fn take_interval(&self) -> Interval {
        let reports: Vec<oneshot::Receiver<Interval>> =
            self.cores.iter().map(CoreHandle::ask_report).collect();
        let mut whole = Interval::default();
        for (core, report) in reports.into_iter().enumerate() {
            match report.await {
                Ok(part) => whole.add_core(part),
                Err(_) => {
                    let place = "the users of this thread are lost".to_owned();
                    whole.exceptions.insert(format!("load thread {core} has ended"), (place, 1));
                }
            }
        }
        whole.users = self.census.take();
        whole.arrivals = self.arrivals.as_ref().map(|arrivals| arrivals.take()).unwrap_or_default();
        whole
    }

    /// Users that run or are stopping.
    pub fn users(&self) -> usize {
        self.census.alive()
    }

    /// CPU time of each load thread so far; empty where the system does not provide it.
    pub fn cpu_times(&self) -> Vec<CpuTime> {
        self.cores.iter().filter_map(|core| core.cpu.as_ref().and_then(cpu::read)).collect()
    }

    /// Ends the threads, and with them all users at once. Blocks until the threads have ended.
    pub fn shutdown(mut self) {
        let threads: Vec<_> = self.cores.iter_mut().filter_map(|core| core.thread.take()).collect();
        drop(self);
        for thread in threads {
            // A thread that panicked has printed its message.
            let _ = thread.join();
        }
    }

    fn settled(&self) -> Vec<u64> {
        self.cores.iter().map(|core| core.state.borrow().settled).collect()
    }

    fn log(&self) -> MutexGuard<'_, OrderLog> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Spreads arrivals over the cores, one after another.
fn ring(cores: &[CoreHandle]) -> impl Fn(&[ExpectedArrival]) + Send + 'static {
    let mailboxes: Vec<_> = cores.iter().map(|core| Arc::clone(&core.mailbox)).collect();
    let next = AtomicUsize::new(0);
    move |due| {
        for arrival in due {
            let core = next.fetch_add(1, Ordering::Relaxed) % mailboxes.len();
            mailboxes[core].put(|orders| orders.arrivals.push(arrival.clone()));
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(arrivals) = &self.arrivals {
            arrivals.end();
        }
        for core in &self.cores {
            core.mailbox.put(|orders| orders.shutdown = true);
        }
    }
}
