//! The search for the most users that a service holds: rungs of more and more users, each held until it is
//! resolved, some beyond the first that fails, then refined around it, then a longer one at the answer, and the
//! first once more.
//!
//! ```text
//! users
//!  64 |                    ┌────┐                     beyond: does throughput still grow?
//!  32 |               ┌────┘    │                     the first that fails
//!  24 |               │         └───┐ ┌────────┐      refining, then a longer run at the answer
//!  20 |               │             └─┘        │
//!  16 |          ┌────┘                        │
//!   8 |     ┌────┘                             │
//!   4 └─────┘                                  └────  the first again: what differs is time, not load
//! ```
//!
//! It begins where every class has a user. Pure: what was measured comes in, the next rung goes out.

mod bracket;
mod length;
mod outlook;
mod pace;
#[cfg(test)]
mod tests;

use std::time::Duration;

use common::class::ClassSet;
use common::quota::class_targets;
use common::shape::{LADDER, Stage};
use common::timeline::Timeline;

use crate::Sources;
use crate::limits::{Cut, Pulse, Rung, RungVerdict, mark_shorter, outdated, proven};
use crate::threshold::{Confidence, Rule};
use bracket::{Bracket, FEWER, Next, RungResult};
pub use length::Span;
use outlook::Outlook;
use pace::{Due, Pace, Purpose};

/// How long before more users start workers must know.
const AHEAD: Duration = Duration::from_millis(1500);
/// Of the time that a search may take, the first rung once more takes no more than this part.
const REPEATED: u32 = 4;
/// An endpoint that has failed for so long whenever it was asked will go on to.
const BROKEN_FOR: Duration = Duration::from_secs(8);

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
    /// How long a stream may take: then it has failed.
    pub stream_timeout: Duration,
    /// How long the search may take; none: as long as it takes.
    pub longest: Option<Duration>,
}

impl SearchSettings {
    /// The fewest users of whom every class has one.
    fn first(&self) -> u32 {
        let has_all = |users: &u32| {
            let parts = class_targets(*users, self.classes);
            self.classes.iter().all(|class| parts[class.index()] > 0)
        };
        (1..=self.max_users).find(has_all).unwrap_or(self.max_users).max(1)
    }
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Ladder {
    settings: SearchSettings,
    bracket: Bracket,
    pace: Pace,
    /// The rung that runs, or is about to.
    stage: usize,
    users: u32,
    purpose: Purpose,
    /// What was measured so far, in the order of time.
    rungs: Vec<Rung>,
    /// How many seconds there were at the last look.
    seen: usize,
    confirming: Option<usize>,
    /// Run clock at which the last rung was over, or went on for longer.
    decided: Duration,
    /// Run clock at which that rung ends, as long as not all of its seconds are there.
    ends: Option<Duration>,
    is_over: bool,
    /// How its time was over before it was.
    cut: Option<Cut>,
}

impl Ladder {
    /// A search that begins with the fewest users of whom every class has one.
    pub fn new(settings: SearchSettings) -> Ladder {
        let bracket = Bracket::new(settings.first(), settings.max_users);
        Ladder {
            users: bracket.first(),
            bracket,
            pace: Pace::new(settings.stream_timeout),
            stage: 0,
            purpose: Purpose::Climb,
            rungs: Vec::new(),
            seen: 0,
            confirming: None,
            decided: Duration::ZERO,
            ends: None,
            is_over: false,
            cut: None,
            settings,
        }
    }

    /// The timeline that it begins with.
    pub fn timeline(settings: &SearchSettings, mock_llm: bool) -> Timeline {
        let first = stage(settings.first(), 0, settings.classes, Purpose::Climb);
        Timeline::open(LADDER, first, Pace::first_settling(), mock_llm)
    }

    /// The stage that is a longer run at the answer, once there is one.
    pub fn confirming(&self) -> Option<usize> {
        self.confirming
    }

    /// How its time was over before it was.
    pub fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// Looks at what was measured up to `clock` (run clock), and lets the timeline go on when the rung is
    /// resolved.
    pub fn step(&mut self, timeline: &Timeline, sources: Sources<'_>, clock: Duration) -> Option<NextStep> {
        let seconds = sources.evidence.count();
        if seconds == self.seen {
            return None;
        }
        self.seen = seconds;
        self.complete(sources);
        if self.is_over {
            return None;
        }
        if self.settings.longest.is_some_and(|longest| clock >= longest) {
            self.cut = self.cut.or(Some(Cut::BeforeTheFirstAgain));
            return Some(self.end(clock));
        }
        if self.must_repeat(clock) {
            return self.repeat(sources, clock);
        }
        let (from, _) = timeline.measured(self.stage)?;
        let measured = clock.checked_sub(from)?;
        // No rung comes after the last one of a climb, so it must be sure.
        let purpose = match self.purpose {
            Purpose::Climb if self.users >= self.settings.max_users => Purpose::Refine,
            purpose => purpose,
        };
        let pulse = Pulse::of(sources, self.stage, clock)?;
        let due = match self.pace.due(&pulse, measured, purpose) {
            _ if self.is_broken(&pulse) && measured >= BROKEN_FOR => Due::LastLook,
            Due::NotYet => return None,
            due => due,
        };
        let rung = Rung::of(sources, self.stage, clock, &self.settings.criteria, Confidence::LOOK)?;
        if !due.ends(&rung, purpose, self.passes(&rung, purpose)) {
            return None;
        }
        self.pace.learn(&rung);
        let result = if self.is_broken(&pulse) { RungResult::Broken } else { RungResult::of(&rung) };
        self.decided = clock;
        // One that goes on is the same rung, with more evidence.
        if self.confirming == Some(self.stage) && self.rungs.len() > self.stage {
            self.rungs.truncate(self.stage);
        }
        self.rungs.push(rung);
        mark_shorter(&mut self.rungs);
        let result = match (result, self.rungs.last()) {
            (RungResult::Broken, _) | (_, None) => result,
            (_, Some(rung)) => RungResult::of(rung),
        };
        if self
            .bracket
            .bounds()
            .1
            .is_some_and(|high| outdated(&self.rungs).iter().any(|users| *users >= high))
        {
            self.bracket.forget();
        }
        self.bracket.learn(self.users, result);
        match self.bracket.next(self.users, result, &self.outlook()) {
            Next::End => Some(self.end(clock)),
            // The answer is the rung that runs: it goes on, for longer.
            Next::Rung { users, purpose: purpose @ (Purpose::Confirm | Purpose::Below) }
                if users == self.users =>
            {
                self.purpose = purpose;
                self.confirming = Some(self.stage);
                None
            }
            Next::Rung { users, purpose } => Some(self.go_on(users, purpose, clock)),
        }
    }

    /// Whether there is no more time than the first rung takes once more. It is a part of a search that is worth its time:
    /// what the service did to itself meanwhile is seen by nothing else.
    fn must_repeat(&self, clock: Duration) -> bool {
        let (Some(longest), Some(last)) = (self.settings.longest, self.rungs.last()) else { return false };
        let first = self.bracket.first();
        let measured = self.pace.measured_for(&last.pulse(), Purpose::Control).1;
        let takes = self.settings.notice
            + self.pace.settling(first, self.users)
            + Duration::from_secs_f64(measured)
            + AHEAD;
        let can = self.purpose != Purpose::Control && self.users > first && takes <= longest / REPEATED;
        can && clock + takes >= longest
    }

    /// Ends the rung that runs with what it has, and goes on to the first one, the last.
    fn repeat(&mut self, sources: Sources<'_>, clock: Duration) -> Option<NextStep> {
        if let Some(rung) = Rung::of(sources, self.stage, clock, &self.settings.criteria, Confidence::LOOK) {
            // One that went on is there already.
            self.rungs.truncate(self.stage);
            self.rungs.push(rung);
            mark_shorter(&mut self.rungs);
        }
        self.cut = Some(Cut::WithTheFirstAgain);
        let users = self.bracket.repeat();
        Some(self.go_on(users, Purpose::Control, clock))
    }

    /// Whether a rung that is held shows that its users are held, by itself or together with those before it.
    fn passes(&self, rung: &Rung, purpose: Purpose) -> bool {
        if !matches!(purpose, Purpose::Confirm | Purpose::Below) {
            return false;
        }
        let before = self.rungs.iter().filter(|before| before.stage() != rung.stage());
        let rungs: Vec<Rung> = before.chain([rung]).cloned().collect();
        proven(&rungs, &self.settings.criteria) >= rung.users
    }

    /// Takes the last seconds of a rung, between the look that ended it and its end, once they are all there.
    fn complete(&mut self, sources: Sources<'_>) {
        let Some(end) = self.ends.filter(|end| self.seen as u64 >= end.as_secs()) else { return };
        self.ends = None;
        let criteria = &self.settings.criteria;
        let Some(last) = self.rungs.last().cloned() else { return };
        let Some(whole) = Rung::of(sources, last.stage(), end, criteria, Confidence::LOOK) else { return };
        // The first look that is clear counts.
        if last.verdict() != RungVerdict::Undetermined && whole.verdict() == RungVerdict::Undetermined {
            return;
        }
        let was_proven = proven(&self.rungs, criteria);
        self.rungs.pop();
        self.rungs.push(whole);
        if proven(&self.rungs, criteria) < was_proven {
            self.rungs.pop();
            self.rungs.push(last);
        }
    }

    /// Whether an endpoint never worked with the fewest users: no limit is found by asking more of it.
    fn is_broken(&self, pulse: &Pulse) -> bool {
        self.stage == 0 && pulse.broken.is_some()
    }

    /// The rungs that are over, each as it was then: streams that it began may come to their end under the load of the
    /// next.
    pub fn ended(&self) -> &[Rung] {
        &self.rungs
    }

    fn outlook(&self) -> Outlook {
        let (low, high) = self.bracket.bounds();
        let criteria = &self.settings.criteria;
        let outlook = Outlook::of(&self.rungs, (low, high.unwrap_or(0)), criteria, self.pace.narrow());
        let wanted = criteria.iter().filter_map(|rule| rule.fewest_streams(Confidence::LOOK)).max();
        let can_prove = self.rungs.last().zip(wanted).is_none_or(|(last, wanted)| {
            let longest = self.pace.measured_for(&last.pulse(), Purpose::Below).1;
            let rate = last.first_tokens() as f64 / last.length().max(1.0);
            rate * FEWER * longest >= wanted as f64
        });
        Outlook { can_prove, ..outlook }
    }

    fn end(&mut self, clock: Duration) -> NextStep {
        self.is_over = true;
        let at = whole(clock + AHEAD);
        // One that was cut off in its midst is not among those that were looked at.
        self.ends = self.rungs.last().is_some_and(|last| last.stage() == self.stage).then_some(at);
        NextStep::End { at }
    }

    fn go_on(&mut self, users: u32, purpose: Purpose, clock: Duration) -> NextStep {
        let fewer = users < self.users;
        let at = whole(clock + if fewer { self.settings.notice } else { AHEAD });
        self.ends = Some(at);
        let change = NextStep::Next {
            at,
            stage: stage(users, self.users, self.settings.classes, purpose),
            settle: self.pace.settling(users, self.users),
        };
        self.stage += 1;
        (self.users, self.purpose) = (users, purpose);
        if matches!(purpose, Purpose::Confirm | Purpose::Below) {
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

fn stage(users: u32, before: u32, classes: ClassSet, purpose: Purpose) -> Stage {
    let noun = if users == 1 { "user" } else { "users" };
    let suffix = match purpose {
        Purpose::Confirm | Purpose::Below => ", held",
        Purpose::Control => ", again",
        Purpose::Climb | Purpose::Refine | Purpose::Beyond => "",
    };
    let name = format!("{users} {noun}{suffix}");
    let spawn_rate = Pace::spawn_rate(users, before);
    Stage { name, duration: Duration::ZERO, users, spawn_rate, classes, arrivals: None }
}

/// The next whole second: seconds of the run are what is measured.
fn whole(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}
