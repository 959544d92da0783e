//! Runs users: which, from when to when, on which core; and hands out what they measured.
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

mod census;
mod core;
mod cpu;
mod error;
mod mailbox;
mod placement;
mod probe;
mod roster;
mod slot;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::plan::Plan;
use tokio::sync::oneshot;

use crate::http::Target;
use crate::interval::Interval;
use census::Census;
use core::{CoreHandle, Ground};
use placement::Placement;

pub use cpu::CpuTime;
pub use error::EngineError;
pub use slot::{Slot, UserKey};

/// What an engine is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What users do.
    pub plan: Arc<Plan>,
    /// Where requests go.
    pub target: Target,
    /// Load threads, at least 1.
    pub cores: usize,
}

/// A running load engine. Its methods may be called from any thread; none blocks for longer than a
/// short lock, but for [`Engine::shutdown`].
#[derive(Debug)]
pub struct Engine {
    cores: Vec<CoreHandle>,
    census: Arc<Census>,
    orders: Mutex<Ledger>,
}

/// What was ordered so far.
#[derive(Debug)]
struct Ledger {
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
    pub fn start(settings: Settings, epoch: Instant) -> Result<Engine, EngineError> {
        if settings.cores == 0 {
            return Err(EngineError::NoCores);
        }
        let census = Arc::new(Census::default());
        let ground = Ground {
            plan: Arc::clone(&settings.plan),
            target: settings.target,
            census: Arc::clone(&census),
            epoch,
        };
        let cores = (0..settings.cores)
            .map(|core| CoreHandle::start(core, ground.clone()))
            .collect::<Result<_, _>>()?;
        let placement = Placement::new(settings.cores);
        Ok(Engine { cores, census, orders: Mutex::new(Ledger { number: 0, epoch: 0, placement }) })
    }

    /// Orders that exactly `users` run. Unknown ones are started at their `start`; those missing are
    /// told to stop: they finish what is in flight, within the plan's `stop_timeout`, then are cut.
    /// Of users that are known only the stop time is taken over. A user that is still finishing an
    /// earlier life begins the next one after it.
    ///
    /// An order that a core has not read gives way to the next one.
    ///
    /// `epoch` does not fall: a call with a lower one than the last changes nothing. Each (class,
    /// index) stands in `users` once.
    pub fn apply(&self, epoch: u64, users: &[Slot]) {
        let mut ledger = self.ledger();
        if epoch < ledger.epoch {
            return;
        }
        ledger.epoch = epoch;
        ledger.number += 1;
        let number = ledger.number;
        let parts = ledger.placement.split(number, &self.settled(), users);
        for (core, part) in self.cores.iter().zip(parts) {
            core.mailbox.put(|orders| orders.schedule(number, epoch, part));
        }
    }

    /// Highest epoch for which every user that it excludes has ended, on all cores; 0 at first.
    pub fn applied_epoch(&self) -> u64 {
        self.cores.iter().map(|core| core.state.borrow().applied).min().unwrap_or(0)
    }

    /// Requests that start at `from` or later belong to `stage`, those before to the stage before;
    /// at first there is stage 0. A request that has started stays in its stage, also if `from` is
    /// in the past.
    pub fn set_stage(&self, stage: u32, from: Instant) {
        for core in &self.cores {
            core.mailbox.put(|orders| orders.stage(stage, from));
        }
    }

    /// Ends all users: what is in flight may take `grace`, then is cut and counted as cut. A second
    /// call can only shorten what is left. Users ordered afterwards run again.
    pub fn stop_all(&self, grace: Duration) {
        let mut ledger = self.ledger();
        ledger.number += 1;
        let number = ledger.number;
        ledger.placement.exclude_all(number, &self.settled());
        for core in &self.cores {
            core.mailbox.put(|orders| orders.stop_all(number, grace));
        }
    }

    /// Waits until no user lives and none is about to, as far as ordered when this is called.
    pub async fn idle(&self) {
        let number = self.ledger().number;
        for core in &self.cores {
            let mut state = core.state.clone();
            // An error means that the thread has ended, and its users with it.
            let _ = state.wait_for(|state| state.number >= number && state.is_idle).await;
        }
    }

    /// Takes what all cores measured since the last call. Await it to its end: what a core has
    /// handed out is gone from there.
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
        whole
    }

    /// Users alive: running, or stopping.
    pub fn users(&self) -> usize {
        self.census.alive()
    }

    /// CPU time that each load thread has had so far; empty where the system does not tell.
    pub fn cpu_times(&self) -> Vec<CpuTime> {
        self.cores.iter().filter_map(|core| core.cpu.as_ref().and_then(cpu::read)).collect()
    }

    /// Ends the threads, and with them every user at once. Blocks for the moment that takes.
    pub fn shutdown(mut self) {
        let threads: Vec<_> = self.cores.iter_mut().filter_map(|core| core.thread.take()).collect();
        drop(self);
        for thread in threads {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }

    fn settled(&self) -> Vec<u64> {
        self.cores.iter().map(|core| core.state.borrow().settled).collect()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for core in &self.cores {
            core.mailbox.put(|orders| orders.shutdown = true);
        }
    }
}
