//! Open shapes: their stages have a rate of arrivals, and users come and go by themselves.

use std::time::Duration;

use super::limits::{self, MAX_SPAWN_RATE};
use super::{Location, Shape, ShapeError, Stage};
use crate::arrivals::{ArrivalRate, Leg, RatePath, Spacing};
use crate::class::{ClassSet, UserClass};
use crate::micros;

/// The shape of one rate of arrivals.
pub const ARRIVALS: &str = "arrivals";

/// The shape of a trace that is asked again.
pub const REPLAY: &str = "replay";

/// The rate of a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageArrivals {
    /// Where it goes.
    pub rate: ArrivalRate,
    /// How long it takes to go there from where the stage before left it, in a straight line.
    pub ramp: Duration,
}

impl Stage {
    /// A stage of an open shape. Its users are the most that there may be at once: places, all there at once.
    pub fn of_arrivals(
        name: String,
        duration: Duration,
        arrivals: StageArrivals,
        classes: ClassSet,
    ) -> Stage {
        Stage { name, duration, users: 0, spawn_rate: MAX_SPAWN_RATE, classes, arrivals: Some(arrivals) }
    }
}

impl Shape {
    /// The shape `arrivals`: one stage of one rate.
    ///
    /// # Errors
    /// A rate of 0, or a duration outside the limits; the error names the command line flag at fault.
    pub fn arriving(rate: ArrivalRate, run_time: Duration, classes: ClassSet) -> Result<Shape, ShapeError> {
        let duration = limits::check_duration(Location::Flag("--run-time"), run_time)?;
        if rate.per_s <= 0.0 {
            return Err(ShapeError::NoArrivals { at: Location::Flag("--arrivals") });
        }
        let arrivals = StageArrivals { rate, ramp: Duration::ZERO };
        let stages = vec![Stage::of_arrivals(rate.to_string(), duration, arrivals, classes)];
        Ok(Shape { name: ARRIVALS.to_owned(), stages, mock_llm: false })
    }

    /// The shape `replay`: one stage, which a trace fills. Nothing follows from its rate.
    ///
    /// # Errors
    /// A duration outside the limits; the error names the command line flag at fault.
    pub fn replaying(run_time: Duration) -> Result<Shape, ShapeError> {
        let duration = limits::check_duration(Location::Flag("--run-time"), run_time)?;
        let rate = ArrivalRate { per_s: 1.0, spacing: Spacing::Constant };
        let arrivals = StageArrivals { rate, ramp: Duration::ZERO };
        let classes = ClassSet::only(UserClass::Stream);
        let stages = vec![Stage::of_arrivals(REPLAY.to_owned(), duration, arrivals, classes)];
        Ok(Shape { name: REPLAY.to_owned(), stages, mock_llm: false })
    }

    /// Whether users arrive and leave by themselves.
    pub fn is_open(&self) -> bool {
        self.stages.iter().any(|stage| stage.arrivals.is_some())
    }

    /// The same open shape with at most so many users at once.
    pub fn with_places(mut self, most: u32) -> Shape {
        for stage in self.stages.iter_mut().filter(|stage| stage.arrivals.is_some()) {
            stage.users = most;
        }
        self
    }

    /// How arrivals lie within the rate of an open shape, the same in all its stages.
    pub fn spacing(&self) -> Option<Spacing> {
        self.stages.iter().find_map(|stage| Some(stage.arrivals?.rate.spacing))
    }

    /// The rate along an open shape.
    pub fn rate_path(&self) -> Option<RatePath> {
        let (mut legs, mut start_us, mut from) = (Vec::new(), 0, 0.0);
        for stage in &self.stages {
            let arrivals = stage.arrivals?;
            let (goal, classes) = (arrivals.rate.per_s, stage.classes);
            let (long, ramp) = (micros::whole(stage.duration), micros::whole(arrivals.ramp));
            let end_us = start_us + long;
            let top_us = start_us + ramp.min(long);
            // A stage that ends before its ramp does hands over the rate it reached.
            let reached = if ramp > long { from + (goal - from) * (long as f64 / ramp as f64) } else { goal };
            let parts = [(start_us, top_us, from, reached), (top_us, end_us, goal, goal)];
            let parts = parts.into_iter().filter(|(start_us, end_us, ..)| start_us < end_us);
            legs.extend(parts.map(|(start_us, end_us, from, to)| Leg {
                start_us,
                end_us,
                from,
                to,
                classes,
            }));
            (start_us, from) = (end_us, reached);
        }
        RatePath::of(legs)
    }
}
