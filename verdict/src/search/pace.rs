//! How long a rung settles, and how long it is measured: by the service's own time.
//!
//! A search takes minutes for a fast service, longer for one whose answers are long.

use std::time::Duration;

use crate::limits::{Rung, RungVerdict};

/// Settling of the first rung, before anything is known.
const FIRST_SETTLING: Duration = Duration::from_secs(2);
/// Shortest and longest settling, seconds.
const SETTLING: (f64, f64) = (1.0, 60.0);
/// Answers until added users behave like the rest.
const ANSWERS_TO_SETTLE: f64 = 1.2;
/// Longest time that users who were told to stop take to do so, seconds.
const LONGEST_STOP: f64 = 35.0;
/// Shortest and longest time before a rung is judged, seconds.
const LEAST: (f64, f64) = (5.0, 60.0);
/// Answers before a rung is judged.
const ANSWERS: f64 = 4.0;
/// When a rung is looked at, in terms of its least time: each look may end it.
const LOOKS: [f64; 3] = [1.0, 1.5, 2.5];
/// First tokens that a rung should have before it is judged.
const STREAMS: u64 = 40;
/// Requests that a rung without streams should have.
const REQUESTS: u64 = 400;
/// How much longer the rung at the answer takes.
const CONFIRM: f64 = 1.5;
/// Answers of more than this are long, seconds.
const LONG: f64 = 15.0;
/// How narrow the bracket of the answer is to be with short answers, and with long ones.
const NARROW: (f64, f64) = (0.1, 0.25);
/// Longest wait for the first sign of life of a service, seconds.
const LONGEST_SILENCE: f64 = 180.0;
/// Users started within one second, at least; more a second for more.
const RAMP: f64 = 1.0;
/// Longest ramp, seconds.
const LONGEST_RAMP: f64 = 5.0;
/// Users a second that a ramp does not exceed unless it would take too long.
const GENTLE: f64 = 50.0;

/// What a rung is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To find a rung that misses: one that seems fine need not be sure.
    Climb,
    /// To find where the limit lies; the last rung of the climb too, since none comes after it.
    Refine,
    /// To see what throughput does beyond the limit.
    Beyond,
    /// To hold the answer for longer.
    Confirm,
    /// The first rung once more.
    Control,
}

/// What is known of the service's speed by the rungs so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// Length of an answer of a service that is not full, seconds; of a request where there are no streams.
    answer: f64,
    /// Longest common wait of the last rung, seconds.
    wait: f64,
}

impl Pace {
    pub(super) fn first_settling() -> Duration {
        FIRST_SETTLING
    }

    /// Users a second while their number goes from `before` to `users`.
    pub(super) fn spawn_rate(users: u32, before: u32) -> f64 {
        let change = f64::from(users.abs_diff(before)).max(1.0);
        (change / RAMP).min(GENTLE).max(change / LONGEST_RAMP)
    }

    /// Learns from a rung that was measured.
    pub(super) fn learn(&mut self, rung: &Rung) {
        let answer = rung.answer().unwrap_or(0.0);
        if answer > 0.0 && (self.answer == 0.0 || answer < self.answer) {
            self.answer = answer;
        }
        self.wait = rung.wait().unwrap_or(0.0);
    }

    /// How narrow the answer's bracket is to be, as a share of its lower end: minutes for each rung buy less than
    /// seconds do.
    pub(super) fn narrow(&self) -> f64 {
        if self.answer > LONG { NARROW.1 } else { NARROW.0 }
    }

    /// How long a rung of `users` settles after one of `before`, ramp included: whole seconds.
    pub(super) fn settling(&self, users: u32, before: u32) -> Duration {
        let ramp = f64::from(users.abs_diff(before)) / Pace::spawn_rate(users, before);
        let answers = (ANSWERS_TO_SETTLE * self.answer).clamp(SETTLING.0, SETTLING.1);
        // Users that are to stop load the service until their answers have come, or are cut; those that stay have
        // waited behind them.
        let stops = if users < before { (self.wait + self.answer).min(LONGEST_STOP) } else { 0.0 };
        Duration::from_secs((ramp + answers + stops).ceil() as u64)
    }

    /// The least time for which a rung is measured, seconds.
    pub(super) fn least(&self, rung: &Rung, purpose: Purpose) -> f64 {
        let answer = rung.answer().unwrap_or(self.answer).min(self.answer.max(1.0) * 3.0);
        let longer = if purpose == Purpose::Confirm { CONFIRM } else { 1.0 };
        longer * (ANSWERS * answer).clamp(LEAST.0, LEAST.1)
    }

    /// Whether a rung has been measured for long enough after so many seconds.
    pub(super) fn is_enough(&self, rung: &Rung, measured: Duration, purpose: Purpose) -> bool {
        let measured = measured.as_secs_f64();
        // Before the first answer has come nobody knows how long one takes, so no more users are sent.
        let is_blind =
            rung.has_streams() && (rung.is_silent() || (self.answer == 0.0 && rung.answer().is_none()));
        if is_blind {
            return measured >= LONGEST_SILENCE;
        }
        let least = self.least(rung, purpose);
        let looks = LOOKS.map(|look| (look * least).ceil());
        let samples =
            if rung.has_streams() { rung.first_tokens() >= STREAMS } else { rung.requests >= REQUESTS };
        let last = looks[match purpose {
            Purpose::Control => 0,
            Purpose::Climb | Purpose::Beyond => 1,
            Purpose::Refine | Purpose::Confirm => 2,
        }];
        let resolved = match purpose {
            Purpose::Climb | Purpose::Control => rung.is_steady() && rung.seems_fine(),
            Purpose::Beyond => true,
            Purpose::Refine | Purpose::Confirm => false,
        } || rung.verdict() != RungVerdict::Undetermined;
        let is_look = looks.contains(&measured) || measured >= last;
        is_look && (measured >= last || (resolved && samples))
    }
}
