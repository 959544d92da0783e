//! What merging one delta costs by itself, with nothing else on the core.

use std::time::{Duration, Instant};

use common::protocol as wire;
use hub::merge::Ledger;
use prost::Message as _;

use super::delta::Sample;

/// Workers whose deltas are merged in turn.
const WORKERS: usize = 100;
/// Seconds of the run clock.
const SECONDS: u64 = 20;
/// The run and every worker's incarnation.
const ID: [u8; 16] = [7; 16];

/// Ascending nanoseconds from the bytes of a delta to its place in the totals.
pub fn alone(sample: &Sample) -> Vec<u64> {
    let mut ledger = Ledger::new(ID);
    let mut spent = Vec::with_capacity(WORKERS * SECONDS as usize);
    for second in 0..SECONDS {
        let (from_us, to_us) = (second * 1_000_000, (second + 1) * 1_000_000);
        let bytes = sample.delta(&ID, &ID, second + 1, from_us, to_us).encode_to_vec();
        for worker in 0..WORKERS {
            let begun = Instant::now();
            let Ok(delta) = wire::Delta::decode(bytes.as_slice()) else { continue };
            if ledger.merge(worker, &ID, "w", delta, Duration::from_micros(to_us)).is_ok() {
                spent.push(begun.elapsed().as_nanos() as u64);
            }
        }
        drop(ledger.seconds.close());
    }
    spent.sort_unstable();
    spent
}
