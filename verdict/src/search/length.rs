//! How long a search takes, as far as that is known: before it begins from what it was asked for, then from the pace of
//! the service.

use std::time::Duration;

use super::bracket::Bracket;
use super::pace::{Pace, Purpose};
use super::{Ladder, SearchSettings};
use crate::limits::Pulse;

/// Length of an answer, seconds, of a fast service, and of one whose answers are long.
const ANSWERS: (f64, f64) = (1.0, 40.0);

/// At least and at most so long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// At least.
    pub least: Duration,
    /// At most.
    pub most: Duration,
}

impl Span {
    fn of((least, most): (f64, f64)) -> Span {
        let span = |seconds: f64| Duration::from_secs(seconds.max(0.0) as u64);
        Span { least: span(least), most: span(most) }
    }

    fn change(self, change: impl Fn(Duration) -> Duration) -> Span {
        Span { least: change(self.least), most: change(self.most) }
    }
}

impl SearchSettings {
    /// How long a search takes of which nothing is known but what was asked for: where answers are short and the limit
    /// is near, and where they are long and there is none.
    pub fn length(&self) -> Span {
        let first = self.first();
        let bracket = Bracket::new(first, self.max_users);
        let timeout = self.stream_timeout.as_secs_f64();
        let of = |answer: f64| {
            let pulse = Pulse { has_streams: true, answer: Some(answer.min(timeout)), ..Pulse::default() };
            rungs(&Pace::of_answers(answer.min(timeout), self.stream_timeout), &pulse, &bracket, first)
        };
        let span = Span::of((of(ANSWERS.0).0, of(ANSWERS.1).1));
        span.change(|span| self.longest.map_or(span, |longest| span.min(longest)))
    }
}

impl Ladder {
    /// What comes next, in words.
    pub fn then(&self) -> String {
        self.bracket.then(self.users, self.purpose)
    }

    /// How long it will still take at `clock` (run clock).
    pub fn left(&self, clock: Duration) -> Span {
        if self.is_over {
            return Span::default();
        }
        let passed = clock.saturating_sub(self.decided);
        let span = match self.rungs.last() {
            None => self.settings.length(),
            Some(last) => Span::of(rungs(&self.pace, &last.pulse(), &self.bracket, self.users)),
        };
        let end = self.settings.longest.map(|longest| longest.saturating_sub(clock));
        span.change(|span| span.saturating_sub(passed)).change(|span| end.map_or(span, |end| span.min(end)))
    }
}

/// The rung that runs and those that may follow, at least and at most, seconds.
fn rungs(pace: &Pace, pulse: &Pulse, bracket: &Bracket, users: u32) -> (f64, f64) {
    let (fewest, most) = bracket.rungs_left(users);
    let settling = |before: u32| pace.settling(users, before).as_secs_f64();
    let shortest = settling(users / 2) + pace.measured_for(pulse, Purpose::Climb).0;
    let longest = settling(users.saturating_mul(2)) + pace.measured_for(pulse, Purpose::Refine).1;
    (f64::from(fewest + 1) * shortest, f64::from(most + 1) * longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::class::ClassSet;

    fn settings(max_users: u32, longest: Option<Duration>) -> SearchSettings {
        SearchSettings {
            criteria: Vec::new(),
            max_users,
            classes: ClassSet::ALL,
            notice: Duration::from_secs(5),
            stream_timeout: Duration::from_secs(120),
            longest,
        }
    }

    #[test]
    fn more_users_take_longer_and_no_more_than_was_allowed() {
        let (few, many) = (settings(8, None).length(), settings(1000, None).length());
        assert!(few.least < few.most && few.most < many.most, "{few:?} {many:?}");
        // Rungs that double from 4 users, each looked at no sooner than after four seconds.
        assert!(many.least >= Duration::from_secs(4 * 4), "{many:?}");
        let bounded = settings(1000, Some(Duration::from_secs(300))).length();
        assert_eq!(bounded.most, Duration::from_secs(300));
        let ladder = Ladder::new(settings(1000, Some(Duration::from_secs(300))));
        assert_eq!(ladder.left(Duration::from_secs(290)).most, Duration::from_secs(10));
        assert_eq!(ladder.then(), "then 8 users if these are held, else fewer");
    }
}
