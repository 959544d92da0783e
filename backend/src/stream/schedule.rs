//! When each token of a stream is sent: its own deadlines, and the virtual queues
//! in front of it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::deadlines::Deadlines;
use crate::limits::{BatchPlace, ChunkThreads, DecodedToken, EventLoop, Pace, VirtualLimits};

/// What a stream does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NextAction {
    /// Send these tokens.
    Tokens(Range<u32>),
    /// All tokens are sent, and the ending is due.
    Ending,
    /// Nothing before this instant.
    Wait(Instant),
}

/// Sends the tokens of a stream one after the other, then its ending.
///
/// Without limits a token is sent when it is due. With chunk threads a token is
/// asked for when the one before was written, and occupies a thread for the time
/// between their deadlines. With an event loop a token enters the loop's queue when
/// it is due and the one before was written, and is written when the loop has
/// served it: a stream has at most one entry in the queue, so the loop serves the
/// streams in rounds. In a batch a token is made at the end of a step, and a stall holds it back.
#[derive(Debug)]
pub(crate) struct TokenSchedule {
    deadlines: Deadlines,
    threads: Option<Arc<ChunkThreads>>,
    event_loop: Option<Arc<EventLoop>>,
    pace: Option<Arc<Pace>>,
    place: Option<BatchPlace>,
    /// Time that the pace, or a stall in the batch, has added to the deadlines so far.
    late: Duration,
    next: u32,
    /// When the token before `next` was written; at first, when the slot was obtained.
    written: Instant,
    state: TokenState,
}

/// Where the next token is.
#[derive(Clone, Copy, Debug)]
enum TokenState {
    /// Not asked for yet.
    Unasked,
    /// Made at the instant.
    Making(Instant),
    /// Written at the instant.
    Writing(Instant),
}

impl TokenSchedule {
    /// For a stream that got its slot, or its place in the batch, at `start`.
    pub(crate) fn new(
        deadlines: Deadlines,
        start: Instant,
        limits: &VirtualLimits,
        place: Option<BatchPlace>,
    ) -> Self {
        Self {
            deadlines,
            threads: limits.threads.clone(),
            event_loop: limits.event_loop.clone(),
            pace: limits.pace.clone(),
            place,
            late: Duration::ZERO,
            next: 0,
            written: start,
            state: TokenState::Unasked,
        }
    }

    /// Its tokens are no events, as they are written together.
    pub(super) fn write_at_the_end(&mut self) {
        self.event_loop = None;
    }

    /// What to do at `now`. It may be called late: the limits compute with the
    /// instants at which things were due, not with `now`.
    pub(crate) fn next(&mut self, now: Instant) -> NextAction {
        if self.is_free() {
            return self.free(now);
        }
        loop {
            self.state = match self.state {
                TokenState::Unasked => match self.make(now) {
                    DecodedToken::At(due) => TokenState::Making(due),
                    DecodedToken::NotBefore(at) => return NextAction::Wait(at),
                },
                TokenState::Making(due) | TokenState::Writing(due) if due > now => {
                    return NextAction::Wait(due);
                }
                TokenState::Making(due) => TokenState::Writing(self.write(due)),
                TokenState::Writing(done) => return self.done(done),
            }
        }
    }

    /// Whether nothing but its own deadlines holds the stream back.
    fn is_free(&self) -> bool {
        self.threads.is_none() && self.event_loop.is_none() && self.pace.is_none() && self.place.is_none()
    }

    /// Tokens that are due together are sent together.
    fn free(&mut self, now: Instant) -> NextAction {
        let ready = self.deadlines.ready(self.next, now);
        if !ready.is_empty() {
            self.next = ready.end;
            return NextAction::Tokens(ready);
        }
        match self.deadlines.at(self.next) {
            due if due > now => NextAction::Wait(due),
            _ => NextAction::Ending,
        }
    }

    /// When the next token, or the ending, is made.
    fn make(&mut self, now: Instant) -> DecodedToken {
        if self.place.is_some() {
            return self.decode(now);
        }
        let takes = self.deadlines.production_time(self.next);
        let slower = self.slower(takes);
        self.late += slower;
        DecodedToken::At(match &self.threads {
            // An ending that follows the last token at once is no chunk.
            Some(threads) if !takes.is_zero() => threads.chunk(self.written, takes + slower),
            Some(_) => self.written,
            None => (self.deadlines.at(self.next) + self.late).max(self.written),
        })
    }

    /// When the batch has made the next token, or the ending that takes a token's place.
    fn decode(&mut self, now: Instant) -> DecodedToken {
        let token = match &self.place {
            Some(place) if self.next < self.deadlines.sequence() => place.token(now),
            _ => DecodedToken::At(self.written),
        };
        let DecodedToken::At(made) = token else { return token };
        self.late += self.deadlines.stall_before(self.next);
        // The plain ending follows the last token, which is late already.
        let late = if self.next < self.deadlines.sequence() {
            self.late
        } else {
            self.deadlines.stall_before(self.next)
        };
        DecodedToken::At((made + late).max(self.written))
    }

    /// Time that the pace adds to the next token; the endings are no work.
    fn slower(&self, takes: Duration) -> Duration {
        match &self.pace {
            Some(pace) if self.next < self.deadlines.tokens() => {
                pace.extra(self.written, takes.saturating_sub(self.deadlines.stall_before(self.next)))
            }
            _ => Duration::ZERO,
        }
    }

    /// When a token that is made at `due` is written; the ending does not wait here.
    fn write(&self, due: Instant) -> Instant {
        match &self.event_loop {
            Some(event_loop) if self.next < self.deadlines.tokens() => event_loop.turn(due),
            _ => due,
        }
    }

    fn done(&mut self, written: Instant) -> NextAction {
        if self.next == self.deadlines.tokens() {
            return NextAction::Ending;
        }
        let token = self.next;
        (self.next, self.written, self.state) = (token + 1, written, TokenState::Unasked);
        NextAction::Tokens(token..token + 1)
    }

    /// Whether these tokens are the first after the stall.
    pub(crate) fn passes_stall(&self, sent: &Range<u32>) -> bool {
        self.deadlines.is_past_stall(sent.end) && !self.deadlines.is_past_stall(sent.start)
    }

    /// The span of the stall, as far as it is known, in which no ping is sent.
    pub(crate) fn silence(&self) -> Option<Range<Instant>> {
        match self.state {
            TokenState::Making(due) if self.deadlines.stalls_before(self.next) => Some(self.written..due),
            TokenState::Unasked if self.place.is_none() => self.deadlines.silence(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::BackendSettings;
    use crate::stream::plan::{AnswerEnding, AnswerPlan};

    const MS: Duration = Duration::from_millis(1);

    fn limits(threads: Option<usize>, event_cpu: Option<Duration>) -> VirtualLimits {
        let mut settings = BackendSettings::default();
        settings.limits.threads_per_chunk = threads;
        settings.limits.event_cpu = event_cpu;
        VirtualLimits::new(&settings, Arc::default())
    }

    /// Sends `count` streams of `tokens` tokens through `limits` in virtual time,
    /// all from one instant; when each token left, in µs, by stream.
    fn run(limits: &VirtualLimits, count: usize, tokens: u32, ending: AnswerEnding) -> Vec<Vec<u128>> {
        let start = Instant::now();
        let plan =
            AnswerPlan { ttft: 100 * MS, tokens, ending, stall_before: None, gap: 10 * MS, whole: false };
        let deadlines = || Deadlines::new(&plan, start, Duration::ZERO);
        let mut streams: Vec<_> = (0..count)
            .map(|_| (TokenSchedule::new(deadlines(), start, limits, None), start, Vec::new(), false))
            .collect();
        // Always the one whose timer fires next, as a runtime does.
        while let Some((schedule, now, left, over)) =
            streams.iter_mut().filter(|stream| !stream.3).min_by_key(|stream| stream.1)
        {
            match schedule.next(*now) {
                NextAction::Wait(at) => *now = at,
                NextAction::Tokens(sent) => left.extend(sent.map(|_| (*now - start).as_micros())),
                NextAction::Ending => *over = true,
            }
        }
        streams.into_iter().map(|stream| stream.2).collect()
    }

    #[test]
    fn threads_to_spare_change_nothing() {
        let free = run(&limits(None, None), 4, 5, AnswerEnding::Done);
        assert_eq!(free[3], [100_000, 110_000, 120_000, 130_000, 140_000]);
        assert_eq!(run(&limits(Some(4), None), 4, 5, AnswerEnding::Done), free);
    }

    /// Twice as many streams as threads: all have their first token after at most
    /// two first-token times, then gaps are twice as long.
    #[test]
    fn beyond_the_threads_every_gap_grows_and_the_chunk_rate_stays() {
        let left = run(&limits(Some(2), None), 4, 101, AnswerEnding::Done);
        let last = left.iter().map(|stream| stream[100]).max();
        // 4 × 100 ms of first tokens and 400 gaps of 10 ms, on two threads.
        assert_eq!(last, Some(200_000 + 2_000_000));
        for stream in &left {
            let gaps: Vec<u128> = stream.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let steady = &gaps[20..80];
            assert!(steady.iter().all(|&gap| gap == 20_000), "{steady:?}");
        }
    }

    #[test]
    fn an_event_loop_serves_streams_in_rounds() {
        let cost = Duration::from_millis(4);
        let limits = limits(None, Some(cost));
        let left = run(&limits, 5, 50, AnswerEnding::Done);
        // Five streams of an event each 10 ms want 500/s of 250/s: a round takes 20 ms.
        for stream in &left {
            let gaps: Vec<u128> = stream.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(gaps.iter().all(|&gap| gap == 20_000), "{gaps:?}");
        }
        let last = left.iter().flatten().max().copied();
        assert_eq!(last, Some(100_000 + 250 * 4_000));
    }

    #[test]
    fn an_idle_loop_delays_each_event_by_its_cost_and_no_more() {
        let left = run(&limits(None, Some(MS)), 1, 4, AnswerEnding::Done);
        assert_eq!(left[0], [101_000, 111_000, 121_000, 131_000]);
    }

    #[test]
    fn an_ending_in_a_tokens_place_is_a_chunk_and_a_plain_one_is_not() {
        for (ending, expected) in [(AnswerEnding::Done, 3), (AnswerEnding::Error, 4)] {
            let limits = limits(Some(1), None);
            run(&limits, 1, 3, ending);
            assert_eq!(limits.counts().chunks, expected);
        }
    }

    /// Gap and first token grow by what each stream beyond the slots adds.
    #[test]
    fn a_crowd_makes_every_chunk_longer() {
        let mut settings = BackendSettings { stream_slots: 3, ..BackendSettings::default() };
        settings.engine.collapse = Some(2 * MS);
        let limits = VirtualLimits::new(&settings, Arc::default());
        let seats: Vec<_> = (0..8).map(|_| limits.seats.take().unwrap()).collect();
        let left = run(&limits, 3, 4, AnswerEnding::Done);
        assert_eq!(left[2], [110_000, 130_000, 150_000, 170_000]);
        drop(seats);
        assert_eq!(run(&limits, 1, 4, AnswerEnding::Done)[0], [100_000, 110_000, 120_000, 130_000]);
    }

    #[test]
    fn chunks_begun_in_the_warm_up_take_three_times_as_long() {
        let mut settings = BackendSettings::default();
        settings.engine.warm_up = Some(315 * MS);
        let limits = VirtualLimits::new(&settings, Arc::default());
        limits.begin(Instant::now());
        assert_eq!(run(&limits, 1, 4, AnswerEnding::Done)[0], [300_000, 330_000, 340_000, 350_000]);
    }

    #[test]
    fn a_late_look_does_not_delay_what_follows() {
        let limits = limits(Some(1), None);
        let start = Instant::now();
        let plan = AnswerPlan {
            ttft: 100 * MS,
            tokens: 3,
            ending: AnswerEnding::Done,
            stall_before: None,
            gap: 10 * MS,
            whole: false,
        };
        let mut schedule =
            TokenSchedule::new(Deadlines::new(&plan, start, Duration::ZERO), start, &limits, None);
        assert_eq!(schedule.next(start), NextAction::Wait(start + 100 * MS));
        assert_eq!(schedule.next(start + 109 * MS), NextAction::Tokens(0..1));
        assert_eq!(schedule.next(start + 109 * MS), NextAction::Wait(start + 110 * MS));
    }
}
