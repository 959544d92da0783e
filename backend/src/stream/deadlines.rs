//! When each token of a stream is due: pure arithmetic on instants.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::plan::{AnswerEnding, AnswerPlan};

/// Absolute deadlines of one stream. Each is computed from the first token, not
/// from the one before, so that lateness does not add up.
#[derive(Clone, Debug)]
pub(crate) struct Deadlines {
    start: Instant,
    first: Instant,
    gap: Duration,
    tokens: u32,
    sequence: u32,
    ending: AnswerEnding,
    stall: Option<Stall>,
}

#[derive(Clone, Copy, Debug)]
struct Stall {
    before: u32,
    length: Duration,
}

impl Deadlines {
    /// Deadlines of `plan` for a stream that got its slot at `start`.
    pub(crate) fn new(plan: &AnswerPlan, start: Instant, stall: Duration) -> Self {
        Self {
            start,
            first: start + plan.ttft,
            gap: plan.gap,
            tokens: plan.tokens,
            sequence: plan.sequence(),
            ending: plan.ending,
            stall: plan.stall_before.map(|before| Stall { before, length: stall }),
        }
    }

    /// When token `token` is due; beyond the last, when it would have been.
    pub(crate) fn due(&self, token: u32) -> Instant {
        let regular = self.first + self.gap * token;
        match self.stall {
            Some(stall) if token >= stall.before => regular + stall.length,
            _ => regular,
        }
    }

    /// When the ending is due: with the last token. A fault that replaces a token is
    /// due in its place, and a stall after the last token delays the ending.
    pub(crate) fn end(&self) -> Instant {
        let stalled = self.stall.is_some_and(|stall| stall.before == self.tokens);
        match self.ending {
            AnswerEnding::Error | AnswerEnding::Cut => self.due(self.tokens),
            _ if stalled => self.due(self.tokens),
            _ => self.due(self.tokens - 1),
        }
    }

    /// Tokens that are sent.
    pub(crate) fn tokens(&self) -> u32 {
        self.tokens
    }

    /// When token `token` is due, or the ending if it is beyond the last.
    pub(crate) fn at(&self, token: u32) -> Instant {
        if token < self.tokens { self.due(token) } else { self.end() }
    }

    /// Time between token `token` (or the ending) and the one before it.
    pub(crate) fn production_time(&self, token: u32) -> Duration {
        let before = token.checked_sub(1).map_or(self.start, |before| self.due(before));
        self.at(token).saturating_duration_since(before)
    }

    /// Tokens that a model makes for the stream: an ending in a token's place is one.
    pub(crate) fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Length of the stall before token `token`, or before the ending.
    pub(crate) fn stall_before(&self, token: u32) -> Duration {
        self.stall.filter(|stall| stall.before == token).map_or(Duration::ZERO, |stall| stall.length)
    }

    /// Whether a stall delays token `token`, or the ending.
    pub(crate) fn stalls_before(&self, token: u32) -> bool {
        self.stall.is_some_and(|stall| stall.before == token)
    }

    /// Tokens from `next` on that are due at `now`.
    pub(crate) fn ready(&self, next: u32, now: Instant) -> Range<u32> {
        let mut end = next;
        while end < self.tokens && self.due(end) <= now {
            end += 1;
        }
        next..end
    }

    /// Whether the stall was over by the time that everything before `next` had
    /// been sent.
    pub(crate) fn is_past_stall(&self, next: u32) -> bool {
        self.stall.is_some_and(|stall| next > stall.before)
    }

    /// The span of the stall, from the last token before it to the next one.
    pub(crate) fn silence(&self) -> Option<Range<Instant>> {
        let stall = self.stall?;
        Some(self.due(stall.before - 1)..self.due(stall.before))
    }
}

/// When `: ping` comments are due: every `every` from the stream's beginning.
#[derive(Clone, Debug)]
pub(crate) struct Pings {
    every: Duration,
    next: Option<Instant>,
}

impl Pings {
    /// A zero interval is no pings.
    pub(crate) fn new(start: Instant, every: Duration) -> Self {
        Self { every, next: (!every.is_zero()).then(|| start + every) }
    }

    /// When the next one is due; those within `silence` are left out.
    pub(crate) fn due(&mut self, silence: Option<&Range<Instant>>) -> Option<Instant> {
        while let Some(next) = self.next
            && silence.is_some_and(|silence| silence.contains(&next))
        {
            self.next = Some(next + self.every);
        }
        self.next
    }

    /// One was sent at `now`; missed ones are not sent later.
    pub(crate) fn sent(&mut self, now: Instant) {
        while let Some(next) = self.next
            && next <= now
        {
            self.next = Some(next + self.every);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn plan(tokens: u32, ending: AnswerEnding, stall_before: Option<u32>) -> AnswerPlan {
        AnswerPlan { ttft: 100 * MS, tokens, ending, stall_before, gap: 25 * MS, whole: false }
    }

    fn deadlines(plan: &AnswerPlan) -> (Instant, Deadlines) {
        let start = Instant::now();
        (start, Deadlines::new(plan, start, 1_000 * MS))
    }

    #[test]
    fn token_k_is_due_k_gaps_after_the_first() {
        let (start, deadlines) = deadlines(&plan(5, AnswerEnding::Done, None));
        let due: Vec<_> = (0..5).map(|k| deadlines.due(k) - start).collect();
        assert_eq!(due, [100 * MS, 125 * MS, 150 * MS, 175 * MS, 200 * MS]);
        assert_eq!(deadlines.end() - start, 200 * MS);
    }

    #[test]
    fn each_takes_what_lies_between_it_and_the_one_before() {
        let takes = |ending, stall| {
            let (_, deadlines) = deadlines(&plan(2, ending, stall));
            [deadlines.production_time(0), deadlines.production_time(1), deadlines.production_time(2)]
        };
        assert_eq!(takes(AnswerEnding::Done, None), [100 * MS, 25 * MS, Duration::ZERO]);
        assert_eq!(takes(AnswerEnding::Error, None), [100 * MS, 25 * MS, 25 * MS]);
        assert_eq!(takes(AnswerEnding::Done, Some(1)), [100 * MS, 1_025 * MS, Duration::ZERO]);
    }

    #[test]
    fn a_late_poll_gets_everything_due_and_no_more() {
        let (start, deadlines) = deadlines(&plan(5, AnswerEnding::Done, None));
        assert_eq!(deadlines.ready(0, start + 99 * MS), 0..0);
        assert_eq!(deadlines.ready(0, start + 160 * MS), 0..3);
        assert_eq!(deadlines.ready(3, start + 3_000 * MS), 3..5);
    }

    #[test]
    fn a_stall_shifts_what_follows_it() {
        let (start, deadlines) = deadlines(&plan(4, AnswerEnding::Done, Some(2)));
        let due: Vec<_> = (0..4).map(|k| deadlines.due(k) - start).collect();
        assert_eq!(due, [100 * MS, 125 * MS, 1_150 * MS, 1_175 * MS]);
        assert_eq!(deadlines.silence(), Some(start + 125 * MS..start + 1_150 * MS));
        assert_eq!((deadlines.is_past_stall(2), deadlines.is_past_stall(3)), (false, true));
        let (start, single) = self::deadlines(&plan(1, AnswerEnding::Done, Some(1)));
        assert_eq!(single.end() - start, 1_125 * MS);
    }

    #[test]
    fn a_fault_in_the_middle_takes_the_place_of_a_token() {
        let (start, deadlines) = deadlines(&plan(2, AnswerEnding::Cut, None));
        assert_eq!(deadlines.end() - start, 150 * MS);
    }

    #[test]
    fn pings_come_at_their_interval_but_not_in_a_silence() {
        let start = Instant::now();
        let mut pings = Pings::new(start, 10 * MS);
        assert_eq!(pings.due(None), Some(start + 10 * MS));
        pings.sent(start + 34 * MS);
        assert_eq!(pings.due(None), Some(start + 40 * MS));
        let silence = start + 35 * MS..start + 70 * MS;
        assert_eq!(pings.due(Some(&silence)), Some(start + 70 * MS));
        assert_eq!(Pings::new(start, Duration::ZERO).due(None), None);
    }
}
