//! One endpoint that waits by itself, while all else that is asked is as fast as ever.

use common::api::{OPERATIONS, Operation};
use common::stats::Percentile;

use super::course::Course;
use super::{GROWN, QUEUED, SLOWER, TELLING};
use crate::limits::Rung;

/// Fewest answers of an endpoint whose median says something, where it waits and with few users.
const FEWEST: u64 = 10;
const FEWEST_AT_FIRST: u64 = 2;
/// What takes up to this share of what the endpoint takes does not wait with it.
const BESIDE: f64 = 0.25;
/// What takes so much longer, seconds, is as fast as ever.
const SAME: f64 = 0.05;

/// The endpoint, by its place, and its medians, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::limits) struct SlowEndpoint {
    pub place: usize,
    pub users: (u32, u32),
    pub before: f64,
    pub after: f64,
    /// The slowest of the others where it waits.
    pub others: f64,
}

/// The one endpoint that waits where a criterion was missed, or with more users, where that is clearer; none where others
/// do too, or streams.
pub(super) fn alone(course: &Course<'_>) -> Option<SlowEndpoint> {
    // What fails is missed for another reason.
    let first = course.missed.filter(|missed| missed.failure_share() < TELLING)?.users;
    course.rungs.iter().filter(|rung| rung.users >= first).find_map(|rung| alone_on(course, rung))
}

fn alone_on(course: &Course<'_>, missed: &Rung) -> Option<SlowEndpoint> {
    let base = course.base;
    let grown = |place: usize| {
        let (before, after) = (median(base, place, FEWEST_AT_FIRST)?, median(missed, place, FEWEST)?);
        let waits = after >= QUEUED * before && after - before >= SLOWER;
        waits.then_some((place, before, after))
    };
    let mut waiting = calls().filter_map(grown);
    let ((place, before, after), None) = (waiting.next()?, waiting.next()) else { return None };
    let others = calls().filter(|other| *other != place).filter_map(|other| median(missed, other, 1));
    let others = others.chain(missed.canary()).reduce(f64::max)?;
    let stays = |before: f64, after: f64| after <= GROWN * before + SAME;
    let canary = match (base.canary(), missed.canary()) {
        (Some(before), Some(after)) => stays(before, after),
        (before, _) => before.is_none() && missed.cheap.is_empty(),
    };
    let streams = !course.has_streams()
        || stays(base.ttft.p50, missed.ttft.p50)
            && stays(base.icl.mean, missed.icl.mean)
            && stays(base.ttft.p95, missed.ttft.p95);
    let is_alone = canary && streams && others <= BESIDE * after;
    is_alone.then_some(SlowEndpoint { place, users: (base.users, missed.users), before, after, others })
}

/// The places of what is called beside the streams.
fn calls() -> impl Iterator<Item = usize> {
    (0..OPERATIONS).filter(|place| ![Operation::Chat.index(), Operation::Question.index()].contains(place))
}

/// The median of an endpoint's answers, seconds, if there are so many.
fn median(rung: &Rung, place: usize, fewest: u64) -> Option<f64> {
    let latency = &rung.totals.endpoints.get(place)?.latency;
    let median = latency.percentile(Percentile::P50)?;
    (latency.count() >= fewest).then_some(median as f64 / 1e6)
}
