//! Thousands of random schedules of joins, losses, partitions, delays and duplicates over the real
//! run state machine and the real outbox, lease and clock of the worker, on a network and clocks of
//! our own. Deterministic: a seed gives the same schedule on every machine.
//!
//! ```text
//! SIMULATION_SCHEDULES=100000 cargo test -p controller --test simulation
//! SIMULATION_SEED=4711 cargo test -p controller --test simulation -- --nocapture replay
//! ```

#![allow(clippy::print_stdout, reason = "a replayed schedule is printed for the person who replays it")]
#![expect(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod audit;
mod clock;
mod history;
mod job;
mod network;
mod plan;
mod sabotage;
mod users;
mod verdict;
mod worker;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use plan::Weather;
use sabotage::Sabotage;
use world::simulate;

/// So many schedules unless `SIMULATION_SCHEDULES` says otherwise.
const SCHEDULES: u64 = 10_000;

fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// The first seed of `seeds` whose schedule ends in a violation, and how many events there were.
fn first_violation(seeds: u64, weather: Weather, sabotage: Sabotage) -> (Option<u64>, u64) {
    let (next, found, events) = (AtomicU64::new(0), AtomicU64::new(u64::MAX), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds || seed > found.load(Ordering::Relaxed) {
                        return;
                    }
                    let outcome = simulate(seed, weather, sabotage, false);
                    events.fetch_add(outcome.events, Ordering::Relaxed);
                    if outcome.violation.is_some() {
                        found.fetch_min(seed, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let found = found.into_inner();
    ((found != u64::MAX).then_some(found), events.into_inner())
}

fn assert_no_violation(weather: Weather, schedules: u64) {
    let (found, events) = first_violation(schedules, weather, Sabotage::default());
    if let Some(seed) = found {
        let outcome = simulate(seed, weather, Sabotage::default(), true);
        panic!("{}\nSIMULATION_SEED={seed}: {:?}", outcome.trace.join("\n"), outcome.violation);
    }
    println!("{schedules} schedules, {events} events, no violation");
}

#[test]
fn ten_thousand_random_schedules_violate_nothing() {
    assert_no_violation(Weather::Storm, number_of("SIMULATION_SCHEDULES").unwrap_or(SCHEDULES));
}

#[test]
fn after_a_crash_the_users_are_back_within_a_lease_and_a_second() {
    assert_no_violation(Weather::Crashes, number_of("SIMULATION_SCHEDULES").unwrap_or(SCHEDULES) / 20);
}

/// A simulation that notices nothing proves nothing: each of these faults must be found.
#[test]
fn every_deliberate_fault_is_caught() {
    let none = Sabotage::default();
    let faults = [
        ("the worker ignores its lease", Sabotage { worker_ignores_its_lease: true, ..none }),
        ("the controller cuts leases short", Sabotage { controller_cuts_leases_short: true, ..none }),
        ("the controller merges a delta again", Sabotage { controller_merges_again: true, ..none }),
        ("the worker forgets what was not acked", Sabotage { worker_forgets_unacked: true, ..none }),
        (
            "the worker confirms before its users have ended",
            Sabotage { worker_confirms_at_once: true, ..none },
        ),
        ("a leaving worker outlives its lease", Sabotage { worker_leaves_without_lease: true, ..none }),
        ("users wake and do not look at the lease", Sabotage { users_ignore_the_lease: true, ..none }),
        ("a worker drains before its last interval", Sabotage { worker_drains_too_soon: true, ..none }),
    ];
    for (fault, sabotage) in faults {
        let (found, _) = first_violation(SCHEDULES, Weather::Storm, sabotage);
        println!("{fault}: caught by seed {found:?}");
        assert!(found.is_some(), "no schedule of {SCHEDULES} notices that {fault}");
    }
}

/// Prints one schedule event by event; does nothing without `SIMULATION_SEED`.
#[test]
fn replay() {
    let Some(seed) = number_of("SIMULATION_SEED") else { return };
    for weather in [Weather::Storm, Weather::Crashes] {
        let outcome = simulate(seed, weather, Sabotage::default(), true);
        println!("{}\n{weather:?}: {:?}", outcome.trace.join("\n"), outcome.violation);
    }
}
