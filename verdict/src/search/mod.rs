//! The search for the most users that a service holds: rungs of 1, 2, 4, … users, each held until it is
//! resolved, then refined around the first that fails, then a longer one at the answer.
//!
//! ```text
//! users
//!  32 |                    ┌────┐              beyond: proves that throughput is flat
//!  16 |               ┌────┘    │              the first that fails
//!  12 |               │         └───┐ ┌──────── refining, then a longer run at the answer
//!  10 |               │             └─┘
//!   8 |          ┌────┘
//!   4 |     ┌────┘
//!   1 └─────┴──────────────────────────────▶
//! ```
//!
//! Users are never drained between rungs: a rung takes over those of the one before. Pure: what was
//! measured comes in, the next rung goes out.

mod bracket;
mod pace;
#[cfg(test)]
mod tests;

use std::time::Duration;

use common::class::ClassSet;
use common::shape::{LADDER, Stage};

use crate::Sources;
use crate::limits::Rung;
use crate::threshold::Rule;
use bracket::{Next, RungResult, Search};
use common::timeline::Timeline;
use pace::{Pace, Purpose};

/// How long before more users start workers must know.
const AHEAD: Duration = Duration::from_millis(1500);

/// What is searched for.
#[derive(Debug, Clone)]
pub struct SearchSettings {
    /// What a rung must keep to.
    pub criteria: Vec<Rule>,
    /// Most users to try.
    pub max_users: u32,
    /// Who takes part.
    pub classes: ClassSet,
    /// How long before users stop workers must know: they follow an old quota for so long.
    pub notice: Duration,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Ladder {
    settings: SearchSettings,
    search: Search,
    pace: Pace,
    /// The rung that runs, or is about to.
    stage: usize,
    users: u32,
    /// How many seconds there were at the last look.
    seen: usize,
    confirming: Option<usize>,
    is_over: bool,
}

impl Ladder {
    /// A search that begins with one user.
    pub fn new(settings: SearchSettings) -> Ladder {
        let search = Search::new(settings.max_users);
        Ladder {
            search,
            pace: Pace::default(),
            stage: 0,
            users: 1,
            seen: 0,
            confirming: None,
            is_over: false,
            settings,
        }
    }

    /// The timeline that it begins with.
    pub fn timeline(settings: &SearchSettings, mock_llm: bool) -> Timeline {
        let first = stage(1, 0, settings.classes, false);
        Timeline::open(LADDER, first, Pace::first_settling(), mock_llm)
    }

    /// The stage that is a longer run at the answer, once there is one.
    pub fn confirming(&self) -> Option<usize> {
        self.confirming
    }

    /// Looks at what was measured up to `clock` (run clock), and lets the timeline go on when the rung is
    /// resolved.
    pub fn step(&mut self, timeline: &Timeline, sources: Sources<'_>, clock: Duration) -> Option<NextStep> {
        let seconds = sources.evidence.count();
        if self.is_over || seconds == self.seen {
            return None;
        }
        self.seen = seconds;
        let (from, _) = timeline.measured(self.stage)?;
        let rung = Rung::of(sources, self.stage, clock, &self.settings.criteria)?;
        let measured = clock.checked_sub(from)?;
        if !self.pace.is_enough(&rung, measured, self.purpose()) {
            return None;
        }
        self.pace.learn(&rung);
        match self.search.next(self.users, RungResult::of(&rung)) {
            Next::End => {
                self.is_over = true;
                Some(NextStep::End { at: whole(clock + AHEAD) })
            }
            Next::Rung { users, confirms } => Some(self.go_on(users, confirms, clock)),
        }
    }

    fn purpose(&self) -> Purpose {
        if self.confirming == Some(self.stage) {
            Purpose::Confirm
        } else if self.search.is_climbing() && self.users < self.settings.max_users {
            Purpose::Climb
        } else {
            Purpose::Refine
        }
    }

    fn go_on(&mut self, users: u32, confirms: bool, clock: Duration) -> NextStep {
        let fewer = users < self.users;
        let at = whole(clock + if fewer { self.settings.notice } else { AHEAD });
        let change = NextStep::Next {
            at,
            stage: stage(users, self.users, self.settings.classes, confirms),
            settle: self.pace.settling(users, self.users),
        };
        self.stage += 1;
        self.users = users;
        if confirms {
            self.confirming = Some(self.stage);
        }
        change
    }
}

/// How the timeline changes.
#[derive(Debug, Clone, PartialEq)]
pub enum NextStep {
    /// Another stage.
    Next {
        /// When it begins (run clock).
        at: Duration,
        /// The stage.
        stage: Stage,
        /// How long it settles.
        settle: Duration,
    },
    /// The end.
    End {
        /// When.
        at: Duration,
    },
}

fn stage(users: u32, before: u32, classes: ClassSet, confirms: bool) -> Stage {
    let noun = if users == 1 { "user" } else { "users" };
    let name = format!("{users} {noun}{}", if confirms { ", held" } else { "" });
    let spawn_rate = Pace::spawn_rate(users, before);
    Stage { name, duration: Duration::ZERO, users, spawn_rate, classes }
}

/// The next whole second: seconds of the run are what is measured.
fn whole(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}
