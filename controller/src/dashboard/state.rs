//! What the dashboard knows of the run: written by the run loop, read by handlers whenever they like.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;

use crate::cli::LoadChoices;
use crate::view::{LiveRow, PlanRow, PulseRow};
use report::charts::{Course, Figure, Moment};
use report::rows::{DistributionRow, EndpointSecond, RunReport, SecondRow};

use super::snapshot::second_json;

/// The run at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    /// The report without its history.
    pub report: Arc<RunReport>,
    pub live: LiveRow,
    /// What may be chosen, while the run waits to be started.
    pub choices: Option<LoadChoices>,
    /// The last closed second.
    pub second: Option<SecondRow>,
    /// The stages that the shape has, those to come included.
    pub plan: Vec<PlanRow>,
    /// The workers in their last intervals.
    pub pulse: Vec<Option<PulseRow>>,
    /// The latency of each endpoint.
    pub distributions: Vec<DistributionRow>,
    /// The charts of what is observed inside, with their points.
    pub observed: Vec<Figure>,
}

/// Everything that viewers can see.
#[derive(Debug)]
pub(super) struct RunState {
    update: watch::Sender<Arc<Update>>,
    /// Two texts for each second of the run, the only thing here that grows with it.
    seconds: Mutex<Vec<SecondJson>>,
    /// Seconds that the course does not have yet: thinning it may take longer than the run loop may wait.
    fresh: Mutex<Vec<Moment>>,
    course: Mutex<Course>,
    /// The files that the run writes; none before its load is known.
    files: Mutex<Arc<Vec<PathBuf>>>,
}

/// A closed second as JSON arrays: the row, and one for each endpoint.
#[derive(Debug)]
pub(super) struct SecondJson {
    pub(super) row: Box<RawValue>,
    pub(super) endpoints: Box<RawValue>,
}

/// Consecutive seconds, each part as one JSON array.
pub(super) struct SecondsJson {
    pub(super) count: usize,
    pub(super) rows: Box<RawValue>,
    pub(super) endpoints: Box<RawValue>,
}

impl RunState {
    pub(super) fn new(files: Vec<PathBuf>) -> Arc<RunState> {
        let (update, _) = watch::channel(Arc::new(Update::default()));
        Arc::new(RunState {
            update,
            seconds: Mutex::default(),
            fresh: Mutex::default(),
            course: Mutex::default(),
            files: Mutex::new(Arc::new(files)),
        })
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<Update>> {
        self.update.subscribe()
    }

    pub(super) fn latest(&self) -> Arc<Update> {
        Arc::clone(&self.update.borrow())
    }

    pub(super) fn files(&self) -> Arc<Vec<PathBuf>> {
        Arc::clone(&locked(&self.files))
    }

    /// How many seconds are closed.
    pub(super) fn len(&self) -> usize {
        locked(&self.seconds).len()
    }

    /// The seconds from number `from` on, at most `most`.
    pub(super) fn seconds(&self, from: usize, most: usize) -> SecondsJson {
        let seconds = locked(&self.seconds);
        let end = seconds.len().min(from.saturating_add(most));
        let slice = seconds.get(from..end).unwrap_or_default();
        SecondsJson {
            count: slice.len(),
            rows: array(slice.iter().map(|second| &*second.row)),
            endpoints: array(slice.iter().map(|second| &*second.endpoints)),
        }
    }

    /// The course of the run up to the last second of `update`, the latest one: a second comes before what else is said of
    /// it, and charts show one state of the run.
    pub(super) fn course(&self, update: &Update) -> MutexGuard<'_, Course> {
        let mut course = locked(&self.course);
        let last = update.second.as_ref().map(|row| row.second);
        let mut fresh = locked(&self.fresh);
        let shown = fresh.iter().take_while(|second| Some(second.row.second) <= last).count();
        let shown: Vec<Moment> = fresh.drain(..shown).collect();
        drop(fresh);
        shown.into_iter().for_each(|second| course.push(second));
        course
    }
}

/// Nothing can panic while a lock is held; were it so, what it guards would still be whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn array<'a>(texts: impl Iterator<Item = &'a RawValue>) -> Box<RawValue> {
    raw(&texts.collect::<Vec<_>>())
}

/// A value as JSON text. Rows hold nothing that JSON cannot.
pub(super) fn raw(value: &impl serde::Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The run loop's side of the state.
#[derive(Debug, Clone)]
pub(crate) struct Publisher(pub(super) Arc<RunState>);

impl Publisher {
    /// A second was closed.
    pub(crate) fn second(&self, row: &SecondRow, endpoints: &[EndpointSecond]) {
        let second = second_json(row, endpoints);
        locked(&self.0.fresh).push(Moment { row: row.clone(), endpoints: endpoints.to_vec() });
        locked(&self.0.seconds).push(second);
    }

    /// The run writes these files from now on.
    pub(crate) fn files(&self, files: Vec<PathBuf>) {
        *locked(&self.0.files) = Arc::new(files);
    }

    /// The run stands like this now.
    pub(crate) fn update(&self, update: Update) {
        self.0.update.send_replace(Arc::new(update));
    }
}
