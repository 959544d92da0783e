//! The search for the largest rate of arrivals that a service holds.
//!
//! Users who wait for their answers ask a slow service less; arrivals do not. Above what the service can do a queue
//! grows without end, so how long it is when somebody looks says how long the load lasted, and nothing of the service.
//! A rung is judged by whether it is stable (`growth`), then by the thresholds; what the service can do is measured
//! where it always has something to do (`capacity`), and decides which rates are tried next (`plan`).
//!
//! After a rung that grew nobody arrives until no more are there than belong to the next rate: a backlog that is left
//! would be the next rung's. Only a rung that is there to measure what is served beneath one keeps it.
//!
//! Pure: what was measured comes in, the next rung goes out.

mod capacity;
mod counts;
mod growth;
mod left;
mod plan;
mod rows;
mod rung;
#[cfg(test)]
mod tests;

use std::time::Duration;

use common::arrivals::{ArrivalRate, Spacing};
use common::class::ClassSet;
use common::shape::{LADDER, Stage, StageArrivals};
use common::timeline::Timeline;

use crate::Sources;
use crate::limits::Cut;
use crate::search::NextStep;
use crate::threshold::Rule;
pub use plan::FIRST_RATE;
use plan::{Next, Outcome, Plan, Purpose};
pub use rows::rows;
pub use rung::RateRung;
use rung::{Look, Looked};

/// How long before it holds workers must know another rate: they are handed arrivals two seconds ahead, half a second at
/// a time.
const AHEAD: Duration = Duration::from_secs(3);
/// Settling of the first rung, before anything is known, and of one beneath a backlog, seconds.
const FIRST_SETTLING: f64 = 3.0;
/// Stays of somebody until as many leave as come; shortest and longest settling, seconds.
const STAYS_TO_SETTLE: f64 = 1.5;
const SETTLING: (f64, f64) = (1.0, 180.0);
/// People seen at the ends of seconds from whom it is known how long somebody is there.
const KNOWN_BY: f64 = 30.0;
/// A backlog is gone when no more are there than this many times those who belong to the next rate.
const DRAINED: f64 = 1.2;
/// Longest time in which nobody leaves of a backlog, seconds, beyond what a stream may take.
const LONGEST_DRAIN: f64 = 60.0;

/// What is searched for.
#[derive(Debug, Clone)]
pub struct RateSettings {
    /// What a rung must keep to.
    pub criteria: Vec<Rule>,
    /// Most users at once.
    pub max_users: u32,
    /// Who arrives.
    pub classes: ClassSet,
    /// How arrivals lie within a rate.
    pub spacing: Spacing,
    /// How long a stream may take: then it has failed.
    pub stream_timeout: Duration,
    /// How long the search may take; none: as long as it takes.
    pub longest: Option<Duration>,
}

/// What goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Now {
    /// A rate is tried.
    Rung {
        rate: f64,
        purpose: Purpose,
    },
    /// Nobody arrives until the backlog is gone; then this rate. So few are there, since then.
    Drain {
        then: (f64, Purpose),
        least: u32,
        since: Duration,
    },
    Over,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct RateSearch {
    settings: RateSettings,
    plan: Plan,
    now: Now,
    /// The stage that runs, or is about to.
    stage: usize,
    /// What was measured so far, in the order of time.
    rungs: Vec<RateRung>,
    /// How many seconds there were at the last look.
    seen: usize,
    /// How long somebody is there when nobody waits, seconds, and by how many that is known.
    calm: Option<(f64, f64)>,
    /// When the stage that runs began.
    began: Duration,
    cut: Option<Cut>,
}

impl RateSearch {
    /// A search that begins with one arrival per second.
    pub fn new(settings: RateSettings) -> RateSearch {
        RateSearch {
            plan: Plan::default(),
            now: Now::Rung { rate: plan::FIRST_RATE, purpose: Purpose::Climb },
            stage: 0,
            rungs: Vec::new(),
            seen: 0,
            calm: None,
            began: Duration::ZERO,
            cut: None,
            settings,
        }
    }

    /// The timeline that it begins with.
    pub fn timeline(settings: &RateSettings, mock_llm: bool) -> Timeline {
        let first = stage(settings, plan::FIRST_RATE, Some(Purpose::Climb));
        Timeline::open(LADDER, first, Duration::from_secs_f64(FIRST_SETTLING), mock_llm)
    }

    /// How its time was over before it was.
    pub fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// Looks at what was measured up to `clock` (run clock), and lets the timeline go on when the rung is resolved.
    pub fn step(&mut self, timeline: &Timeline, sources: Sources<'_>, clock: Duration) -> Option<NextStep> {
        let seconds = sources.evidence.count();
        if seconds == self.seen || self.now == Now::Over {
            return None;
        }
        self.seen = seconds;
        let measured = Duration::from_secs(seconds as u64).min(clock);
        if self.settings.longest.is_some_and(|longest| clock >= longest) {
            self.cut = Some(Cut::BeforeTheFirstAgain);
            if let Some(looked) = self.look(sources, measured) {
                self.learn(looked.rung);
            }
            return Some(self.end(clock));
        }
        match self.now {
            Now::Over => None,
            Now::Drain { then, least, since } => {
                let (from, to) = timeline.shape().stage_bounds(self.stage);
                let last = sources.evidence.within(from, to.min(measured)).last()?;
                let there = last.arrivals.unwrap_or_default().present;
                if there < least {
                    self.now = Now::Drain { then, least: there, since: clock };
                }
                let belong = (then.0 * self.calm().unwrap_or(0.0) * DRAINED).max(1.0);
                let longest = self.settings.stream_timeout.as_secs_f64() + LONGEST_DRAIN;
                let is_stuck = clock.saturating_sub(since).as_secs_f64() > longest;
                (f64::from(there) <= belong || is_stuck).then(|| self.go_on(then, clock))
            }
            Now::Rung { rate, purpose } => {
                let Looked { rung, is_over } = self.look(sources, measured)?;
                if !is_over {
                    return None;
                }
                let (outcome, present) = (rung.outcome, rung.present);
                self.learn(rung);
                match self.plan.next(rate, purpose, outcome, present) {
                    Next::End => Some(self.end(clock)),
                    Next::Rung { rate, purpose } => {
                        let leaves = !matches!(outcome, Outcome::Held | Outcome::SeemsHeld);
                        match leaves && purpose != Purpose::Full {
                            true => Some(self.drain((rate, purpose), clock)),
                            false => Some(self.go_on((rate, purpose), clock)),
                        }
                    }
                }
            }
        }
    }

    fn look(&self, sources: Sources<'_>, measured: Duration) -> Option<Looked> {
        let Now::Rung { rate, purpose } = self.now else { return None };
        let look = Look {
            stage: self.stage,
            rate,
            purpose,
            criteria: &self.settings.criteria,
            max_users: self.settings.max_users,
            calm: self.calm(),
            capacity: self.plan.capacity(),
            timeout: self.settings.stream_timeout.as_secs_f64(),
        };
        look.at(sources, measured)
    }

    fn learn(&mut self, rung: RateRung) {
        if let (Outcome::Held | Outcome::SeemsHeld, Some(stay)) = (rung.outcome, rung.stay) {
            let known = rung.present * rung.rung.length();
            let is_better = |(calm, by): (f64, f64)| match by < KNOWN_BY {
                true => known > by,
                false => known >= KNOWN_BY && stay < calm,
            };
            if self.calm.is_none_or(is_better) {
                self.calm = Some((stay, known));
            }
        }
        self.plan.learn(rung.rate, rung.purpose, rung.outcome, rung.served);
        self.rungs.push(rung);
    }

    fn calm(&self) -> Option<f64> {
        self.calm.map(|(calm, _)| calm)
    }

    fn end(&mut self, clock: Duration) -> NextStep {
        self.now = Now::Over;
        NextStep::End { at: whole(clock + Duration::from_secs(1)) }
    }

    fn go_on(&mut self, (rate, purpose): (f64, Purpose), clock: Duration) -> NextStep {
        self.now = Now::Rung { rate, purpose };
        let stays = STAYS_TO_SETTLE * self.calm().unwrap_or(FIRST_SETTLING / STAYS_TO_SETTLE);
        let settle = if purpose == Purpose::Full { SETTLING.0 } else { stays.clamp(SETTLING.0, SETTLING.1) };
        self.next_stage(stage(&self.settings, rate, Some(purpose)), settle, clock)
    }

    fn drain(&mut self, then: (f64, Purpose), clock: Duration) -> NextStep {
        self.now = Now::Drain { then, least: u32::MAX, since: clock };
        // What is measured of nobody begins at once.
        self.next_stage(stage(&self.settings, 0.0, None), 0.0, clock)
    }

    fn next_stage(&mut self, stage: Stage, settle: f64, clock: Duration) -> NextStep {
        let at = whole(clock + AHEAD);
        self.stage += 1;
        self.began = at;
        NextStep::Next { at, stage, settle: Duration::from_secs_f64(settle.ceil()) }
    }
}

fn stage(settings: &RateSettings, rate: f64, purpose: Option<Purpose>) -> Stage {
    let rate = ArrivalRate { spacing: settings.spacing, per_s: rate };
    let name = match purpose {
        None => "draining".to_owned(),
        Some(Purpose::Climb) => plan::shown(rate.per_s),
        Some(Purpose::Full) => format!("{}, full", plan::shown(rate.per_s)),
        Some(Purpose::Hold) => format!("{}, held", plan::shown(rate.per_s)),
    };
    let arrivals = StageArrivals { rate, ramp: Duration::ZERO };
    let stage = Stage::of_arrivals(name, Duration::ZERO, arrivals, settings.classes);
    Stage { users: settings.max_users, ..stage }
}

/// The next whole second: seconds of the run are what is measured.
fn whole(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}
