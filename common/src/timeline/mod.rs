//! What a run is to do along its time: a shape, the part of each stage that is measured, and how it may
//! grow while it runs.
//!
//! ```text
//! users          stage 0             stage 1
//!   8 |                       ╭──────┬───────────
//!   4 |   ╭───────┬───────────╯      │
//!     |  ╱        │           :      │
//!   0 └─┴─────────┴───────────┴──────┴───────────▶ run clock
//!       │   0     │     1     │  2   │     3   
//!       settling    measured    settling  measured
//! ```
//!
//! Users that have just started meet empty caches and an idle service, so figures of a stage speak of its
//! measured segment: after the ramp, and after a while for the service to settle. Counts speak of the whole
//! stage. A segment travels as the "stage" of the control protocol.

mod settle;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::segment::Segment;
use crate::shape::{MAX_DURATION, Shape, Stage};

/// A timeline. All times are of the run clock.
#[derive(Debug, Clone)]
pub struct Timeline {
    shape: Arc<Shape>,
    /// Per stage, when its measured segment begins; none: it is too short to have one.
    measured_from: Vec<Option<Duration>>,
    /// Whether the last stage holds until something else is said.
    is_open: bool,
}

impl Timeline {
    /// The timeline of a shape that is known to its end.
    pub fn of(shape: Shape) -> Timeline {
        let measured_from =
            (0..shape.stages.len()).map(|stage| settle::measured_from(&shape, stage)).collect();
        Timeline { shape: Arc::new(shape), measured_from, is_open: false }
    }

    /// A timeline that goes on with its first stage until the next stage is set. The stage's own duration is
    /// not looked at; it is measured from `settle` after its start.
    pub fn open(name: &str, first: Stage, settle: Duration, mock_llm: bool) -> Timeline {
        let first = Stage { duration: MAX_DURATION, ..first };
        let shape = Shape { name: name.to_owned(), stages: vec![first], mock_llm };
        Timeline { shape: Arc::new(shape), measured_from: vec![Some(settle)], is_open: true }
    }

    /// The stages, as far as they are known.
    pub fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    /// When it ends; none while that is open.
    pub fn end(&self) -> Option<Duration> {
        (!self.is_open).then(|| self.shape.duration())
    }

    /// The segment that holds at `at`, and when it began.
    pub fn segment_at(&self, at: Duration) -> (Segment, Duration) {
        let Some(stage) = self.shape.target(at).map(|target| target.stage) else {
            // Past its end nothing is measured.
            let stage = self.shape.stages.len().saturating_sub(1);
            return (Segment { stage, measured: false }, self.shape.duration());
        };
        match self.measured_from.get(stage).copied().flatten() {
            Some(from) if from <= at => (Segment { stage, measured: true }, from),
            _ => (Segment { stage, measured: false }, self.shape.stage_bounds(stage).0),
        }
    }

    /// Start and end of the measured segment of a stage; none when it has none.
    pub fn measured(&self, stage: usize) -> Option<(Duration, Duration)> {
        let from = self.measured_from.get(stage).copied().flatten()?;
        let end = self.shape.stage_bounds(stage).1;
        (from < end).then_some((from, end))
    }

    /// How many segments there may be, measured or not.
    pub fn segments(&self) -> usize {
        self.shape.stages.len() * 2
    }

    /// From `at` on `next` holds, until the next stage is set. It is measured from `settle` after that.
    /// `at` lies in the last stage.
    ///
    /// Workers know of stops a lease ahead and of starts a moment ahead, and go by what they know: one
    /// that stops users must be announced that long before, or more users than the target might run.
    pub fn go_on(&mut self, at: Duration, next: Stage, settle: Duration) {
        self.cut(at);
        self.is_open = true;
        Arc::make_mut(&mut self.shape).stages.push(Stage { duration: MAX_DURATION, ..next });
        self.measured_from.push(Some(at + settle));
    }

    /// From `at`, which lies in the last stage, `rest` takes its place, for `rest`'s own duration. The same
    /// holds of the moment when workers must learn of it.
    pub fn change(&mut self, at: Duration, rest: Stage) {
        self.cut(at);
        Arc::make_mut(&mut self.shape).stages.push(rest);
        self.measured_from.push(settle::measured_from(&self.shape, self.shape.stages.len() - 1));
    }

    /// The timeline ends at `at`, which lies in its last stage.
    pub fn cut(&mut self, at: Duration) {
        let last = self.shape.stages.len().saturating_sub(1);
        let (start, _) = self.shape.stage_bounds(last);
        if let Some(stage) = Arc::make_mut(&mut self.shape).stages.last_mut() {
            stage.duration = at.saturating_sub(start);
        }
        self.is_open = false;
    }
}
