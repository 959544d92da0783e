//! Whether a service changed with time: the first rung of a search, and the same users at its end.

use super::text::{ms, users};
use super::{Rung, flow};

/// A first token takes this many times as long, and `SLOWER` seconds longer, as hardly any did before.
const GROWN: f64 = 1.5;
/// In seconds.
const SLOWER: f64 = 0.1;
/// Fewest first tokens whose median says so.
const FEWEST: u64 = 2;
/// With fewer than `ENOUGH` it must take this many times as long.
const ENOUGH: u64 = 5;
const MUCH: f64 = 3.0;

/// Times to first token of the same users at the beginning and at the end, seconds, where they differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Changed {
    pub users: u32,
    pub before: f64,
    pub after: f64,
}

impl Changed {
    /// `rungs` in the order of time.
    pub(super) fn of(rungs: &[Rung]) -> Option<Changed> {
        let (first, last) = (rungs.first()?, rungs.last()?);
        let same =
            first.users == last.users && first.stage < last.stage && first.is_valid() && last.is_valid();
        let means = same.then(|| flow::changed(&first.seconds, &last.seconds)).flatten();
        let (before, after) = means.or_else(|| same.then(|| medians(first, last)).flatten())?;
        Some(Changed { users: first.users, before, after })
    }

    pub(super) fn is_slower(self) -> bool {
        self.after > self.before
    }

    pub(super) fn sentence(self) -> String {
        let (became, holds) = match self.is_slower() {
            true => ("slower", "holds for a run of this length only"),
            false => ("faster", "may be too low: search again while it is warm"),
        };
        format!(
            "The service became {became} with time, whatever the load: with the same {} the first token took {} at the \
             beginning and {} at the end, so the answer {holds}.",
            users(self.users),
            ms(self.before),
            ms(self.after)
        )
    }
}

/// The medians, if the later one is beyond nearly all of what was measured before. Its times may differ by so much among
/// themselves that nothing can be said of their mean.
fn medians(first: &Rung, last: &Rung) -> Option<(f64, f64)> {
    let (before, after) = (first.ttft, last.ttft);
    let is_known = before.count >= FEWEST && after.count >= FEWEST;
    let times = if before.count.min(after.count) < ENOUGH { MUCH } else { GROWN };
    let is_slower = after.p50 >= times * before.p95 && after.p50 - before.p95 >= SLOWER;
    (is_known && is_slower).then_some((before.p50, after.p50))
}
