//! Requests of those who watch: a stop, and other users for the rest of a constant shape.
//!
//! ```text
//! users                    ask    ask
//!  20 |                     :  ╭───:─────────╮
//!  12 |  ╭─────────────────────╯   :         │        more: a moment ahead, as workers learn of starts
//!   6 |  │                         :         ╰─────   fewer: a lease ahead, as they learn of stops
//!   0 └──┴─────────────────────────────────────────▶ run clock
//! ```
//!
//! A worker goes by its last quota until its lease ends, so a target may only fall where no quota that is
//! out there can still run more. That is why fewer users take a few seconds.

use std::time::Duration;

use common::shape::{LoadKind, MAX_SPAWN_RATE, MAX_USERS, Shape, Stage};

use super::{Event, HORIZON, Output, Phase, Run, TICK};
use crate::control::{ControlError, ControlRequest};

/// Changes that a run takes: each is a stage of its report, and costs its memory.
const MAX_CHANGES: usize = 100;

/// What a constant shape is meant to run now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steering {
    /// Users, when it is not paused.
    pub users: u32,
    /// Users started or stopped per second.
    pub spawn_rate: f64,
    /// Whether nobody is to run for now.
    pub paused: bool,
    changes: usize,
}

impl Steering {
    /// How a shape can be steered: only one that holds a number of users can be given another.
    pub fn of(shape: &Shape) -> Option<Steering> {
        let stage = shape.stages.first().filter(|_| shape.kind() == LoadKind::Constant)?;
        Some(Steering { users: stage.users, spawn_rate: stage.spawn_rate, paused: false, changes: 0 })
    }
}

impl Run {
    /// How the run can be steered; none when its shape says for itself how many users there are.
    pub fn steering(&self) -> Option<Steering> {
        self.steering
    }

    /// Carries out a request, or says why not. What is to be done comes back as from [`Run::handle`].
    ///
    /// # Errors
    /// The run is past the point, its shape cannot be changed, or the request asks for too much.
    pub fn control(&mut self, now: Duration, request: ControlRequest) -> Result<Vec<Output>, ControlError> {
        match (&request, self.phase) {
            (_, Phase::Draining { .. } | Phase::Over(_)) => return Err(ControlError::Over),
            (ControlRequest::Stop, _) => self.on_stop(now),
            // It needs what only the run loop can make ready: see [`Run::start`].
            (ControlRequest::Start(_), _) => return self.may_start().and(Err(ControlError::NotYet)),
            (_, Phase::Waiting | Phase::Gathering { .. }) => return Err(ControlError::NotYet),
            (request, Phase::Running) => {
                let current = self.steering.ok_or(ControlError::NotConstant)?;
                self.go_on(now, steered(current, request)?)?;
            }
        }
        self.journal.note(self.clock(now).unwrap_or_default(), Event::Requested(request));
        Ok(std::mem::take(&mut self.outputs))
    }

    /// Gives the rest of the shape other users.
    fn go_on(&mut self, now: Duration, next: Steering) -> Result<(), ControlError> {
        let shape = self.timeline.shape();
        let last = shape.stages.len().saturating_sub(1);
        let (start, end) = shape.stage_bounds(last);
        let Some(stage) = shape.stages.get(last) else { return Err(ControlError::NotConstant) };
        let users = if next.paused { 0 } else { next.users };
        let clock = self.clock(now).unwrap_or_default();
        // On the way down to fewer users there are still more than those.
        let still = shape.target(clock + HORIZON + TICK).map_or(0, |target| target.users);
        let ahead = match users >= stage.users.max(still) {
            true => HORIZON,
            false => HORIZON.max(self.settings.lease.duration) + TICK,
        };
        // A change that has not taken effect yet does so for a moment, so that changes stay in their request.
        let at = (clock + ahead + TICK).max(start + TICK);
        if at + TICK >= end {
            return Err(ControlError::Over);
        }
        let name = if next.paused { "paused".to_owned() } else { format!("{users} users") };
        let (spawn_rate, classes) = (next.spawn_rate, stage.classes);
        self.timeline
            .change(at, Stage { name, duration: end - at, users, spawn_rate, classes, arrivals: None });
        self.ledger.grow(self.timeline.segments());
        self.steering = Some(next);
        Ok(())
    }
}

/// What holds after a request.
fn steered(current: Steering, request: &ControlRequest) -> Result<Steering, ControlError> {
    if current.changes >= MAX_CHANGES {
        return Err(ControlError::TooOften(MAX_CHANGES));
    }
    let next = Steering { changes: current.changes + 1, ..current };
    match request {
        &ControlRequest::Users { users, spawn_rate } => {
            let fits = users <= MAX_USERS && spawn_rate > 0.0 && spawn_rate <= MAX_SPAWN_RATE;
            if !fits {
                return Err(ControlError::OutOfRange);
            }
            Ok(Steering { users, spawn_rate, paused: false, ..next })
        }
        ControlRequest::Pause if current.paused => Err(ControlError::Already("paused")),
        ControlRequest::Resume if !current.paused => Err(ControlError::Already("running")),
        ControlRequest::Pause => Ok(Steering { paused: true, ..next }),
        ControlRequest::Resume => Ok(Steering { paused: false, ..next }),
        ControlRequest::Stop | ControlRequest::Start(_) => Ok(current),
    }
}
