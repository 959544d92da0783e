//! How long a rung settles, and how long it is measured: by the service's own time.
//!
//! A search takes a minute for a fast service, a few for a slow one. A "cycle" is the time that one user takes for one stream (one
//! request where there are no streams), think time included.

use std::time::Duration;

use crate::limits::Rung;
use crate::limits::RungVerdict;

/// Settling of the first rung, before anything is known.
const FIRST_SETTLING: Duration = Duration::from_secs(2);
/// Shortest and longest settling, seconds.
const SETTLING: (f64, f64) = (1.0, 20.0);
/// Cycles until added users behave like the rest.
const CYCLES_TO_SETTLE: f64 = 2.0;
/// Shortest and longest time before a rung is judged, seconds.
const LEAST: (f64, f64) = (3.0, 30.0);
/// Cycles before a rung is judged.
const CYCLES: f64 = 6.0;
/// Streams that a rung should have before it is judged.
const STREAMS: u64 = 100;
/// Requests that a rung without streams should have.
const REQUESTS: u64 = 400;
/// How many times its least time a rung may take to have that many.
const PATIENCE: f64 = 2.0;
/// How many times its least time a rung may take until its verdict is clear.
const RESOLVE: f64 = 4.0;
/// How much longer the rung at the answer takes.
const CONFIRM: f64 = 2.0;
/// Users started within one second, at least; more a second for more.
const RAMP: f64 = 1.0;
/// Longest ramp, seconds.
const LONGEST_RAMP: f64 = 5.0;
/// Users a second that a ramp does not exceed unless it would take too long.
const GENTLE: f64 = 50.0;

/// What a rung is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To find a rung that misses: one that seems fine need not be sure.
    Climb,
    /// To find where the limit lies; the last rung of the climb too, since none comes after it.
    Refine,
    /// To hold the answer for longer.
    Confirm,
}

/// What is known of the service's speed by the rungs so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// Shortest cycle of any rung, seconds.
    cycle: f64,
    /// Highest throughput of any rung.
    rate: f64,
}

impl Pace {
    pub(super) fn first_settling() -> Duration {
        FIRST_SETTLING
    }

    /// Users a second while their number goes from `before` to `users`.
    pub(super) fn spawn_rate(users: u32, before: u32) -> f64 {
        let change = f64::from(users.abs_diff(before)).max(1.0);
        (change / RAMP).min(GENTLE).max(change / LONGEST_RAMP)
    }

    /// Learns from a rung that was measured.
    pub(super) fn learn(&mut self, rung: &Rung) {
        let cycle = cycle(rung);
        if cycle > 0.0 && (self.cycle == 0.0 || cycle < self.cycle) {
            self.cycle = cycle;
        }
        self.rate = self.rate.max(rung.throughput());
    }

    /// How long a rung of `users` settles after one of `before`, ramp included: whole seconds.
    pub(super) fn settling(&self, users: u32, before: u32) -> Duration {
        let ramp = f64::from(users.abs_diff(before)) / Pace::spawn_rate(users, before);
        // A saturated service takes its users one by one: their cycle grows with their number.
        let queue = if self.rate > 0.0 { f64::from(users.max(before)) / self.rate } else { 0.0 };
        let cycles = CYCLES_TO_SETTLE * self.cycle.max(queue);
        Duration::from_secs((ramp + cycles.clamp(SETTLING.0, SETTLING.1)).ceil() as u64)
    }

    /// Whether a rung has been measured for long enough.
    pub(super) fn is_enough(&self, rung: &Rung, measured: Duration, purpose: Purpose) -> bool {
        let measured = measured.as_secs_f64();
        let longer = if purpose == Purpose::Confirm { CONFIRM } else { 1.0 };
        let least = longer * (CYCLES * cycle(rung)).clamp(LEAST.0, LEAST.1);
        let samples = if rung.streams > 0 { rung.streams >= STREAMS } else { rung.requests >= REQUESTS };
        let resolved = rung.verdict() != RungVerdict::Undetermined
            || (purpose == Purpose::Climb && rung.is_steady() && rung.seems_fine());
        measured >= least
            && (samples || measured >= PATIENCE * least)
            && (resolved || measured >= RESOLVE * least)
    }
}

/// Seconds that one user takes for one stream or request; 0 while nothing ended.
fn cycle(rung: &Rung) -> f64 {
    let rate = rung.throughput();
    if rate > 0.0 { f64::from(rung.users) / rate } else { 0.0 }
}
