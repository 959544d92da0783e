//! What is kept of a run to judge it by.

use std::time::Duration;

use common::timeline::Timeline;
use common::totals::Totals;

use crate::Second;
use crate::behind::FirstToken;
use crate::observed::{Look, Observed, Seen};

/// All that a verdict is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The stages and which part of each is measured.
    pub timeline: &'a Timeline,
    /// The totals.
    pub totals: &'a Totals,
    /// The seconds.
    pub evidence: &'a Evidence,
}

/// A probe of a cheap endpoint: what a user without a stream feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canary {
    /// Run clock at which it was sent.
    pub at: Duration,
    /// How long the answer took; `None` when it failed.
    pub latency: Option<Duration>,
}

/// Every second of the run that is over, and the canary's answers.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    seconds: Vec<Second>,
    canary: Vec<Canary>,
    observed: Observed,
    behind: Vec<FirstToken>,
}

impl Evidence {
    /// Adds the second that was closed; they come in order, without gaps.
    pub fn push(&mut self, second: Second) {
        self.seconds.push(second);
    }

    /// Adds an answer of the canary.
    pub fn canary(&mut self, canary: Canary) {
        self.canary.push(canary);
    }

    /// The whole seconds within a span of the run clock.
    pub fn within(&self, from: Duration, to: Duration) -> &[Second] {
        let first = from.as_secs() as usize + usize::from(from.subsec_nanos() > 0);
        let end = usize::try_from(to.as_secs()).unwrap_or(usize::MAX).min(self.seconds.len());
        self.seconds.get(first..end).unwrap_or_default()
    }

    /// The canary's answers to what was sent within a span of the run clock.
    pub(crate) fn canary_within(&self, from: Duration, to: Duration) -> impl Iterator<Item = Canary> + '_ {
        self.canary.iter().copied().filter(move |canary| from <= canary.at && canary.at < to)
    }

    /// Takes in who observes the service from inside.
    pub fn observe(&mut self, observed: Observed) {
        self.observed = observed;
    }

    /// Adds what an observer saw at a moment of the run clock.
    pub fn look(&mut self, at: Duration, look: Look) {
        self.observed.add(at, look);
    }

    /// What was observed since the last call.
    pub fn take_observed(&mut self) -> Vec<Seen> {
        self.observed.take_new()
    }

    /// What was observed from inside.
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Replaces what is known of the model behind the service, stage by stage.
    pub fn set_behind(&mut self, behind: Vec<FirstToken>) {
        self.behind = behind;
    }

    /// What is known of it; empty where nobody asks it.
    pub fn behind(&self) -> &[FirstToken] {
        &self.behind
    }

    /// How many seconds there are.
    pub fn count(&self) -> usize {
        self.seconds.len()
    }
}
