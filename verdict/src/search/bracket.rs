//! Which rung comes next.

use super::outlook::Outlook;
use super::pace::Purpose;
use crate::limits::Rung;
use crate::limits::RungVerdict;

/// Most rungs inside the bracket.
const REFINEMENTS: u32 = 5;
/// Of those below a first rung that misses already: there not every class has a user.
const BELOW_FIRST: u32 = 2;
/// Invalid rungs in a row that end the search: the generator is the limit.
const MAX_INVALID: u32 = 3;
/// Rungs at the answer that are held for longer: when one misses after all, the next has fewer users.
const CONFIRMATIONS: u32 = 2;
/// So much fewer, as a share.
const STEP_DOWN: f64 = 0.15;
/// Users that are clearly fewer: so many times those that stayed unclear, and as a share of those foreseen at the
/// bound.
pub(super) const FEWER: f64 = 0.78;
/// Rungs of clearly fewer users, each held until they pass, where the answer stayed unclear.
const MOST_BELOW: u32 = 2;
/// Rungs beyond the first that missed, each of twice the users, until throughput is seen to grow no more.
const MOST_BEYOND: u32 = 2;
/// A bracket may be wider than is wanted by this factor: another rung would buy little.
const CLOSE: f64 = 1.25;
/// Guesses in a row that were wrong, after which the bracket is halved instead.
const WRONG: u32 = 2;

/// The result of a rung, as the search sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RungResult {
    /// It keeps to the criteria.
    Fine,
    /// It seems to.
    SeemsFine,
    /// It misses one.
    Missed,
    /// It seems to miss one.
    SeemsMissed,
    /// The load generator was the limit: it shows nothing.
    Invalid,
    /// The service gave no sign of life.
    Silent,
    /// An endpoint never worked.
    Broken,
}

impl RungResult {
    /// The result of a rung. An undetermined one counts by what was measured: the search must go on either
    /// way, and the answer says how sure it is.
    pub(super) fn of(rung: &Rung) -> RungResult {
        match rung.verdict() {
            RungVerdict::Invalid => RungResult::Invalid,
            _ if rung.is_silent() => RungResult::Silent,
            RungVerdict::Pass => RungResult::Fine,
            RungVerdict::Fail => RungResult::Missed,
            RungVerdict::Undetermined if rung.seems_fine() => RungResult::SeemsFine,
            RungVerdict::Undetermined => RungResult::SeemsMissed,
        }
    }

    fn is_miss(self) -> bool {
        matches!(self, RungResult::Missed | RungResult::SeemsMissed | RungResult::Silent | RungResult::Broken)
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
    /// What the rung inside the bracket was expected to be.
    expects_fine: Option<bool>,
    /// Such guesses in a row that were wrong.
    wrong: u32,
    /// Invalid rungs in a row.
    invalid: u32,
    /// Longer rungs at the answer so far.
    confirmations: u32,
    /// Rungs of clearly fewer users after those.
    below: u32,
    /// Whether there is nothing more to learn about the answer.
    is_answered: bool,
    /// Whether it began anew since the service does more than before.
    has_forgotten: bool,
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
            expects_fine: None,
            wrong: 0,
            invalid: 0,
            confirmations: 0,
            below: 0,
            is_answered: false,
            has_forgotten: false,
        }
    }

    /// The users of the first rung.
    pub(super) fn first(&self) -> u32 {
        self.first
    }

    /// Takes what a rung of `users` came to. Then the bracket is [`Bracket::bounds`].
    pub(super) fn learn(&mut self, users: u32, found: RungResult) {
        if self.is_answered || self.confirmations > 0 {
            return;
        }
        if let Some(expected) = self.expects_fine.take() {
            self.wrong = if expected == found.is_miss() { self.wrong + 1 } else { 0 };
        }
        match found {
            RungResult::Fine | RungResult::SeemsFine => {
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
            RungResult::Missed | RungResult::SeemsMissed | RungResult::Silent | RungResult::Broken => {
                self.invalid = 0;
                if self.high.is_none_or(|high| users < high) {
                    self.high = Some(users);
                    self.is_sure = found != RungResult::SeemsMissed;
                }
                // What seemed fine at this many users was chance.
                self.low = self.low.min(users - 1);
            }
            RungResult::Invalid => self.invalid += 1,
        }
    }

    /// Takes back, once, that users were too many: the service does more by now.
    pub(super) fn forget(&mut self) {
        if !self.has_forgotten && self.confirmations == 0 {
            self.has_forgotten = true;
            (self.high, self.is_sure, self.beyond, self.refinements) = (None, false, 0, 0);
            (self.expects_fine, self.wrong) = (None, 0);
        }
    }

    /// The largest rung known to be fine, 0 when none is, and the smallest known to miss.
    pub(super) fn bounds(&self) -> (u32, Option<u32>) {
        (self.low, self.high)
    }

    /// What comes after a rung of `users` that was learned.
    pub(super) fn next(&mut self, users: u32, found: RungResult, outlook: &Outlook) -> Next {
        let is_dead = found == RungResult::Silent && users == self.first;
        if self.controlled || is_dead || found == RungResult::Broken {
            return Next::End;
        }
        if !self.is_answered {
            if let Some((users, purpose)) = self.towards_the_answer(users, found, outlook) {
                return Next::Rung { users, purpose };
            }
            self.is_answered = true;
        }
        if self.invalid >= MAX_INVALID {
            return Next::End;
        }
        if let Some(users) =
            self.high.filter(|_| !(outlook.is_flat && outlook.is_told)).and_then(|high| self.beyond(high))
        {
            return Next::Rung { users, purpose: Purpose::Beyond };
        }
        if self.low.max(self.high.unwrap_or(0)) <= self.first {
            return Next::End;
        }
        self.controlled = true;
        Next::Rung { users: self.first, purpose: Purpose::Control }
    }

    /// The first rung once more, after which nothing comes.
    pub(super) fn repeat(&mut self) -> u32 {
        (self.is_answered, self.controlled) = (true, true);
        self.first
    }

    fn towards_the_answer(
        &mut self,
        users: u32,
        found: RungResult,
        outlook: &Outlook,
    ) -> Option<(u32, Purpose)> {
        if self.confirmations > 0 {
            return self.after_confirmation(users, found, outlook);
        }
        if self.invalid >= MAX_INVALID {
            return None;
        }
        let Some(high) = self.high else { return self.climb(users, found) };
        // A plateau that begins below the rung that missed is seen by the rungs that close in on it.
        let is_seen = self.is_sure && outlook.is_full && outlook.is_apart(high);
        if self.refinements == 0
            && !is_seen
            && (self.beyond == 0 || !outlook.is_flat)
            && let Some(users) = self.beyond(high)
        {
            return Some((users, Purpose::Beyond));
        }
        let most = if self.low == 0 { BELOW_FIRST } else { self.most_refinements() };
        if self.refinements < most
            && let Some(users) = self.aim(high, outlook)
        {
            self.refinements += 1;
            return Some((users, Purpose::Refine));
        }
        match self.low {
            // What only seems too much with the fewest users is held until it is clear.
            0 => (!self.is_sure && high == self.first).then(|| self.confirm(high)),
            low => Some(self.confirm(low)),
        }
    }

    /// Twice as many; the most that may be tried go on until it is clear that they are fine.
    fn climb(&mut self, users: u32, found: RungResult) -> Option<(u32, Purpose)> {
        if users >= self.max_users {
            return (found == RungResult::SeemsFine).then(|| self.confirm(users));
        }
        let users = if self.invalid > 0 { users } else { users.saturating_mul(2).min(self.max_users) };
        Some((users, Purpose::Climb))
    }

    /// Twice as many as the most that were tried above the limit.
    fn beyond(&mut self, high: u32) -> Option<u32> {
        let tried = high.saturating_mul(1 << self.beyond);
        let users = tried.saturating_mul(2).min(self.max_users);
        let goes = self.beyond < self.most_beyond() && self.invalid == 0 && users > tried;
        self.beyond += u32::from(goes);
        goes.then_some(users)
    }

    /// One more where guesses were wrong: they took little off the bracket.
    fn most_refinements(&self) -> u32 {
        REFINEMENTS + u32::from(self.wrong >= WRONG)
    }

    /// One more where the first seemed to miss by chance.
    fn most_beyond(&self) -> u32 {
        MOST_BEYOND + u32::from(self.high.is_some() && !self.is_sure)
    }

    /// The next rung inside the bracket, a little to one side of where the limit should lie, so that it is clear; none
    /// when the bracket is narrow. From above: then the last rung is the answer, and can be held on.
    fn aim(&mut self, high: u32, outlook: &Outlook) -> Option<u32> {
        let (low, narrow) = (f64::from(self.low), outlook.narrow);
        let width = high - self.low;
        if f64::from(width) <= (CLOSE * narrow * low).max(1.0) {
            return None;
        }
        let middle = self.low + width / 2;
        let Some(crossing) = outlook.crossing.filter(|_| self.wrong < WRONG) else { return Some(middle) };
        let top = f64::from(high);
        let above = (crossing * (1.0 + narrow / 2.0)).max(low * (1.0 + narrow)).ceil();
        let below = (crossing * (1.0 - narrow / 2.0)).floor().min((top / (1.0 + narrow)).ceil());
        let (users, is_fine) =
            match (above * (1.0 + narrow / 2.0) <= top, below >= low * (1.0 + narrow / 2.0)) {
                (true, _) => (above, false),
                (false, true) => (below, true),
                (false, false) => return Some(middle),
            };
        self.expects_fine = Some(is_fine);
        Some((users as u32).clamp(self.low + 1, high - 1))
    }

    /// What comes after a longer rung. What held for a short time and not for a long one holds too many; what stayed
    /// unclear is too close to the limit for a lower bound, so clearly fewer users are to give one.
    fn after_confirmation(
        &mut self,
        users: u32,
        found: RungResult,
        outlook: &Outlook,
    ) -> Option<(u32, Purpose)> {
        let fewer = |share: f64| ((f64::from(users) * share).floor() as u32).max(self.first.min(users));
        let next = fewer(1.0 - STEP_DOWN);
        if self.below == 0 && found.is_miss() && next < users && self.confirmations < CONFIRMATIONS {
            return Some(self.confirm(next));
        }
        let foreseen = outlook.crossing.map_or(u32::MAX, |crossing| (crossing * FEWER) as u32);
        let next = fewer(FEWER).min(foreseen).max(self.first.min(users));
        let is_open = outlook.proven == 0 && found != RungResult::Fine && outlook.can_prove;
        if !is_open || next >= users || self.below >= MOST_BELOW {
            return None;
        }
        self.below += 1;
        Some((next, Purpose::Below))
    }

    fn confirm(&mut self, users: u32) -> (u32, Purpose) {
        self.confirmations += 1;
        (users, Purpose::Confirm)
    }

    /// How many rungs may still come after one of `users`: at least and at most, as far as that is known.
    pub(super) fn rungs_left(&self, users: u32) -> (u32, u32) {
        let doublings = (f64::from(self.max_users) / f64::from(users.max(1))).log2().ceil().max(0.0) as u32;
        let control = 1;
        let again = CONFIRMATIONS.saturating_sub(self.confirmations) + MOST_BELOW.saturating_sub(self.below);
        match (self.controlled, self.is_answered || self.confirmations > 0, self.high) {
            (true, ..) => (0, 0),
            (_, true, _) => (control, control + again + self.most_beyond()),
            (_, _, Some(_)) => (
                1 + control,
                self.most_refinements().saturating_sub(self.refinements)
                    + self.most_beyond()
                    + again
                    + control,
            ),
            (_, _, None) => (
                doublings.min(2) + control,
                doublings + self.most_refinements() + self.most_beyond() + again + control,
            ),
        }
    }

    /// What comes after the rung that runs, as far as that is known.
    pub(super) fn then(&self, users: u32, purpose: Purpose) -> String {
        let twice = users.saturating_mul(2).min(self.max_users);
        match (purpose, self.high) {
            (Purpose::Control, _) => "the last rung".to_owned(),
            (Purpose::Confirm, _) => "the answer for longer, then the first rung again".to_owned(),
            (Purpose::Below, _) => "clearly fewer users for longer, then the first rung again".to_owned(),
            (Purpose::Beyond, _) => "what more users do, then closer to the limit".to_owned(),
            (Purpose::Refine, Some(high)) => format!("closing in between {} and {high} users", self.low),
            (Purpose::Climb, _) | (Purpose::Refine, None) if twice > users => {
                format!("then {twice} users if these are held, else fewer")
            }
            _ => "the most users to try".to_owned(),
        }
    }
}
