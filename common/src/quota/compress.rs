//! Finding the arithmetic ranges in a schedule.

use super::ranges::{Slot, UserRange};

/// How far apart in the list two neighbours of a range may be. The weights 3 : 1 : 2 repeat after 6
/// users, of which one class has at most 3, so start times of a smooth ramp are evenly spaced at
/// every third slot of a class, or more closely; a spawn rate whose step is not a whole number of
/// microseconds can stretch that.
const MAX_LAG: usize = 8;

/// Writes a schedule as arithmetic ranges; [`super::expand`] gives back the same slots.
///
/// `slots` are sorted by class and index, each user once. Greedy: from the first slot not covered
/// yet, the longest range whose neighbours lie 1 to 8 slots apart. There are never more ranges than
/// slots, and a smooth ramp takes a handful.
pub fn compress(slots: &[Slot]) -> Vec<UserRange> {
    let mut covered = vec![false; slots.len()];
    let mut ranges = Vec::new();
    for start in 0..slots.len() {
        if covered[start] {
            continue;
        }
        let longest = (1..=MAX_LAG).rev().map(|lag| Run::grow(slots, &covered, start, lag));
        let Some(run) = longest.max_by_key(|run| run.count) else {
            continue;
        };
        for k in 0..run.count as usize {
            covered[start + k * run.lag] = true;
        }
        ranges.push(run.range(&slots[start]));
    }
    ranges
}

/// What changes from one slot of a range to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Step {
    index: u32,
    start_us: u64,
    stop_us: i64,
}

impl Step {
    /// The step between two slots, if a range can make it.
    fn between(a: &Slot, b: &Slot) -> Option<Step> {
        if a.class != b.class || a.index >= b.index {
            return None;
        }
        let stop_us = match (a.stop_at_us, b.stop_at_us) {
            (Some(a), Some(b)) => i64::try_from(i128::from(b) - i128::from(a)).ok()?,
            (None, None) => 0,
            _ => return None,
        };
        let start_us = b.start_at_us.checked_sub(a.start_at_us)?;
        Some(Step { index: b.index - a.index, start_us, stop_us })
    }
}

/// Uncovered slots at even distances, `lag` apart in the list.
struct Run {
    lag: usize,
    count: u32,
    step: Step,
}

impl Run {
    fn grow(slots: &[Slot], covered: &[bool], start: usize, lag: usize) -> Run {
        let mut run = Run { lag, count: 1, step: Step::default() };
        let mut last = start;
        while let Some(next) = last.checked_add(lag).filter(|next| *next < slots.len() && !covered[*next]) {
            let step = Step::between(&slots[last], &slots[next]);
            let Some(step) = step.filter(|step| run.count == 1 || *step == run.step) else {
                break;
            };
            (run.step, run.count, last) = (step, run.count + 1, next);
        }
        run
    }

    fn range(&self, first: &Slot) -> UserRange {
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
