//! Which rung comes next.

use crate::limits::Rung;
use crate::limits::RungVerdict;

/// Rungs inside the bracket: it halves with each.
const REFINEMENTS: u32 = 5;
/// A bracket this narrow, as a share of its lower end, is the answer.
const NARROW: f64 = 0.1;
/// Invalid rungs in a row that end the search: the generator is the limit.
const MAX_INVALID: u32 = 3;
/// Longer rungs at the answer: when one misses after all, the next has fewer users.
const CONFIRMATIONS: u32 = 3;
/// So much fewer, as a share.
const STEP_DOWN: f64 = 0.15;

/// The result of a rung, as the search sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RungResult {
    /// It keeps to the criteria, or seems to.
    Fine,
    /// It misses one, or seems to.
    Missed,
    /// The load generator was the limit: it shows nothing.
    Invalid,
}

impl RungResult {
    /// The result of a rung. An undetermined one counts by what was measured: the search must go on either
    /// way, and the answer says how sure it is.
    pub(super) fn of(rung: &Rung) -> RungResult {
        match rung.verdict() {
            RungVerdict::Pass => RungResult::Fine,
            RungVerdict::Fail => RungResult::Missed,
            RungVerdict::Invalid => RungResult::Invalid,
            RungVerdict::Undetermined if rung.seems_fine() => RungResult::Fine,
            RungVerdict::Undetermined => RungResult::Missed,
        }
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A rung, which may be the longer one at the answer.
    Rung { users: u32, confirms: bool },
    /// The search is over.
    End,
}

/// What is known so far.
#[derive(Debug, Clone)]
pub(super) struct Search {
    max_users: u32,
    /// The largest rung known to be fine.
    low: u32,
    /// The smallest rung known to miss.
    high: Option<u32>,
    /// Whether a rung beyond the first that missed was run.
    went_beyond: bool,
    refinements: u32,
    /// Invalid rungs in a row.
    invalid: u32,
    /// Longer rungs at the answer so far.
    confirmations: u32,
}

impl Search {
    /// A search up to `max_users`, at least 1.
    pub(super) fn new(max_users: u32) -> Search {
        Search {
            max_users,
            low: 0,
            high: None,
            went_beyond: false,
            refinements: 0,
            invalid: 0,
            confirmations: 0,
        }
    }

    /// Whether no rung has missed yet.
    pub(super) fn is_climbing(&self) -> bool {
        self.high.is_none()
    }

    /// What comes after a rung of `users`.
    pub(super) fn next(&mut self, users: u32, found: RungResult) -> Next {
        if self.confirmations > 0 {
            return self.confirmed(users, found);
        }
        match found {
            RungResult::Fine => {
                self.invalid = 0;
                // A rung beyond one that missed says nothing of where the limit lies.
                if self.high.is_none_or(|high| users < high) {
                    self.low = self.low.max(users);
                }
            }
            RungResult::Missed => {
                self.invalid = 0;
                self.high = Some(self.high.map_or(users, |high| high.min(users)));
                // What seemed fine at this many users was chance.
                self.low = self.low.min(users - 1);
            }
            RungResult::Invalid => self.invalid += 1,
        }
        match self.high {
            None => self.climb(users),
            Some(high) => self.refine(users, high),
        }
    }

    fn climb(&self, users: u32) -> Next {
        if users >= self.max_users || self.invalid >= MAX_INVALID {
            return Next::End;
        }
        let users = if self.invalid > 0 { users } else { users.saturating_mul(2).min(self.max_users) };
        Next::Rung { users, confirms: false }
    }

    fn refine(&mut self, users: u32, high: u32) -> Next {
        if !self.went_beyond {
            self.went_beyond = true;
            let beyond = high.saturating_mul(2).min(self.max_users);
            if beyond > users && self.invalid == 0 {
                return Next::Rung { users: beyond, confirms: false };
            }
        }
        let width = high - self.low;
        let narrow = (NARROW * f64::from(self.low)).max(1.0);
        if f64::from(width) > narrow && self.refinements < REFINEMENTS && self.invalid < MAX_INVALID {
            self.refinements += 1;
            return Next::Rung { users: self.low + width / 2, confirms: false };
        }
        if self.low == 0 || self.invalid >= MAX_INVALID {
            return Next::End;
        }
        self.confirm(self.low)
    }

    /// What comes after a longer rung. What held for a short time and not for a long one holds too many.
    fn confirmed(&mut self, users: u32, found: RungResult) -> Next {
        let fewer = (f64::from(users) * (1.0 - STEP_DOWN)).floor() as u32;
        if found != RungResult::Missed || fewer == 0 || self.confirmations >= CONFIRMATIONS {
            return Next::End;
        }
        self.confirm(fewer)
    }

    fn confirm(&mut self, users: u32) -> Next {
        self.confirmations += 1;
        Next::Rung { users, confirms: true }
    }
}
