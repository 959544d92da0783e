//! The run second by second, as far as limits ask for it.

use std::time::Duration;

use crate::Faults;
use crate::validity::Strain;

/// One second of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Beat {
    /// Users running at its end.
    pub users: u32,
    /// Users that the shape wanted at its end.
    pub target: u32,
    /// Requests that ended.
    pub requests: u64,
    /// Streams that ended, however they did.
    pub streams: u64,
    /// Streams completed.
    pub completed: u64,
    /// Streams open at once, mean of its looks.
    pub open: f32,
    /// Streams sending text at once, mean of its looks.
    pub producing: f32,
    /// Streams sending text at once, most of its looks.
    pub producing_peak: u32,
    /// Failures by kind.
    pub faults: Faults,
    /// How hard the load generator had it.
    pub strain: Strain,
}

/// A probe of a cheap endpoint: what a user without a stream feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canary {
    /// Run clock at which it was sent.
    pub at: Duration,
    /// How long the answer took; none for one that failed.
    pub latency: Option<Duration>,
}

/// What is kept of a run for its limits: a beat each second, and the canary's answers.
#[derive(Debug, Clone, Default)]
pub struct Beats {
    beats: Vec<Beat>,
    canary: Vec<Canary>,
}

impl Beats {
    /// Adds the second that was closed; they come in order, without gaps.
    pub fn push(&mut self, beat: Beat) {
        self.beats.push(beat);
    }

    /// Adds an answer of the canary.
    pub fn canary(&mut self, canary: Canary) {
        self.canary.push(canary);
    }

    /// The whole seconds within a span.
    pub fn within(&self, from: Duration, to: Duration) -> &[Beat] {
        let first = from.as_secs() as usize + usize::from(from.subsec_nanos() > 0);
        let end = (to.as_secs() as usize).min(self.beats.len());
        self.beats.get(first..end).unwrap_or_default()
    }

    /// The canary's answers to what was sent within a span.
    pub fn canary_within(&self, from: Duration, to: Duration) -> impl Iterator<Item = Canary> + '_ {
        self.canary.iter().copied().filter(move |canary| from <= canary.at && canary.at < to)
    }

    /// How many seconds there are.
    pub fn len(&self) -> usize {
        self.beats.len()
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.beats.is_empty()
    }
}
