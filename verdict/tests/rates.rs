//! The searched rate against services whose capacity is known, in virtual time: a bounded part of what
//! `cargo run -p verdict --release --example rates` measures with twenty seeds.

#![allow(clippy::print_stdout, reason = "the example shows each search")]

#[path = "../examples/rates/cases.rs"]
mod cases;
#[path = "../examples/rates/dice.rs"]
mod dice;
#[path = "../examples/rates/score.rs"]
mod score;
#[path = "../examples/rates/service.rs"]
mod service;
#[path = "../examples/rates/world.rs"]
mod world;

use score::{HEAD, Score};

/// Searches of each service.
const SEEDS: u64 = 2;
/// Services whose searches are quick to compute.
const QUICK: [&str; 6] = [
    "M/D/4, 0.5 s",
    "4 slots, lognormal answers of 0.5 s",
    "10 slots, lognormal answers of 2 s",
    "four shared processors, 1 s",
    "a cap of 10 that refuses, 0.5 s",
    "four shared processors, 1 s, a worker dies",
];

#[test]
fn the_searched_rate_is_close_to_what_the_service_holds_and_never_stable_above_it() {
    let cases = cases::all();
    let quick: Vec<_> = cases.iter().filter(|case| QUICK.contains(&case.name.as_str())).collect();
    assert_eq!(quick.len(), QUICK.len());
    for case in quick {
        let score = Score::of(case, SEEDS, false);
        assert!(score.is_good(SEEDS), "{HEAD}\n{}", score.line(case));
    }
}
