//! The target's path through the stages, in whole microseconds.

use std::time::Duration;

use super::{Stage, Target};
use crate::class::ClassSet;
use crate::micros;

/// Rates are whole billionths of a user per second, so `1 / rate` is this many microseconds over
/// the rate.
const STEP_SCALE: u128 = 1_000_000_000 * 1_000_000;

/// One stage, with where the target comes from.
///
/// ```text
/// goal |            +----------     step k at start_us + ceil(k / rate), k = 0, 1, 2, …
///      |        +---+               1 / rate is not a whole number of microseconds at every
///      |    +---+                   rate: rounding up from the start, not from the step
/// from ----+                        before, keeps a user from being early and the error from
///      +----+---+---+---------+     adding up.
///     start_us                end_us (not in the stage)
/// ```
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub(super) start_us: u64,
    pub(super) end_us: u64,
    /// The target just before the stage.
    pub(super) from: u32,
    goal: u32,
    stage: usize,
    classes: ClassSet,
    /// Billionths of a user per second, at least 1.
    rate_nano: u64,
}

impl Leg {
    /// The target at `at_us`, an instant inside the stage.
    pub(super) fn target(&self, at_us: u64) -> Target {
        let moved = u32::try_from(self.steps(at_us)).unwrap_or(u32::MAX);
        let users = if self.goal >= self.from {
            self.from.saturating_add(moved).min(self.goal)
        } else {
            self.from.saturating_sub(moved).max(self.goal)
        };
        Target { stage: self.stage, users, classes: self.classes }
    }

    /// The target at the stage's last instant.
    pub(super) fn reached(&self) -> u32 {
        if self.end_us == self.start_us {
            return self.from;
        }
        self.target(self.end_us - 1).users
    }

    /// How many steps are due by `at_us`: those k with ceil(k / rate) <= at, from k = 0 on.
    fn steps(&self, at_us: u64) -> u64 {
        let inside = u128::from(at_us.saturating_sub(self.start_us));
        let last = inside * u128::from(self.rate_nano) / STEP_SCALE;
        u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// When step `k` is due; the inverse of [`Self::steps`].
    fn step_us(&self, k: u64) -> u64 {
        let inside = (u128::from(k) * STEP_SCALE).div_ceil(u128::from(self.rate_nano));
        self.start_us.saturating_add(u64::try_from(inside).unwrap_or(u64::MAX))
    }

    /// The first instant after `at_us` (inside the stage) at which the target differs.
    fn next_change(&self, at_us: u64) -> u64 {
        if self.target(at_us).users == self.goal {
            return self.end_us;
        }
        self.step_us(self.steps(at_us)).min(self.end_us)
    }
}

/// The stages in order, each with where it starts.
#[derive(Debug, Clone)]
pub(super) struct Legs<'a> {
    stages: std::iter::Enumerate<std::slice::Iter<'a, Stage>>,
    start_us: u64,
    users: u32,
}

impl<'a> Legs<'a> {
    pub(super) fn new(stages: &'a [Stage]) -> Self {
        Legs { stages: stages.iter().enumerate(), start_us: 0, users: 0 }
    }
}

impl Iterator for Legs<'_> {
    type Item = Leg;

    fn next(&mut self) -> Option<Leg> {
        let (stage, plan) = self.stages.next()?;
        let leg = Leg {
            start_us: self.start_us,
            end_us: self.start_us.saturating_add(micros::whole(plan.duration)),
            from: self.users,
            goal: plan.users,
            stage,
            classes: plan.classes,
            // The cast saturates, and turns what is not a number into 0.
            rate_nano: ((plan.spawn_rate * 1e9).round() as u64).max(1),
        };
        self.start_us = leg.end_us;
        self.users = leg.reached();
        Some(leg)
    }
}

/// See [`super::Shape::changes`].
#[derive(Debug, Clone)]
pub(super) struct Changes<'a> {
    legs: Legs<'a>,
    /// The stage that `now_us` is in; `None` once the end has been reported.
    leg: Option<Leg>,
    now_us: u64,
    until_us: u64,
}

impl<'a> Changes<'a> {
    pub(super) fn new(mut legs: Legs<'a>, from_us: u64, until_us: u64) -> Self {
        let leg = legs.find(|leg| from_us < leg.end_us);
        Changes { legs, leg, now_us: from_us, until_us }
    }
}

impl Iterator for Changes<'_> {
    type Item = (Duration, Option<Target>);

    fn next(&mut self) -> Option<Self::Item> {
        let leg = self.leg?;
        let at = leg.next_change(self.now_us);
        if at > self.until_us {
            return None;
        }
        self.now_us = at;
        if at == leg.end_us {
            self.leg = self.legs.find(|next| at < next.end_us);
        }
        Some((Duration::from_micros(at), self.leg.map(|leg| leg.target(at))))
    }
}
