//! A histogram from the wire.

use common::protocol as wire;
use common::stats::{Histogram, Percentile, SparseHistogram};
use prost::Message;

/// Panics if samples of these bytes break a promise.
///
/// - No bytes panic.
/// - What passes is the same when it is written and read again, and its figures agree.
/// - Merged twice it is the double.
pub fn decode(input: &[u8]) {
    let Ok(wire) = wire::Samples::decode(input) else { return };
    let Ok(sparse) = SparseHistogram::decode(&wire) else { return };
    let written = sparse.encode().unwrap_or_default();
    assert_eq!(SparseHistogram::decode(&written).as_ref(), Ok(&sparse));
    assert!(sparse.filled().is_sorted_by(|a, b| a.0 < b.0));
    assert_eq!(sparse.filled().iter().map(|(_, count)| count).sum::<u64>(), sparse.count());
    assert!(sparse.count() <= SparseHistogram::MAX_COUNT && sparse.clamped() <= sparse.count());

    let mut merged = Histogram::default();
    merged.merge(&sparse);
    merged.merge(&sparse);
    let mut double = sparse.clone();
    double.add(&sparse);
    let mut of_double = Histogram::default();
    of_double.merge(&double);
    assert_eq!(merged, of_double);
    assert_eq!(merged.count(), 2 * sparse.count());

    let Some((min, max)) = sparse.bounds() else { return };
    assert_eq!((merged.min(), merged.max()), (Some(min), Some(max)));
    let percentiles = merged.percentiles(Percentile::LOCUST).unwrap_or_default();
    assert!(percentiles.is_sorted() && min <= percentiles[0] && percentiles[10] == max);
}
