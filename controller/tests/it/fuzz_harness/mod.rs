//! The functions that the fuzzer drives, driven by noise and by damaged seeds. So every fuzz target
//! is tested where no fuzzer can be had, too.

mod seeds;

use std::fs;

use proptest::prelude::*;
use testkit::fuzz::TARGETS;

/// Set to write the seeds anew instead of comparing them.
const WRITE: &str = "FUZZ_WRITE_SEEDS";

#[test]
fn the_seeds_on_disk_are_those_that_this_build_makes() {
    for (target, name, bytes) in seeds::all() {
        let path = seeds::folder(target).join(name);
        if std::env::var_os(WRITE).is_some() {
            fs::create_dir_all(seeds::folder(target)).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let found = fs::read(&path).unwrap_or_default();
        assert!(found == bytes, "{} is stale; run this test with {WRITE}=1", path.display());
    }
}

#[test]
fn every_target_holds_on_every_seed() {
    for (target, run) in TARGETS {
        let inputs: Vec<_> = fs::read_dir(seeds::folder(target)).unwrap().flatten().collect();
        assert!(!inputs.is_empty(), "{target} has no seeds");
        inputs.iter().for_each(|input| run(&fs::read(input.path()).unwrap()));
    }
}

#[test]
fn every_target_has_a_program_that_the_fuzzer_finds() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz");
    let manifest = fs::read_to_string(format!("{root}/Cargo.toml")).unwrap();
    let mut named: Vec<_> =
        manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")).collect();
    named.sort_unstable();
    assert_eq!(named, TARGETS.map(|(target, _)| format!("{target}.rs\"")));
    for (target, _) in TARGETS {
        let program = fs::read_to_string(format!("{root}/fuzz_targets/{target}.rs")).unwrap();
        assert!(program.contains("fuzz_target!"), "{target}");
    }
}

/// One change of an input: where, what kind, and with which byte.
type Damage = (prop::sample::Index, u8, u8);

fn damaged(mut input: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for (place, kind, byte) in damages {
        let place = place.index(input.len() + 1);
        let end = input.len().min(place + usize::from(*byte));
        match kind % 5 {
            0 => input.insert(place, *byte),
            1 => drop(input.drain(place..end)),
            2 => input.truncate(place),
            3 => {
                let again = input[place..end].to_vec();
                input.splice(place..place, again);
            }
            _ => input.iter_mut().skip(place).take(1).for_each(|old| *old = *byte),
        }
    }
    input
}

/// A seed of the target, damaged.
fn broken_seed(target: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let seeds = seeds::all().into_iter().filter(|seed| seed.0 == target).map(|seed| seed.2);
    let seed = prop::sample::select(seeds.collect::<Vec<_>>());
    (seed, prop::collection::vec(any::<Damage>(), 0..5)).prop_map(|(seed, damages)| damaged(seed, &damages))
}

/// The two properties of each target.
macro_rules! targets {
    ($($target:ident: $run:path, $cases:literal;)*) => {$(
        mod $target {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases($cases))]

                #[test]
                fn holds_on_noise(input in prop::collection::vec(any::<u8>(), 0..400)) {
                    $run(&input);
                }

                #[test]
                fn holds_on_broken_seeds(input in broken_seed(stringify!($target))) {
                    $run(&input);
                }
            }
        }
    )*};
}

targets! {
    api: testkit::fuzz::api::read, 256;
    csv_files: testkit::fuzz::csv_files::read_and_render, 256;
    delta: testkit::fuzz::delta::decode_and_merge, 64;
    fleet: testkit::fuzz::fleet::merge_mutated, 24;
    quota: testkit::fuzz::quota::expand_ranges, 256;
    samples: testkit::fuzz::samples::decode, 256;
    shape: testkit::fuzz::shape::read, 256;
    sse: testkit::sse::fuzz_one, 256;
    threshold: testkit::fuzz::threshold::read, 256;
}
