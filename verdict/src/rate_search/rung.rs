//! One rate, as it was measured.

use std::time::Duration;

use super::capacity::Capacity;
use super::counts::{Count, counts, mean, since_workers_were_lost, stay, sum};
use super::growth::Growth;
use super::plan::{Outcome, Purpose};
use crate::limits::{Rung, RungVerdict};
use crate::threshold::{Confidence, Rule};
use crate::{Second, Sources};

/// Share of arrivals that the load generator did not start, from which it was the limit, and how long they waited for it
/// on average, seconds.
const MISSED: f64 = 0.05;
const WAITED: f64 = 0.1;
/// Those who are there for this many times as long as with few wait for something.
const WAITS: f64 = 1.5;
/// Share of arrivals for whom there was no place, above which the rate was not offered.
const DROPPED: f64 = 0.005;
/// Shortest look, seconds; fewest arrivals on it.
const SHORTEST: f64 = 6.0;
const FEWEST: f64 = 12.0;
/// A climb is looked at for no longer than this, seconds, and many arrivals.
const LONGEST_CLIMB: (f64, f64) = (60.0, 400.0);
/// Where those who are there grow, what is served is wanted so closely before the next rung, or for so long.
const ROUGHLY: f64 = 0.08;
const LONGEST_GROWTH: f64 = 45.0;
/// The same while hardly anybody leaves.
const LONGEST_SILENCE: f64 = 300.0;
/// Share of the places that a backlog may take.
const PLACES: f64 = 0.7;
/// Fewest arrivals and seconds of a rung that shows that a rate is held, most of both, and stays that fit into it.
const HOLD: (f64, f64) = (500.0, 20.0);
const LONGEST_HOLD: (f64, f64) = (6000.0, 900.0);
/// The same where nothing but growth tells.
const HOLD_BY_GROWTH: f64 = 3000.0;
/// Growth by which a rate that is held may have grown after all, as a share of what is sure.
pub(super) const HELD: f64 = 0.12;
/// Thresholds are looked at when there are so many times as many arrivals as at the look before: up to five looks, as
/// the confidence of one allows.
const LOOKS: f64 = 1.6;
const STAYS: f64 = 4.0;
/// Longest time for which it is measured what is served beneath a backlog, seconds, or so many arrivals if that is longer.
const LONGEST_FULL: f64 = 420.0;
const MOST_FULL: f64 = 400.0;
const SHORTEST_FULL: f64 = 15.0;
/// A backlog of less than this share of what it was at first is no longer one.
const EMPTIED: f64 = 0.3;

/// A rate that was tried.
#[derive(Debug, Clone)]
pub struct RateRung {
    /// Its criteria and figures.
    pub(super) rung: Rung,
    /// Arrivals per second that were asked for.
    pub(super) rate: f64,
    pub(super) purpose: Purpose,
    pub(super) outcome: Outcome,
    pub(super) growth: Growth,
    /// What was served beneath a backlog, where there was one.
    pub(super) served: Option<Capacity>,
    /// Who came, each second, and for how many there was no place.
    pub(super) arrived: f64,
    pub(super) dropped: f64,
    /// Who was there, mean.
    pub(super) present: f64,
    /// How long each was there, mean, seconds.
    pub(super) stay: Option<f64>,
}

/// What a rung is looked at with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub stage: usize,
    pub rate: f64,
    pub purpose: Purpose,
    pub criteria: &'a [Rule],
    pub max_users: u32,
    /// How long somebody is there when few are, seconds.
    pub calm: Option<f64>,
    /// What is known of what the service can do.
    pub capacity: Option<Capacity>,
    /// How long streams may take, seconds.
    pub timeout: f64,
}

/// A rung so far, and whether it is over.
pub(super) struct Looked {
    pub rung: RateRung,
    pub is_over: bool,
}

impl Look<'_> {
    /// Looks at what was measured up to `now`; `None` while that says nothing.
    pub(super) fn at(&self, sources: Sources<'_>, now: Duration) -> Option<Looked> {
        let (from, to) = sources.timeline.measured(self.stage)?;
        let rung = Rung::of(sources, self.stage, now, self.criteria, Confidence::LOOK)?;
        let all = sources.evidence.within(from, to.min(now));
        let seconds = since_workers_were_lost(self.after_the_first(all));
        let counts = counts(seconds);
        let length = counts.len() as f64;
        // Of a fleet that never stays the same for so long nothing is known.
        let is_too_short = length < SHORTEST - 1.0;
        if is_too_short && (all.len() as f64) < LONGEST_SILENCE {
            return None;
        }
        let growth = Growth::of(&counts);
        let mut looked = RateRung {
            rate: self.rate,
            purpose: self.purpose,
            outcome: Outcome::SeemsHeld,
            growth,
            served: None,
            arrived: mean(&counts, |count| count.arrived),
            dropped: sum(&counts, |count| count.dropped),
            present: mean(&counts, |count| count.present),
            stay: stay(&counts),
            rung,
        };
        let outcome = match is_too_short {
            true => Some(Outcome::Invalid),
            false => self.outcome(&mut looked, &counts),
        };
        let is_over = outcome.is_some() || self.is_last(&looked, length);
        looked.outcome = outcome.unwrap_or_else(|| self.outcome_at_last(&looked));
        Some(Looked { rung: looked, is_over })
    }

    /// Without the seconds in which the first came and none had left yet, where it is not known before how long
    /// somebody stays.
    fn after_the_first<'s>(&self, seconds: &'s [Second]) -> &'s [Second] {
        let begin = self.calm.is_none().then(|| stay(&counts(seconds))).flatten();
        let begin = begin.map_or(0, |stay| (1.5 * stay).ceil() as usize);
        &seconds[begin.min(seconds.len() * 2 / 3)..]
    }

    /// What it came to, as soon as that is clear.
    fn outcome(&self, looked: &mut RateRung, counts: &[Count]) -> Option<Outcome> {
        let (length, arrived) = (counts.len() as f64, sum(counts, |count| count.arrived));
        let never_worked = looked.rung.broken().is_some() && arrived >= FEWEST;
        if self.stage == 0 && (never_worked || self.is_silent(looked, length)) {
            return Some(Outcome::Dead);
        }
        let missed = sum(counts, |count| count.missed);
        let waited = sum(counts, |count| count.waiting) > WAITED * arrived.max(FEWEST);
        if looked.rung.is_lost() || waited || missed > MISSED * (arrived + missed).max(FEWEST) {
            return (length >= SHORTEST).then_some(Outcome::Invalid);
        }
        if self.purpose == Purpose::Full {
            return self.full(looked, counts);
        }
        let is_dropping = looked.dropped > DROPPED * (arrived + looked.dropped);
        if is_dropping || looked.growth.is_sure() {
            return self.grew(looked, counts, is_dropping);
        }
        if looked.growth.is_suspect() || arrived < FEWEST {
            return None;
        }
        let before = arrived - counts.last().map_or(0.0, |last| last.arrived);
        let verdict = looked.rung.by_criteria();
        match self.purpose {
            Purpose::Climb => {
                let is_look = is_look(4.0 * FEWEST, before, arrived) || length >= LONGEST_CLIMB.0 / 2.0;
                match verdict {
                    RungVerdict::Fail => is_look.then_some(Outcome::Missed),
                    _ => looked.rung.seems_fine().then_some(Outcome::SeemsHeld),
                }
            }
            Purpose::Hold if is_look(HOLD.0, before, arrived) => match verdict {
                RungVerdict::Fail => Some(Outcome::Missed),
                RungVerdict::Pass if self.is_held(looked, length) => Some(Outcome::Held),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it was there for long enough, grew by no more than chance, and lies below what the service can do.
    fn is_held(&self, looked: &RateRung, length: f64) -> bool {
        let stays = STAYS * looked.stay.unwrap_or(0.0);
        let is_enough = self.capacity.is_some() || looked.arrived * length >= HOLD_BY_GROWTH;
        let is_below = self.capacity.is_none_or(|capacity| self.rate <= capacity.low());
        // Far below capacity nothing can grow within a rung, and few are there.
        let is_calm = looked.growth.load <= HELD;
        length >= HOLD.1.max(stays) && is_enough && is_below && (is_calm || self.capacity.is_some())
    }

    /// More and more were there, or as many as may be.
    fn grew(&self, looked: &mut RateRung, counts: &[Count], is_dropping: bool) -> Option<Outcome> {
        let length = counts.len() as f64;
        // From when it began to grow, since what is there at first finds no queue.
        let full = &counts[counts.len() / 2..];
        let waits = self.calm.zip(stay(full)).is_none_or(|(calm, now)| now > WAITS * calm);
        if is_dropping && !looked.growth.is_sure() && !waits {
            return (length >= SHORTEST).then_some(Outcome::Capped);
        }
        looked.served = Capacity::of(full);
        let is_known = looked.served.is_some_and(|served| served.relative() <= ROUGHLY);
        let places = f64::from(self.max_users) * PLACES;
        let is_much = counts.last().is_some_and(|last| last.present >= places);
        let is_enough = looked.served.is_some() && (is_known || (is_much && length >= 2.0 * SHORTEST));
        let is_long = length >= LONGEST_GROWTH && looked.served.is_some();
        (is_enough || is_long || length >= LONGEST_SILENCE).then_some(Outcome::Grew)
    }

    /// With a backlog from before: what is served beneath it, and whether that is less than comes.
    fn full(&self, looked: &mut RateRung, counts: &[Count]) -> Option<Outcome> {
        let first = counts.first()?.present;
        let least = counts.iter().map(|count| count.present).fold(first, f64::min);
        if least < EMPTIED * first || least < self.rate * self.calm.unwrap_or(0.0) {
            looked.served = Capacity::of(counts);
            return Some(Outcome::Emptied);
        }
        let served = Capacity::of(counts)?;
        looked.served = Some(served);
        let all = self.capacity.map_or(served, |capacity| capacity.with(served));
        let length = counts.len() as f64;
        let is_look = is_look(SHORTEST_FULL, length - 1.0, length);
        let is_known = all.relative() <= super::plan::KNOWN && is_look;
        let is_above = self.rate > all.high();
        match is_known || self.is_last(looked, length) {
            true if is_above => Some(Outcome::Grew),
            true => Some(Outcome::NotAbove),
            false => None,
        }
    }

    /// Whether it ends, whatever it shows.
    fn is_last(&self, looked: &RateRung, length: f64) -> bool {
        let arrived = looked.arrived * length;
        let stays = 2.0 * STAYS * looked.stay.unwrap_or(0.0);
        match self.purpose {
            Purpose::Climb => {
                let is_long = arrived >= LONGEST_CLIMB.1 && length >= LONGEST_CLIMB.0;
                looked.stay.is_some() && (is_long || length >= (4.0 * LONGEST_CLIMB.0).max(stays))
            }
            Purpose::Hold => {
                (arrived >= LONGEST_HOLD.0 && length >= 2.0 * HOLD.1) || length >= LONGEST_HOLD.1.max(stays)
            }
            Purpose::Full => length >= LONGEST_FULL && arrived >= MOST_FULL,
        }
    }

    /// What counts of one that stayed unclear.
    fn outcome_at_last(&self, looked: &RateRung) -> Outcome {
        match (looked.rung.by_criteria(), self.purpose) {
            (RungVerdict::Fail, _) => Outcome::Missed,
            // Nobody holds a rate for longer.
            (RungVerdict::Pass, Purpose::Hold) if self.is_held_at_last(looked) => Outcome::Held,
            (_, Purpose::Hold) => Outcome::Unclear,
            _ if looked.rung.seems_fine() => Outcome::SeemsHeld,
            _ => Outcome::Missed,
        }
    }

    fn is_held_at_last(&self, looked: &RateRung) -> bool {
        let is_below = self.capacity.is_none_or(|capacity| self.rate <= capacity.low());
        is_below && looked.growth.load <= HELD
    }

    /// Whether streams were asked for, and for longer than they may take none said a word.
    fn is_silent(&self, looked: &RateRung, length: f64) -> bool {
        looked.rung.is_silent() && length > self.timeout.min(160.0) + 20.0
    }
}

impl RateRung {
    /// What became of it. One above what the service can do was luck, if it seemed to hold.
    pub(super) fn verdict(&self, capacity: Option<Capacity>) -> RungVerdict {
        let is_above = capacity.is_some_and(|capacity| self.rate > capacity.low());
        match self.outcome {
            Outcome::Grew | Outcome::Missed | Outcome::Dead => RungVerdict::Fail,
            Outcome::Invalid => RungVerdict::Invalid,
            Outcome::Capped | Outcome::Emptied | Outcome::NotAbove | Outcome::Unclear => {
                RungVerdict::Undetermined
            }
            Outcome::Held | Outcome::SeemsHeld if is_above => RungVerdict::Undetermined,
            Outcome::Held => RungVerdict::Pass,
            Outcome::SeemsHeld if self.growth.load > HELD => RungVerdict::Undetermined,
            Outcome::SeemsHeld => self.rung.by_criteria(),
        }
    }
}

/// Whether a look at thresholds is due that was not a second before: at `first` arrivals, then at so many times as many.
fn is_look(first: f64, before: f64, arrived: f64) -> bool {
    let number = |arrived: f64| (arrived / first).ln().div_euclid(LOOKS.ln());
    arrived >= first && (before < first || number(arrived) > number(before))
}
