//! Whether a service changed with time: the same users at two times, or fewer of them later, with other times.

use super::text::users;
use super::{Rung, flow};
use common::text::number::seconds;

/// A first token takes this many times as long, and `SLOWER` seconds longer, as hardly any did before.
const GROWN: f64 = 1.5;
/// In seconds.
const SLOWER: f64 = 0.1;
/// Fewest first tokens whose median says so.
const FEWEST: u64 = 2;
/// Seconds for which a service must stay slower, where more users before may have left something to do.
const RECOVERED: f64 = 45.0;
/// With fewer than `ENOUGH` it must take this many times as long. (Of three that all take longer than any of five, chance
/// makes one pair in 56.)
const ENOUGH: u64 = 3;
const MUCH: f64 = 3.0;
/// Fewest first tokens that speak of a service that stays slower.
const ENOUGH_TO_STAY: u64 = 5;

/// Times to first token before and after, seconds, where they differ and the users do not explain it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Changed {
    pub users: u32,
    /// No more than before.
    pub users_after: u32,
    pub before: f64,
    pub after: f64,
}

impl Changed {
    /// `rungs` in the order of time.
    pub(super) fn of(rungs: &[Rung]) -> Option<Changed> {
        // What users who have left still ask for is no change of the service.
        if rungs.last()?.is_loaded_by_those_who_left() {
            return None;
        }
        Changed::of_the_first(rungs).or_else(|| Changed::of_the_last(rungs))
    }

    /// Of the first rung, which a search repeats at its end.
    fn of_the_first(rungs: &[Rung]) -> Option<Changed> {
        let (first, last) = (rungs.first()?, rungs.last()?);
        let same =
            first.users == last.users && first.stage < last.stage && first.is_valid() && last.is_valid();
        let means = same.then(|| flow::changed(&first.seconds, &last.seconds)).flatten();
        let times = means.or_else(|| same.then(|| medians(first, last)).flatten());
        times.map(|times| Changed::between(first, last, times))
    }

    /// Of the last rung, against the first one of at least its users that all later ones of no more users stayed much
    /// slower than, and for long: what had more users between may have left them something to do.
    fn of_the_last(rungs: &[Rung]) -> Option<Changed> {
        let valid: Vec<&Rung> = rungs.iter().filter(|rung| rung.is_valid() && rung.ttft.count > 0).collect();
        let (last, earlier) = valid.split_last()?;
        let stayed_slower = |place: &usize| {
            let before = valid[*place];
            let since = valid[place + 1..].iter().skip_while(|rung| rung.users > before.users);
            let alike = since.clone().filter(|rung| rung.users <= before.users);
            alike.map(|rung| rung.length()).sum::<f64>() >= RECOVERED
                && since.into_iter().all(|rung| is_much_slower(before, rung))
        };
        let of_enough = (0..earlier.len()).filter(|place| earlier[*place].users >= last.users);
        let before = of_enough.into_iter().find(stayed_slower).map(|place| earlier[place])?;
        Some(Changed::between(before, last, (before.ttft.p50, last.ttft.p50)))
    }

    fn between(first: &Rung, last: &Rung, (before, after): (f64, f64)) -> Changed {
        Changed { users: first.users, users_after: last.users, before, after }
    }

    pub(super) fn is_slower(self) -> bool {
        self.after > self.before
    }

    pub(super) fn sentence(self) -> String {
        let (became, holds) = match self.is_slower() {
            true => ("slower", "says nothing of a longer run"),
            false => ("faster", "may be too low: search again while it is warm"),
        };
        let (before, after) = (seconds(self.before), seconds(self.after));
        let times = match self.users == self.users_after {
            true => format!(
                "with the same {} the first token took {before} at the beginning and {after} at the end",
                users(self.users)
            ),
            false => format!(
                "the first token took {before} with {} and later, with no more than {}, {after}",
                users(self.users),
                self.users_after
            ),
        };
        format!("The service became {became} with time, whatever the load: {times}, so the answer {holds}.")
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

/// Whether half of the first tokens took much longer than hardly any did before.
fn is_much_slower(before: &Rung, after: &Rung) -> bool {
    let enough = before.ttft.count >= ENOUGH_TO_STAY && after.ttft.count >= ENOUGH_TO_STAY;
    enough && after.ttft.p50 >= MUCH * before.ttft.p95 && after.ttft.p50 - before.ttft.p95 >= SLOWER
}
