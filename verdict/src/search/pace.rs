//! How long a rung settles, and how long it is measured: by the service's own time.
//!
//! A search takes minutes for a fast service, longer for one whose answers are long.

use std::time::Duration;

use crate::limits::{Pulse, Rung, RungVerdict};

/// Settling of the first rung, before anything is known.
const FIRST_SETTLING: Duration = Duration::from_secs(2);
/// Shortest and longest settling, seconds.
const SETTLING: (f64, f64) = (1.0, 60.0);
/// Answers until the users behave as they will, and where more users only add to those that run.
const ANSWERS_TO_SETTLE: f64 = 1.2;
const ANSWERS_TO_JOIN: f64 = 0.6;
/// A wait of less than this share of an answer is no queue.
const NO_QUEUE: f64 = 0.3;
/// Longest time that users take to stop once they are asked to, seconds.
const LONGEST_STOP: f64 = 35.0;
/// Longest time that what they leave behind is waited for, seconds.
const LONGEST_BACKLOG: f64 = 120.0;
/// Shortest and longest length that an answer counts as when a rung's looks are set, seconds.
const ANSWER: (f64, f64) = (1.25, 15.0);
/// How often an answer must fit before the first look, so that some streams have had an outcome.
const OUTCOMES: f64 = 1.2;
/// Clearly fewer users than the answer are held for no longer, seconds.
const LONGEST_BELOW: f64 = 240.0;
/// An answer of this share of what a stream may take is in danger of not ending in time.
const ENDANGERED: f64 = 0.5;
/// The first look comes no sooner, seconds.
const FIRST_LOOK: f64 = 4.0;
/// First tokens that a rung should have when it only seems fine.
const STREAMS: u64 = 40;
/// Requests that a rung without streams should have.
const REQUESTS: u64 = 400;
/// Answers of these lengths, seconds, make the bracket of the answer as narrow as this, as a share of its lower end:
/// minutes for each rung buy less than seconds do.
const SHORT: (f64, f64) = (3.0, 0.1);
const LONG: (f64, f64) = (15.0, 0.25);
/// Longest wait for the first sign of life of a service, seconds.
const LONGEST_SILENCE: f64 = 180.0;
/// The same where streams may take less long: so much longer than that, seconds.
const LONGER_THAN_A_STREAM: f64 = 20.0;
/// Streams that ended without a word from which a service says nothing, and the shortest time for that, seconds.
const WORDLESS: u64 = 10;
const WORDLESS_FOR: f64 = 20.0;
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
    /// To hold clearly fewer users than the answer, where that stayed unclear, until they pass.
    Below,
    /// The first rung once more.
    Control,
}

impl Purpose {
    /// When a rung is looked at, in answers: each look may end it, the last one does.
    fn looks(self) -> &'static [f64] {
        match self {
            Purpose::Climb => &[2.0, 4.0, 6.0],
            Purpose::Beyond => &[4.0, 6.0],
            Purpose::Refine => &[4.0, 6.0, 10.0],
            Purpose::Confirm => &[10.0, 16.0, 26.0],
            Purpose::Below => &[6.0, 10.0, 16.0, 26.0, 40.0],
            Purpose::Control => &[3.0],
        }
    }
}

/// What is known of the service's speed by the rungs so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// Length of an answer of a service that is not full, seconds; of a request where there are no streams.
    answer: f64,
    /// Gap between its chunks, seconds.
    gap: f64,
    /// Longest common wait of the last rung, seconds.
    wait: f64,
    /// The same of a request beside the streams, of the endpoint that waits longest.
    call: f64,
    /// Length of an answer on it once its first token has come, seconds.
    lasts: f64,
    /// What a stream may take, seconds.
    timeout: f64,
}

impl Pace {
    /// Of streams that may take so long.
    pub(super) fn new(timeout: Duration) -> Pace {
        Pace { timeout: timeout.as_secs_f64(), ..Pace::default() }
    }

    /// Of a service whose answers are so long, seconds.
    pub(super) fn of_answers(answer: f64, timeout: Duration) -> Pace {
        Pace { answer, ..Pace::new(timeout) }
    }

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
        let pulse = rung.pulse();
        let answer = pulse.answer.unwrap_or(0.0);
        if answer > 0.0 && (self.answer == 0.0 || answer < self.answer) {
            (self.answer, self.gap) = (answer, pulse.gap.unwrap_or(0.0));
        }
        self.wait = rung.wait().unwrap_or(0.0).max(rung.lets_all_in());
        self.call = rung.longest_call();
        self.lasts = self.answer_on(&pulse);
    }

    /// How narrow the answer's bracket is to be, as a share of its lower end.
    pub(super) fn narrow(&self) -> f64 {
        let share = (self.answer - SHORT.0) / (LONG.0 - SHORT.0);
        SHORT.1 + share.clamp(0.0, 1.0) * (LONG.1 - SHORT.1)
    }

    /// How long a rung of `users` settles after one of `before`, ramp included: whole seconds.
    pub(super) fn settling(&self, users: u32, before: u32) -> Duration {
        let ramp = f64::from(users.abs_diff(before)) / Pace::spawn_rate(users, before);
        // Where nobody waited for long, fewer users find no queue.
        let joins = users > before || self.wait < NO_QUEUE * self.answer;
        let settles = if joins { ANSWERS_TO_JOIN } else { ANSWERS_TO_SETTLE };
        let answers = (settles * self.answer).clamp(SETTLING.0, SETTLING.1);
        // Users that are to stop load the service until their answers have come, or are cut; those that stay have
        // waited behind them.
        let stops =
            if users < before { (self.wait + self.lasts.max(self.answer)).min(LONGEST_STOP) } else { 0.0 };
        // A request that waits in a queue is served in its turn, whether its user still wants it or not.
        let backlog = if users < before { self.call.min(LONGEST_BACKLOG) } else { 0.0 };
        let stops = stops.max(backlog);
        Duration::from_secs((ramp + answers + stops).ceil() as u64)
    }

    /// How long an answer takes on this rung, by the gaps between its chunks.
    fn answer_on(&self, pulse: &Pulse) -> f64 {
        let slower = match (pulse.gap, self.gap) {
            (Some(gap), calm) if calm > 0.0 => (gap / calm).max(1.0),
            _ => 1.0,
        };
        if self.answer > 0.0 { self.answer * slower } else { pulse.answer.unwrap_or(0.0) }
    }

    /// When a rung is looked at for the `number`th time, seconds from its beginning; none after the last look.
    fn look(&self, pulse: &Pulse, purpose: Purpose, number: usize) -> Option<f64> {
        let answer = self.answer_on(pulse);
        let looks =
            purpose.looks().get(number)? * answer.min(3.0 * self.answer.max(1.0)).clamp(ANSWER.0, ANSWER.1);
        // Where answers may take too long it must be seen whether they do.
        let seen = if answer >= ENDANGERED * self.timeout { answer } else { answer.min(self.answer) };
        let looks = if purpose == Purpose::Below { looks.min(LONGEST_BELOW) } else { looks };
        let outcomes = (OUTCOMES * seen).min(self.timeout + 5.0);
        Some(looks.max(outcomes).max(FIRST_LOOK).ceil())
    }

    /// The shortest and the longest time for which a rung of this purpose is measured, about, seconds.
    pub(super) fn measured_for(&self, pulse: &Pulse, purpose: Purpose) -> (f64, f64) {
        let look = |number| self.look(pulse, purpose, number).unwrap_or(0.0);
        (look(0), look(purpose.looks().len() - 1))
    }

    /// Whether nobody knows yet how long an answer takes: so long no more users are sent.
    fn is_blind(&self, pulse: &Pulse) -> bool {
        let unknown = self.answer == 0.0 && pulse.answer.is_none();
        pulse.has_streams && (pulse.is_silent || unknown)
    }

    /// Whether it is time to look at a rung that has been measured for so long.
    pub(super) fn due(&self, pulse: &Pulse, measured: Duration, purpose: Purpose) -> Due {
        let measured = measured.as_secs_f64();
        let last_if = |is_over: bool| if is_over { Due::LastLook } else { Due::NotYet };
        if self.is_blind(pulse) {
            let is_wordless = pulse.streams >= WORDLESS && measured >= WORDLESS_FOR;
            let longest = (self.timeout + LONGER_THAN_A_STREAM).min(LONGEST_SILENCE);
            return last_if(is_wordless || measured >= longest);
        }
        let count = purpose.looks().len();
        let looks: Vec<f64> = (0..count).filter_map(|number| self.look(pulse, purpose, number)).collect();
        match looks.last() {
            Some(last) if measured < *last && looks.contains(&measured) => {
                Due::Look { is_later: measured > looks[0] }
            }
            Some(last) => last_if(measured >= *last),
            None => Due::LastLook,
        }
    }
}

/// Whether it is time to look at a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// No.
    NotYet,
    /// Yes: it ends if it is clear enough.
    Look {
        /// Whether there was one before.
        is_later: bool,
    },
    /// Yes, and it ends.
    LastLook,
}

impl Due {
    /// Whether a rung that is looked at now ends; `passes`: by itself, or together with what was measured before.
    pub(super) fn ends(self, rung: &Rung, purpose: Purpose, passes: bool) -> bool {
        match self {
            Due::NotYet => false,
            Due::Look { is_later } => is_resolved(rung, purpose, is_later, passes),
            Due::LastLook => true,
        }
    }
}

/// Whether a look before the last one shows enough.
fn is_resolved(rung: &Rung, purpose: Purpose, is_later: bool, passes: bool) -> bool {
    let samples = if rung.has_streams() { rung.first_tokens() >= STREAMS } else { rung.requests >= REQUESTS };
    let is_clear = rung.verdict() != RungVerdict::Undetermined || passes;
    match purpose {
        Purpose::Climb if !is_later => rung.is_far(),
        Purpose::Climb => is_clear || (samples && rung.is_steady() && rung.seems_fine()),
        Purpose::Beyond => samples,
        Purpose::Refine => is_clear,
        // More samples would still make clear what is far from its bounds, not what is close to them.
        Purpose::Confirm => is_clear || (is_later && !rung.is_far()),
        Purpose::Below => is_clear || (is_later && !rung.seems_fine()),
        Purpose::Control => true,
    }
}
