//! The users of a quota.

use common::protocol as wire;
use common::quota::{UserRange, compress, expand};
use prost::Message;

/// Most users that the worker of these tests may be asked to run.
const LIMIT: usize = 2_000;

/// Panics if a quota of these bytes breaks a promise.
///
/// - No bytes panic, and none makes more users than the limit.
/// - What expands has as many users as it says, each once, in order.
/// - The users compress to ranges that expand to them again.
pub fn expand_ranges(input: &[u8]) {
    let Ok(quota) = wire::Quota::decode(input) else { return };
    let Ok(ranges) = quota.users.iter().map(UserRange::try_from).collect::<Result<Vec<_>, _>>() else {
        return;
    };
    let Ok(slots) = expand(&ranges, LIMIT) else { return };
    let said: u64 = ranges.iter().map(|range| u64::from(range.count)).sum();
    assert_eq!(slots.len() as u64, said);
    assert!(slots.len() <= LIMIT);
    assert!(slots.is_sorted_by(|a, b| (a.class, a.index) < (b.class, b.index)));
    let compressed = compress(&slots);
    assert!(compressed.len() <= slots.len());
    assert_eq!(expand(&compressed, LIMIT), Ok(slots));
}
