//! Load shapes: elapsed time in, target out.
//!
//! A [`Shape`] is a list of [`Stage`]s. Within a stage the target walks from where the previous
//! stage left it toward the stage's users, one user at a time, and then holds:
//!
//! ```text
//! users                      stage 1: 4 users, 1/s, 8 s     stage 2: 1 user, 2/s, 4 s
//!   4 |         +-----------+
//!   3 |      +--+           +-+
//!   2 |   +--+                +-+
//!   1 +---+                     +----------
//!   0 +---+--+--+--+--+--+--+--+-+-+-------+  seconds
//!     0   1  2  3  4  5  6  7  8 8½ 9      12: the end
//! ```
//!
//! Step *k* of a stage (*k* = 0, 1, 2, …) is due *k* / rate seconds after the stage's start, up and
//! down alike: the first user starts or stops with the stage, 100/s is one every 10 ms, never a burst each
//! second. The clock never waits: a stage that ends before its ramp does hands over the value it
//! reached, not the one it wanted. A stage covers its start and not its end, so at the very instant
//! of a boundary the next stage counts, its step 0 included.
//!
//! All instants are whole microseconds, computed from the stage's start with integers, so
//! [`Shape::target`] and [`Shape::changes`] agree exactly however long the run is.

mod arrivals;
mod builtin;
mod duration;
mod error;
mod file;
mod kind;
mod limits;
mod names;
mod path;
mod source;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use arrivals::{ARRIVALS, REPLAY, StageArrivals};
pub use duration::{DurationError, parse_duration};
pub use error::{Location, ShapeError};
pub use file::ShapeFile;
pub use kind::{CONSTANT, LADDER, LoadKind};
pub use limits::{MAX_DURATION, MAX_NAME, MAX_SPAWN_RATE, MAX_USERS};
pub use names::{closest, names, suggest};

use crate::class::ClassSet;
use crate::micros;
use path::{Changes, Legs};

/// A named span of a shape: the unit of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// What reports call the stage.
    pub name: String,
    /// How long the stage lasts, ramp included; counted in whole microseconds.
    pub duration: Duration,
    /// The users the target walks toward, 0 to [`MAX_USERS`].
    pub users: u32,
    /// Users per second while the target walks, up and down, above 0 and up to
    /// [`MAX_SPAWN_RATE`]; counted in whole billionths of a user per second.
    pub spawn_rate: f64,
    /// The classes that take part.
    pub classes: ClassSet,
    /// The rate at which users arrive, in an open shape: they leave by themselves, and `users` are the most at once.
    pub arrivals: Option<StageArrivals>,
}

/// A load shape: which target holds when.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// 1 to [`MAX_NAME`] letters, digits, `-` or `_`: it is part of file names.
    pub name: String,
    /// The stages, one after another from elapsed time 0.
    pub stages: Vec<Stage>,
    /// Whether users leave the streaming endpoint alone and post canned answers instead.
    pub mock_llm: bool,
}

/// What is to run at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The place of the stage in [`Shape::stages`].
    pub stage: usize,
    /// How many users are to run, all classes together.
    pub users: u32,
    /// The classes that share these users.
    pub classes: ClassSet,
}

impl Shape {
    /// The shape `constant`: one stage that ramps to `users` and holds.
    ///
    /// # Errors
    /// A value outside the limits named at [`Stage`], or no users at all; the error names the
    /// command line flag at fault.
    pub fn constant(
        users: u32,
        spawn_rate: f64,
        run_time: Duration,
        classes: ClassSet,
    ) -> Result<Shape, ShapeError> {
        limits::check_users(Location::Flag("--users"), users)?;
        limits::check_spawn_rate(Location::Flag("--spawn-rate"), spawn_rate)?;
        let duration = limits::check_duration(Location::Flag("--run-time"), run_time)?;
        if users == 0 {
            return Err(ShapeError::NoUsers { at: Location::Flag("--users") });
        }
        let name = format!("{users} users");
        Ok(Shape {
            name: CONSTANT.to_owned(),
            stages: vec![Stage { name, duration, users, spawn_rate, classes, arrivals: None }],
            mock_llm: false,
        })
    }

    /// The same shape on another time scale: durations times `factor`, spawn rates and rates of arrivals divided by
    /// it, so that the same targets are reached in the same order, and as many arrive.
    ///
    /// # Errors
    /// A `factor` that is not a number above 0, or one that pushes a stage's duration or spawn
    /// rate, or the whole shape's duration, beyond its limit.
    pub fn scaled(mut self, factor: f64) -> Result<Shape, ShapeError> {
        if !(factor.is_finite() && factor > 0.0) {
            return Err(ShapeError::BadTimeScale { factor });
        }
        let mut total = Duration::ZERO;
        for stage in &mut self.stages {
            let at = Location::Scale { stage: stage.name.clone() };
            // A float beyond u64 saturates, which the limit below then refuses.
            let us = (micros::whole(stage.duration) as f64 * factor).round() as u64;
            stage.duration = limits::check_duration(at.clone(), Duration::from_micros(us))?;
            match &mut stage.arrivals {
                Some(arrivals) => {
                    arrivals.rate.per_s /= factor;
                    arrivals.ramp = arrivals.ramp.mul_f64(factor);
                    limits::check_rate(at.clone(), arrivals.rate)?;
                }
                None => {
                    stage.spawn_rate /= factor;
                    limits::check_spawn_rate(at.clone(), stage.spawn_rate)?;
                }
            }
            total = limits::check_total(at, total, stage.duration)?;
        }
        Ok(self)
    }

    /// The same shape with `classes` in every stage.
    pub fn with_classes(mut self, classes: ClassSet) -> Shape {
        for stage in &mut self.stages {
            stage.classes = classes;
        }
        self
    }

    /// How long the shape lasts: the elapsed time from which [`Self::target`] is `None`.
    pub fn duration(&self) -> Duration {
        self.legs().last().map_or(Duration::ZERO, |leg| Duration::from_micros(leg.end_us))
    }

    /// The highest target that is ever reached. It is below a stage's users when the stage is too
    /// short for its ramp.
    pub fn peak_users(&self) -> u32 {
        self.legs().map(|leg| leg.from.max(leg.reached())).max().unwrap_or(0)
    }

    /// The highest target of each stage, with the classes that share it.
    pub fn peaks(&self) -> impl Iterator<Item = (u32, ClassSet)> {
        self.legs().zip(&self.stages).map(|(leg, stage)| (leg.from.max(leg.reached()), stage.classes))
    }

    /// What is to run at `elapsed` since the start; `None` from the shape's end on.
    pub fn target(&self, elapsed: Duration) -> Option<Target> {
        let at = micros::whole(elapsed);
        self.legs().find(|leg| at < leg.end_us).map(|leg| leg.target(at))
    }

    /// Every instant in (`from`, `until`] at which the target differs from just before, ascending,
    /// each with the target that holds from then on. The shape's end is the last of them.
    ///
    /// Lazy: the cost is one step for each instant taken, not for each microsecond passed.
    pub fn changes(
        &self,
        from: Duration,
        until: Duration,
    ) -> impl Iterator<Item = (Duration, Option<Target>)> {
        Changes::new(self.legs(), micros::whole(from), micros::whole(until))
    }

    /// Start and end of a stage since the shape's start; for a stage that the shape does not have,
    /// the shape's end twice.
    pub fn stage_bounds(&self, stage: usize) -> (Duration, Duration) {
        match self.legs().nth(stage) {
            Some(leg) => (Duration::from_micros(leg.start_us), Duration::from_micros(leg.end_us)),
            None => (self.duration(), self.duration()),
        }
    }

    fn legs(&self) -> Legs<'_> {
        Legs::new(&self.stages)
    }
}
