//! Streams that all fail at one age: something on the way gives them so long and no longer.

use common::api::Operation;
use common::stats::{Histogram, Percentile};

use super::course::Course;
use crate::limits::Rung;
use common::text::number::seconds;

/// Fewest failures that say so.
const FEWEST: u64 = 8;
/// What fails sooner, seconds, was refused or broke at once.
const YOUNG: f64 = 2.0;
/// From a tenth to nine tenths of the failures the ages grow by less than this factor.
const ONE_AGE: f64 = 1.06;

/// The age at which streams fail, in a sentence, if it is one, and not this side's own patience.
pub(super) fn at_one_age(course: &Course<'_>) -> Option<String> {
    let mut failed = Histogram::default();
    let of_streams = |rung: &Rung| rung.totals.endpoints[Operation::Chat.index()].failed.clone();
    course.rungs.iter().for_each(|rung| failed.add(&of_streams(rung)));
    let own: u64 = course.rungs.iter().map(|rung| rung.failure_kinds.late).sum();
    let ends = [Percentile::new(10.0)?, Percentile::P50, Percentile::new(90.0)?];
    let [young, usual, old] = failed.percentiles(ends)?.map(|us| us as f64 / 1e6);
    let is_one = failed.count() >= FEWEST && own * 2 < failed.count() && old <= ONE_AGE * young;
    (is_one && young >= YOUNG).then(|| {
        format!(
            "Streams that failed did so after {} each, {} of them: a time limit on the way would do that, as of a balancer, a \
             proxy (`proxy_read_timeout`) or the service's own queue.",
            seconds(usual),
            failed.count()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::totals::StageTotals;
    use std::sync::Arc;

    fn said(ages: impl Iterator<Item = u64>, late: u64) -> Option<String> {
        let mut totals = StageTotals::default();
        ages.for_each(|ms| totals.endpoints[Operation::Chat.index()].failed.record(ms * 1000));
        let rung = |users: u32| Rung { users, requests: 1, failures: 1, ..Rung::default() };
        let mut rungs = [rung(1), rung(2)];
        rungs[1].totals = Arc::new(totals);
        rungs[1].failure_kinds.late = late;
        at_one_age(&Course::of(&rungs, None, None)?)
    }

    #[test]
    fn one_age_of_the_failures_is_said() {
        let sentence = said((0..20).map(|stream| 60_000 + stream * 10), 0).unwrap();
        assert!(
            sentence.starts_with("Streams that failed did so after 60.1 s each, 20 of them"),
            "{sentence}"
        );
        assert_eq!(said((0..20).map(|stream| 30_000 + stream * 1000), 0), None, "at any age");
        assert_eq!(said((0..20).map(|_| 60_000), 20), None, "this side's own patience");
        assert_eq!(said((0..20).map(|_| 5), 0), None, "refused at once");
        assert_eq!(said((0..5).map(|_| 60_000), 0), None, "too few");
    }
}
