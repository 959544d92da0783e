//! When each token of a stream is due: pure arithmetic on instants.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::plan::{Ending, Plan};

/// Absolute deadlines of one stream. Each is reckoned from the first token, not
/// from the one before, so that lateness does not add up.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    start: Instant,
    first: Instant,
    gap: Duration,
    tokens: u32,
    ending: Ending,
    stall: Option<Stall>,
}

#[derive(Clone, Copy, Debug)]
struct Stall {
    before: u32,
    length: Duration,
}

impl Pace {
    /// Deadlines of `plan` for a stream that got its slot at `start`.
    pub(crate) fn new(plan: &Plan, start: Instant, gap: Duration, stall: Duration) -> Self {
        Self {
            start,
            first: start + plan.ttft,
            gap,
            tokens: plan.tokens,
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

    /// When the ending is due: with the last token, but a fault that takes a
    /// token's place in its place, and a stall that has no token to hold back
    /// holds the ending.
    pub(crate) fn end(&self) -> Instant {
        let stalled = self.stall.is_some_and(|stall| stall.before == self.tokens);
        match self.ending {
            Ending::Error | Ending::Cut => self.due(self.tokens),
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

    /// How long token `token` (or the ending) takes to make after the one before.
    pub(crate) fn takes(&self, token: u32) -> Duration {
        let before = token.checked_sub(1).map_or(self.start, |before| self.due(before));
        self.at(token).saturating_duration_since(before)
    }

    /// Whether a stall holds back token `token`, or the ending.
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

    /// One was sent at `now`; those missed meanwhile are not made up for.
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

    fn plan(tokens: u32, ending: Ending, stall_before: Option<u32>) -> Plan {
        Plan { ttft: 100 * MS, tokens, ending, stall_before }
    }

    fn pace(plan: &Plan) -> (Instant, Pace) {
        let start = Instant::now();
        (start, Pace::new(plan, start, 25 * MS, 1_000 * MS))
    }

    #[test]
    fn token_k_is_due_k_gaps_after_the_first() {
        let (start, pace) = pace(&plan(5, Ending::Done, None));
        let due: Vec<_> = (0..5).map(|k| pace.due(k) - start).collect();
        assert_eq!(due, [100 * MS, 125 * MS, 150 * MS, 175 * MS, 200 * MS]);
        assert_eq!(pace.end() - start, 200 * MS);
    }

    #[test]
    fn each_takes_what_lies_between_it_and_the_one_before() {
        let takes = |ending, stall| {
            let (_, pace) = pace(&plan(2, ending, stall));
            [pace.takes(0), pace.takes(1), pace.takes(2)]
        };
        assert_eq!(takes(Ending::Done, None), [100 * MS, 25 * MS, Duration::ZERO]);
        assert_eq!(takes(Ending::Error, None), [100 * MS, 25 * MS, 25 * MS]);
        assert_eq!(takes(Ending::Done, Some(1)), [100 * MS, 1_025 * MS, Duration::ZERO]);
    }

    #[test]
    fn a_late_poll_gets_everything_due_and_no_more() {
        let (start, pace) = pace(&plan(5, Ending::Done, None));
        assert_eq!(pace.ready(0, start + 99 * MS), 0..0);
        assert_eq!(pace.ready(0, start + 160 * MS), 0..3);
        assert_eq!(pace.ready(3, start + 3_000 * MS), 3..5);
    }

    #[test]
    fn a_stall_shifts_what_follows_it() {
        let (start, pace) = pace(&plan(4, Ending::Done, Some(2)));
        let due: Vec<_> = (0..4).map(|k| pace.due(k) - start).collect();
        assert_eq!(due, [100 * MS, 125 * MS, 1_150 * MS, 1_175 * MS]);
        assert_eq!(pace.silence(), Some(start + 125 * MS..start + 1_150 * MS));
        assert_eq!((pace.is_past_stall(2), pace.is_past_stall(3)), (false, true));
        let (start, single) = self::pace(&plan(1, Ending::Done, Some(1)));
        assert_eq!(single.end() - start, 1_125 * MS);
    }

    #[test]
    fn a_fault_in_the_middle_takes_the_place_of_a_token() {
        let (start, pace) = pace(&plan(2, Ending::Cut, None));
        assert_eq!(pace.end() - start, 150 * MS);
    }

    #[test]
    fn pings_keep_their_beat_but_not_in_a_silence() {
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
