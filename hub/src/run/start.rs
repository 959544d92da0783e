//! The start of a run that has waited for it.

use std::sync::Arc;
use std::time::Duration;

use common::protocol as wire;
use common::replay::Replay;

use super::{Event, ModelBehind, Phase, Run, Search, SearchPlan, Steering};
use crate::control::{ControlError, ControlRequest, LoadRequest};
use crate::merge::Ledger;
use common::timeline::Timeline;

/// What a run is to do, once somebody has said so.
#[derive(Debug, Clone)]
pub struct Start {
    /// What was asked for, for the report.
    pub load: LoadRequest,
    /// The run's id, if it is not the one under which its workers attached.
    pub id: [u8; 16],
    /// What users do.
    pub plan: wire::Plan,
    /// The trace that is asked again, if that is the load.
    pub replay: Option<Arc<Replay>>,
    /// The load.
    pub timeline: Timeline,
    /// The search that makes it go on, if there is one.
    pub search: Option<SearchPlan>,
}

impl Run {
    /// Whether the run waits to be started.
    ///
    /// # Errors
    /// It was started before, or is over.
    pub fn may_start(&self) -> Result<(), ControlError> {
        match self.phase {
            Phase::Waiting => Ok(()),
            Phase::Gathering { .. } | Phase::Running => Err(ControlError::Already("started")),
            Phase::Draining { .. } | Phase::Over(_) => Err(ControlError::Over),
        }
    }

    /// Lets the load begin as soon as the expected workers are there; `now` is when waiting for them begins.
    /// What is to be done comes back as from [`Run::handle`].
    ///
    /// # Errors
    /// It was started before, or is over.
    pub fn start(&mut self, now: Duration, start: Start) -> Result<Vec<super::Output>, ControlError> {
        self.may_start()?;
        self.settings.timeline = start.timeline.clone();
        self.settings.search.clone_from(&start.search);
        self.steering = Steering::of(start.timeline.shape());
        self.search = start.search.map(Search::new);
        self.timeline = start.timeline;
        self.settings.replay = start.replay;
        if self.settings.plan != start.plan {
            self.settings.plan = start.plan;
            self.announce(start.id);
        }
        self.dealer = super::dealer(&self.settings);
        // Nothing has been measured yet.
        self.ledger = Ledger::new(self.settings.id).with_segments(self.timeline.segments());
        self.behind = self.behind.take().map(|model| ModelBehind::new(model.place, self.settings.id));
        self.phase = Phase::Gathering { since: now };
        self.journal.note(Duration::ZERO, Event::Requested(ControlRequest::Start(start.load)));
        Ok(std::mem::take(&mut self.outputs))
    }

    /// Users will do something else than the plan that workers have: to them it is another run, which takes the place
    /// of the one that they attached to.
    fn announce(&mut self, id: [u8; 16]) {
        self.settings.id = id;
        self.ledger = Ledger::new(id);
        for worker in 0..self.fleet.members().len() {
            if let Some(link) = self.fleet.members()[worker].link {
                self.welcome(link, worker);
            }
        }
    }
}
