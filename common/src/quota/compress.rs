//! Writes a schedule as arithmetic ranges.

use super::ranges::{ScheduledUser, UserRange};

/// How far apart in the list two neighbours of a range may be. The weights 3 : 1 : 2 repeat after 6
/// users, of which one class has at most 3, so start times of a smooth ramp are evenly spaced at
/// every third user of a class, or more closely; a spawn rate whose step is not a whole number of
/// microseconds can stretch that.
const MAX_LAG: usize = 8;

/// Writes a schedule as arithmetic ranges; [`super::expand`] gives back the same users.
///
/// `users` are sorted by class and index, each user once. Greedy: from the first user not covered
/// yet, the longest range whose neighbours lie 1 to 8 users apart. There are never more ranges than
/// users, and a smooth ramp takes a handful.
pub fn compress(users: &[ScheduledUser]) -> Vec<UserRange> {
    let mut covered = vec![false; users.len()];
    let mut ranges = Vec::new();
    for start in 0..users.len() {
        if covered[start] {
            continue;
        }
        let longest = (1..=MAX_LAG).rev().map(|lag| Progression::grow(users, &covered, start, lag));
        let Some(progression) = longest.max_by_key(|progression| progression.count) else {
            continue;
        };
        for k in 0..progression.count as usize {
            covered[start + k * progression.lag] = true;
        }
        ranges.push(progression.range(&users[start]));
    }
    ranges
}

/// What changes from one user of a range to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct RangeStep {
    index: u32,
    start_us: u64,
    stop_us: i64,
}

impl RangeStep {
    /// The step between two users, if a range can make it.
    fn between(a: &ScheduledUser, b: &ScheduledUser) -> Option<RangeStep> {
        if a.class != b.class || a.index >= b.index {
            return None;
        }
        let stop_us = match (a.stop_at_us, b.stop_at_us) {
            (Some(a), Some(b)) => i64::try_from(i128::from(b) - i128::from(a)).ok()?,
            (None, None) => 0,
            _ => return None,
        };
        let start_us = b.start_at_us.checked_sub(a.start_at_us)?;
        Some(RangeStep { index: b.index - a.index, start_us, stop_us })
    }
}

/// Uncovered users at even distances, `lag` apart in the list.
struct Progression {
    lag: usize,
    count: u32,
    step: RangeStep,
}

impl Progression {
    fn grow(users: &[ScheduledUser], covered: &[bool], start: usize, lag: usize) -> Progression {
        let mut progression = Progression { lag, count: 1, step: RangeStep::default() };
        let mut last = start;
        while let Some(next) = last.checked_add(lag).filter(|next| *next < users.len() && !covered[*next]) {
            let step = RangeStep::between(&users[last], &users[next]);
            let Some(step) = step.filter(|step| progression.count == 1 || *step == progression.step) else {
                break;
            };
            (progression.step, progression.count, last) = (step, progression.count + 1, next);
        }
        progression
    }

    fn range(&self, first: &ScheduledUser) -> UserRange {
        UserRange {
            class: first.class,
            first: first.index,
            stride: self.step.index,
            count: self.count,
            start_at_us: first.start_at_us,
            start_step_us: self.step.start_us,
            stop_at_us: first.stop_at_us,
            stop_step_us: self.step.stop_us,
        }
    }
}
