//! Which rung comes next.

use super::pace::Purpose;
use crate::limits::Rung;
use crate::limits::RungVerdict;

/// Rungs inside the bracket: it halves with each.
const REFINEMENTS: u32 = 5;
/// Invalid rungs in a row that end the search: the generator is the limit.
const MAX_INVALID: u32 = 3;
/// Longer rungs at the answer: when one misses after all, the next has fewer users.
const CONFIRMATIONS: u32 = 3;
/// So much fewer, as a share.
const STEP_DOWN: f64 = 0.15;
/// Rungs beyond the first that missed, each of twice the users, until throughput is seen to grow no more.
const MOST_BEYOND: u32 = 2;

/// The result of a rung, as the search sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RungResult {
    /// It keeps to the criteria, or seems to.
    Fine,
    /// It misses one.
    Missed,
    /// It seems to miss one.
    SeemsMissed,
    /// The load generator was the limit: it shows nothing.
    Invalid,
    /// The service gave no sign of life that could be judged.
    Silent,
}

impl RungResult {
    /// The result of a rung. An undetermined one counts by what was measured: the search must go on either
    /// way, and the answer says how sure it is.
    pub(super) fn of(rung: &Rung) -> RungResult {
        match rung.verdict() {
            RungVerdict::Pass => RungResult::Fine,
            RungVerdict::Fail => RungResult::Missed,
            RungVerdict::Invalid => RungResult::Invalid,
            RungVerdict::Undetermined if rung.is_silent() => RungResult::Silent,
            RungVerdict::Undetermined if rung.seems_fine() => RungResult::Fine,
            RungVerdict::Undetermined => RungResult::SeemsMissed,
        }
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A rung.
    Rung { users: u32, purpose: Purpose },
    /// The search is over.
    End,
}

/// What is known so far.
#[derive(Debug, Clone)]
pub(super) struct Bracket {
    /// Users of the first rung.
    first: u32,
    max_users: u32,
    /// The largest rung known to be fine.
    low: u32,
    /// The smallest rung known to miss.
    high: Option<u32>,
    /// Whether that is sure.
    is_sure: bool,
    /// Rungs beyond the first that missed.
    beyond: u32,
    /// Whether the first rung was repeated.
    controlled: bool,
    refinements: u32,
    /// Invalid rungs in a row.
    invalid: u32,
    /// Longer rungs at the answer so far.
    confirmations: u32,
}

impl Bracket {
    /// A search from `first` to `max_users`, both at least 1.
    pub(super) fn new(first: u32, max_users: u32) -> Bracket {
        Bracket {
            first: first.min(max_users),
            max_users,
            low: 0,
            high: None,
            is_sure: false,
            beyond: 0,
            controlled: false,
            refinements: 0,
            invalid: 0,
            confirmations: 0,
        }
    }

    /// The users of the first rung.
    pub(super) fn first(&self) -> u32 {
        self.first
    }

    /// What comes after a rung of `users`. `is_flat`: throughput was seen to have stopped growing.
    /// A bracket as `narrow` as that, as a share of its lower end, is the answer.
    pub(super) fn next(&mut self, users: u32, found: RungResult, is_flat: bool, narrow: f64) -> Next {
        if self.controlled || found == RungResult::Silent {
            return Next::End;
        }
        match self.next_of_the_search(users, found, is_flat, narrow) {
            Next::End if self.low.max(self.high.unwrap_or(0)) > self.first && self.invalid < MAX_INVALID => {
                self.controlled = true;
                Next::Rung { users: self.first, purpose: Purpose::Control }
            }
            next => next,
        }
    }

    fn next_of_the_search(&mut self, users: u32, found: RungResult, is_flat: bool, narrow: f64) -> Next {
        if self.confirmations > 0 {
            return self.confirmed(users, found);
        }
        match found {
            RungResult::Fine | RungResult::Silent => {
                self.invalid = 0;
                // A rung beyond one that missed says nothing of where the limit lies, but that one that only seemed
                // to miss did not.
                if self.high.is_some_and(|high| users > high) && !self.is_sure {
                    (self.high, self.beyond) = (None, 0);
                }
                if self.high.is_none_or(|high| users < high) {
                    self.low = self.low.max(users);
                }
            }
            RungResult::Missed | RungResult::SeemsMissed => {
                self.invalid = 0;
                if self.high.is_none_or(|high| users < high) {
                    self.high = Some(users);
                    self.is_sure = found == RungResult::Missed;
                }
                // What seemed fine at this many users was chance.
                self.low = self.low.min(users - 1);
            }
            RungResult::Invalid => self.invalid += 1,
        }
        match self.high {
            None => self.climb(users),
            Some(high) => self.refine(users, high, is_flat, narrow),
        }
    }

    fn climb(&self, users: u32) -> Next {
        if users >= self.max_users || self.invalid >= MAX_INVALID {
            return Next::End;
        }
        let users = if self.invalid > 0 { users } else { users.saturating_mul(2).min(self.max_users) };
        Next::Rung { users, purpose: Purpose::Climb }
    }

    fn refine(&mut self, users: u32, high: u32, is_flat: bool, narrow: f64) -> Next {
        let goes_beyond = self.refinements == 0 && self.beyond < MOST_BEYOND && self.invalid == 0;
        if goes_beyond && (self.beyond == 0 || !is_flat) {
            self.beyond += 1;
            let beyond = users.max(high).saturating_mul(2).min(self.max_users);
            if beyond > users {
                return Next::Rung { users: beyond, purpose: Purpose::Beyond };
            }
        }
        let width = high - self.low;
        let narrow = (narrow * f64::from(self.low)).max(1.0);
        if f64::from(width) > narrow && self.refinements < REFINEMENTS && self.invalid < MAX_INVALID {
            self.refinements += 1;
            return Next::Rung { users: self.low + width / 2, purpose: Purpose::Refine };
        }
        if self.low == 0 || self.invalid >= MAX_INVALID {
            return Next::End;
        }
        self.confirm(self.low)
    }

    /// What comes after a longer rung. What held for a short time and not for a long one holds too many.
    fn confirmed(&mut self, users: u32, found: RungResult) -> Next {
        let fewer = (f64::from(users) * (1.0 - STEP_DOWN)).floor() as u32;
        let missed = matches!(found, RungResult::Missed | RungResult::SeemsMissed);
        if !missed || fewer == 0 || self.confirmations >= CONFIRMATIONS {
            return Next::End;
        }
        self.confirm(fewer)
    }

    fn confirm(&mut self, users: u32) -> Next {
        self.confirmations += 1;
        Next::Rung { users, purpose: Purpose::Confirm }
    }

    /// Rungs that may still come, about: for telling how long the search will take.
    pub(super) fn rungs_left(&self, users: u32) -> u32 {
        let doublings =
            |from: u32, to: u32| (f64::from(to.max(1)) / f64::from(from.max(1))).log2().ceil().max(0.0);
        let refinements = REFINEMENTS.saturating_sub(self.refinements);
        match (self.controlled, self.confirmations, self.high) {
            (true, ..) => 0,
            (_, 1.., _) => 1,
            (_, _, Some(high)) => {
                let halvings = doublings(self.low.max(10) / 10, high.saturating_sub(self.low).max(1)) as u32;
                halvings.min(refinements) + 2
            }
            (_, _, None) => doublings(users, self.max_users) as u32 + 1,
        }
    }
}
