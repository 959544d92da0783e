//! What there is to see at one moment.

use std::time::Duration;

use crate::view::{self, History, LiveRow, PlanRow};
use hub::run::Run;
use report::rows::{RunReport, SecondRow};

/// What there is to see at one moment: rows alone, so that a view of it is a pure function.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// Name of the shape.
    pub shape: &'a str,
    /// Where the run stands.
    pub live: LiveRow,
    /// How long this controller has been there.
    pub here: Duration,
    /// Every stage of the shape.
    pub plan: Vec<PlanRow>,
    /// When the shape ends, in seconds since the run's start, as far as that is known.
    pub end_s: Option<f64>,
    /// The seconds closed so far.
    pub history: &'a [SecondRow],
    /// The rest of the report as of the last closed second.
    pub report: &'a RunReport,
    /// What the keys do; `None` where there is no keyboard.
    pub keys: Option<&'a str>,
    /// The users that keys have asked for a moment ago.
    pub wanted: Option<u32>,
}

impl<'a> Frame<'a> {
    /// The frame of a run.
    pub fn of(run: &'a Run, history: &'a History, report: &'a RunReport, now: Duration) -> Frame<'a> {
        Frame {
            shape: &run.timeline().shape().name,
            live: view::live(run, now),
            here: now,
            plan: view::plan(run, now),
            end_s: run.planned_end(now).map(|end| end.as_secs_f64()),
            history: history.rows(),
            report,
            keys: None,
            wanted: None,
        }
    }

    /// The stage that holds now, and its number from 1.
    pub fn stage(&self) -> Option<(usize, &PlanRow)> {
        let stage = self.live.stage?;
        self.plan.get(stage).map(|row| (stage + 1, row))
    }
}
