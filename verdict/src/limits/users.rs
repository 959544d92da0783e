//! Most users for which the criteria hold.

use super::margin::MOST_LOAD;
use super::{Rung, RungVerdict, UserLimit, UserVerdict};
use crate::threshold::{Measure, Rule, Verdict};

/// A rung that missed a criterion, and one of more users that kept to all: more than the users decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contradiction {
    pub missed: u32,
    pub passed: u32,
    /// Whether those that missed came after those that passed.
    pub missed_later: bool,
}

impl Contradiction {
    /// The first such rung, and the largest that contradicts it. `rungs` are valid and ascend.
    pub(super) fn of(rungs: &[Rung]) -> Option<Contradiction> {
        let missed = rungs.iter().find(|rung| rung.verdict() == RungVerdict::Fail)?;
        let passed = rungs.iter().rfind(|rung| rung.verdict() == RungVerdict::Pass)?;
        (passed.users > missed.users).then_some(Contradiction {
            missed: missed.users,
            passed: passed.users,
            missed_later: missed.from > passed.from,
        })
    }
}

/// The answer that the rungs give. `rungs` are valid and ascend, one for each number of users.
pub(super) fn limit(rungs: &[Rung], criteria: &[Rule]) -> UserLimit {
    let failed = rungs.iter().find(|rung| rung.verdict() == RungVerdict::Fail);
    let contradiction = Contradiction::of(rungs);
    let below = |rung: &&Rung| failed.is_none_or(|failed| rung.users < failed.users);
    let passed = rungs.iter().filter(below).rfind(|rung| rung.verdict() == RungVerdict::Pass);
    let low = passed.map_or(0, |rung| rung.users);
    // What more users keep to is no bound.
    let holds = contradiction.map_or(0, |contradiction| contradiction.passed);
    let is_bound = |rung: &&Rung| rung.verdict() == RungVerdict::Fail && rung.users > holds;
    let high = rungs.iter().find(is_bound).map(|rung| rung.users);
    let verdict = match (passed, failed) {
        _ if contradiction.is_some() => UserVerdict::Undetermined,
        (Some(_), Some(_)) => UserVerdict::Found,
        (Some(_), None) if rungs.last().is_some_and(|rung| rung.users == low) => {
            UserVerdict::NoFailureInRange
        }
        (None, Some(failed)) if rungs.first().is_some_and(|first| first.users == failed.users) => {
            UserVerdict::FailsAtFirst
        }
        _ => UserVerdict::Undetermined,
    };
    UserLimit {
        verdict,
        point: high.and_then(|_| crossing(rungs, criteria)),
        low: u64::from(low),
        high: high.map(u64::from),
        confirmed: false,
        failed_first: failed.and_then(|rung| missed(rung, criteria)),
    }
}

/// The criterion that a rung missed first, in the order in which they were given; a share of failures before all others,
/// since a failed request meets no latency bound either.
pub(crate) fn missed(rung: &Rung, criteria: &[Rule]) -> Option<String> {
    let judged = rung.criteria.iter().zip(criteria);
    let mut missed = judged.filter(|(judged, _)| judged.verdict == Verdict::Fail).map(|(_, rule)| rule);
    let first = missed.next()?;
    let is_share = |rule: &&Rule| matches!(rule.threshold.measure, Measure::Share(_));
    Some([first].into_iter().chain(missed).find(is_share).unwrap_or(first).text.clone())
}

/// Whether those who were answered kept to what the first rung that failed missed first.
pub(super) fn missed_by_failures(rungs: &[Rung], criteria: &[Rule]) -> bool {
    let failed = rungs.iter().find(|rung| rung.verdict() == RungVerdict::Fail);
    let Some((rung, text)) = failed.and_then(|rung| Some((rung, missed(rung, criteria)?))) else {
        return false;
    };
    let mut judged = rung.criteria.iter().zip(criteria);
    judged.any(|(judged, rule)| rule.text == text && judged.is_missed_by_failures())
}

/// Where the first criterion crosses its bound: each one's room made monotone (the users only take from
/// it), then interpolated between rungs. The least of all criteria.
fn crossing(rungs: &[Rung], criteria: &[Rule]) -> Option<f64> {
    (0..criteria.len()).filter_map(|place| crossing_of(rungs, place)).reduce(f64::min)
}

pub(super) fn crossing_of(rungs: &[Rung], place: usize) -> Option<f64> {
    let points: Vec<(f64, f64, f64)> = rungs
        .iter()
        .filter_map(|rung| {
            let room = rung.criteria.get(place)?.margin?.room;
            Some((f64::from(rung.users), room, rung.streams.max(rung.requests).max(1) as f64))
        })
        .collect();
    let rooms = falling(&points);
    let crosses = |pair: &[(f64, f64)]| pair[0].1 >= 0.0 && pair[1].1 < 0.0;
    let pair = rooms.windows(2).find(|pair| crosses(pair))?;
    let share = share_by_load(rungs, place, pair).unwrap_or(pair[0].1 / (pair[0].1 - pair[1].1));
    Some(pair[0].0 + share * (pair[1].0 - pair[0].0))
}

/// How far between two rungs a criterion's figure itself crosses its bound: nothing of a queue is beyond a bound of
/// seconds at first, and soon nearly all, while the wait grows as the users do. `None` where the figure does not cross
/// it there, as where chance made room for the one with more users.
fn share_by_load(rungs: &[Rung], place: usize, pair: &[(f64, f64)]) -> Option<f64> {
    let load =
        |users: f64| rungs.iter().find(|rung| f64::from(rung.users) == users)?.criteria.get(place)?.load;
    let (below, above) = (load(pair[0].0)?, load(pair[1].0)?);
    (below <= 1.0 && above > 1.0 && above < MOST_LOAD).then(|| (1.0 - below) / (above - below))
}

/// The falling sequence closest to the points (pool adjacent violators): (users, room).
fn falling(points: &[(f64, f64, f64)]) -> Vec<(f64, f64)> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new(); // weighted mean, weight, how many points
    for (_, room, weight) in points {
        let mut pool = (*room, *weight, 1);
        while let Some(last) = pools.last().copied().filter(|last| last.0 < pool.0) {
            let weight = last.1 + pool.1;
            pool = ((last.0 * last.1 + pool.0 * pool.1) / weight, weight, last.2 + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let rooms = pools.iter().flat_map(|(room, _, count)| std::iter::repeat_n(*room, *count));
    points.iter().map(|point| point.0).zip(rooms).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling_makes_the_rooms_fall() {
        let rooms = falling(&[(1.0, 0.3, 1.0), (2.0, 0.1, 1.0), (4.0, 0.2, 3.0), (8.0, -0.4, 1.0)]);
        let expected = [(1.0, 0.3), (2.0, 0.175), (4.0, 0.175), (8.0, -0.4)];
        for ((users, room), (wanted_users, wanted)) in rooms.into_iter().zip(expected) {
            assert_eq!(users, wanted_users);
            assert!((room - wanted).abs() < 1e-12, "{users}: {room}");
        }
    }
}
