//! Who arrives when.

use super::window::{Share, Window};
use super::{Leg, RatePath, Spacing};
use crate::class::{ClassSet, UserClass};
use crate::mix::{draw, mix};
use crate::protocol as wire;

/// What keeps the draws of gaps and of classes apart, and both from those of users.
const GAPS: u64 = 0x6172_7269_7661_6c73;
const CLASSES: u64 = 0x636c_6173_7365_735f;

/// What arrives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ArrivalUnit {
    /// A user, who lives one session and leaves.
    #[default]
    Session,
    /// A single request.
    Request,
    /// A session of a trace, which the windows hold.
    Replay,
}

/// Everything from which the schedule of arrivals follows.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrivalPlan {
    /// The rate along the run.
    pub path: RatePath,
    /// How arrivals lie within it.
    pub spacing: Spacing,
    /// What arrives.
    pub unit: ArrivalUnit,
    /// The run's seed.
    pub seed: u64,
}

/// An arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its number in the run, from 0.
    pub number: u64,
    /// When it is due: run clock, microseconds.
    pub at_us: u64,
    /// Of which class it is.
    pub class: UserClass,
}

/// The arrivals of a plan from some number on.
#[derive(Debug, Clone, Copy)]
pub struct Due<'p> {
    plan: &'p ArrivalPlan,
    next: u64,
    /// How many are expected up to the arrival before the next.
    before: f64,
}

/// A message that says no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the plan's arrivals make no sense; is the controller of the same release as this worker?")]
pub struct ArrivalPlanError;

impl ArrivalPlan {
    /// All arrivals in the order in which they are due.
    pub fn due(&self) -> Due<'_> {
        self.due_from(0, 0.0)
    }

    /// Those from `number` on, which so many are expected before.
    pub fn due_from(&self, number: u64, before: f64) -> Due<'_> {
        Due { plan: self, next: number, before }
    }

    /// Those of a window that belong to a share.
    pub fn of_window(&self, window: Window, share: Share) -> impl Iterator<Item = Arrival> {
        let due = self.due_from(window.first, window.before);
        due.take(window.count as usize).filter(move |arrival| share.holds(arrival.number))
    }

    /// The same plan along another path.
    #[must_use]
    pub fn along(&self, path: RatePath) -> ArrivalPlan {
        ArrivalPlan { path, ..self.clone() }
    }

    /// How much is expected between an arrival and the one before it.
    fn gap(&self, number: u64) -> f64 {
        match self.spacing {
            // In the middle of its interval, so that whole times hold whole numbers.
            Spacing::Constant if number == 0 => 0.5,
            Spacing::Constant => 1.0,
            Spacing::Poisson => {
                let draw = draw(mix(self.seed ^ GAPS), number);
                // From above 0 to 1, both ends of the same size.
                let share = ((draw >> 11) + 1) as f64 / (1u64 << 53) as f64;
                -share.ln()
            }
        }
    }

    fn class(&self, number: u64, classes: ClassSet) -> UserClass {
        let weights = classes.weights();
        let all: u32 = weights.iter().sum();
        let drawn = (u128::from(draw(mix(self.seed ^ CLASSES), number)) * u128::from(all)) >> 64;
        let mut left = drawn as u32;
        let found = UserClass::ALL.into_iter().find(|class| {
            let weight = weights[class.index()];
            let is_it = left < weight;
            left = left.saturating_sub(weight);
            is_it
        });
        found.unwrap_or(UserClass::Crud)
    }
}

impl Due<'_> {
    /// The number of the next one.
    pub fn number(&self) -> u64 {
        self.next
    }

    /// How many are expected up to the one before it.
    pub fn before(&self) -> f64 {
        self.before
    }
}

impl Iterator for Due<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let sum = self.before + self.plan.gap(self.next);
        let (at_us, leg) = self.plan.path.at(sum)?;
        let number = self.next;
        (self.before, self.next) = (sum, number + 1);
        Some(Arrival { number, at_us, class: self.plan.class(number, leg.classes) })
    }
}

impl From<&ArrivalPlan> for wire::Arrivals {
    fn from(plan: &ArrivalPlan) -> Self {
        wire::Arrivals {
            legs: plan.path.legs().iter().map(wire::ArrivalLeg::from).collect(),
            constant: plan.spacing == Spacing::Constant,
            requests: plan.unit == ArrivalUnit::Request,
            replay: plan.unit == ArrivalUnit::Replay,
            seed: plan.seed,
        }
    }
}

impl TryFrom<&wire::Arrivals> for ArrivalPlan {
    type Error = ArrivalPlanError;

    fn try_from(sent: &wire::Arrivals) -> Result<Self, Self::Error> {
        let legs = sent.legs.iter().map(read_leg).collect::<Option<Vec<_>>>();
        Ok(ArrivalPlan {
            path: legs.and_then(RatePath::of).ok_or(ArrivalPlanError)?,
            spacing: if sent.constant { Spacing::Constant } else { Spacing::Poisson },
            unit: match (sent.replay, sent.requests) {
                (true, _) => ArrivalUnit::Replay,
                (false, true) => ArrivalUnit::Request,
                (false, false) => ArrivalUnit::Session,
            },
            seed: sent.seed,
        })
    }
}

impl From<&Leg> for wire::ArrivalLeg {
    fn from(leg: &Leg) -> Self {
        wire::ArrivalLeg {
            start_us: leg.start_us,
            end_us: leg.end_us,
            from: leg.from,
            to: leg.to,
            weights: leg.classes.weights().to_vec(),
        }
    }
}

/// `None` if it makes no sense.
pub(super) fn read_leg(leg: &wire::ArrivalLeg) -> Option<Leg> {
    let (start_us, end_us, from, to) = (leg.start_us, leg.end_us, leg.from, leg.to);
    Some(Leg { start_us, end_us, from, to, classes: ClassSet::from_weights(&leg.weights)? })
}
