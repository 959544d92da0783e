//! When each token of a stream leaves: its own pace, and the virtual queues on
//! its way.

use std::ops::Range;
use std::sync::Arc;

use tokio::time::Instant;

use super::pace::Pace;
use crate::limits::{ChunkThreads, EventLoop, Limits};

/// What a stream is to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send these tokens.
    Tokens(Range<u32>),
    /// All tokens are sent, and the ending is due.
    Ending,
    /// Nothing before this instant.
    Wait(Instant),
}

/// The way of a stream's tokens, one by one and then the ending.
///
/// Without limits a token leaves when it is due. On chunk threads it is asked
/// for when the one before was written, and occupies a thread for the time that
/// lies between the two in the pace. On the event loop it is written when its
/// turn is over, which it takes when it is due and the one before was written:
/// a stream has one turn in the queue at a time, so the loop serves streams in
/// rounds.
#[derive(Debug)]
pub(crate) struct Course {
    pace: Pace,
    threads: Option<Arc<ChunkThreads>>,
    event_loop: Option<Arc<EventLoop>>,
    next: u32,
    /// When the token before `next` was written; at first, when the slot was obtained.
    written: Instant,
    stage: Stage,
}

/// Where the next token is.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Not asked for yet.
    Unasked,
    /// Made at the instant.
    Making(Instant),
    /// Written at the instant.
    Writing(Instant),
}

impl Course {
    /// The course of a stream that got its slot at `start`.
    pub(crate) fn new(pace: Pace, start: Instant, limits: &Limits) -> Self {
        Self {
            pace,
            threads: limits.threads.clone(),
            event_loop: limits.event_loop.clone(),
            next: 0,
            written: start,
            stage: Stage::Unasked,
        }
    }

    /// What is to be done at `now`. Called late, it catches up: limits reckon with
    /// the instants at which things were due, not with those at which they were
    /// looked at.
    pub(crate) fn next(&mut self, now: Instant) -> Next {
        if self.threads.is_none() && self.event_loop.is_none() {
            return self.free(now);
        }
        loop {
            self.stage = match self.stage {
                Stage::Unasked => Stage::Making(self.make()),
                Stage::Making(due) | Stage::Writing(due) if due > now => return Next::Wait(due),
                Stage::Making(due) => Stage::Writing(self.write(due)),
                Stage::Writing(done) => return self.done(done),
            }
        }
    }

    /// Tokens that are due together leave together.
    fn free(&mut self, now: Instant) -> Next {
        let ready = self.pace.ready(self.next, now);
        if !ready.is_empty() {
            self.next = ready.end;
            return Next::Tokens(ready);
        }
        match self.pace.at(self.next) {
            due if due > now => Next::Wait(due),
            _ => Next::Ending,
        }
    }

    /// When the next token, or the ending, is made.
    fn make(&self) -> Instant {
        let takes = self.pace.takes(self.next);
        match &self.threads {
            // An ending that follows the last token at once is no chunk.
            Some(threads) if !takes.is_zero() => threads.chunk(self.written, takes),
            Some(_) => self.written,
            None => self.pace.at(self.next).max(self.written),
        }
    }

    /// When a token that is made at `due` is written; the ending has no turn here.
    fn write(&self, due: Instant) -> Instant {
        match &self.event_loop {
            Some(event_loop) if self.next < self.pace.tokens() => event_loop.turn(due),
            _ => due,
        }
    }

    fn done(&mut self, written: Instant) -> Next {
        if self.next == self.pace.tokens() {
            return Next::Ending;
        }
        let token = self.next;
        (self.next, self.written, self.stage) = (token + 1, written, Stage::Unasked);
        Next::Tokens(token..token + 1)
    }

    /// Whether these tokens are the first after the stall.
    pub(crate) fn passes_stall(&self, sent: &Range<u32>) -> bool {
        self.pace.is_past_stall(sent.end) && !self.pace.is_past_stall(sent.start)
    }

    /// The span of the stall, as far as it is known, in which no ping is sent.
    pub(crate) fn silence(&self) -> Option<Range<Instant>> {
        match self.stage {
            Stage::Making(due) if self.pace.stalls_before(self.next) => Some(self.written..due),
            Stage::Unasked => self.pace.silence(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::settings::Settings;
    use crate::stream::plan::{Ending, Plan};

    const MS: Duration = Duration::from_millis(1);

    fn limits(threads: Option<usize>, event_cpu: Option<Duration>) -> Limits {
        let mut settings = Settings::default();
        settings.limits.threads_per_chunk = threads;
        settings.limits.event_cpu = event_cpu;
        Limits::new(&settings, Arc::default())
    }

    /// Sends `count` streams of `tokens` tokens through `limits` in virtual time,
    /// all from one instant; when each token left, in µs, by stream.
    fn run(limits: &Limits, count: usize, tokens: u32, ending: Ending) -> Vec<Vec<u128>> {
        let start = Instant::now();
        let plan = Plan { ttft: 100 * MS, tokens, ending, stall_before: None };
        let pace = || Pace::new(&plan, start, 10 * MS, Duration::ZERO);
        let mut streams: Vec<_> =
            (0..count).map(|_| (Course::new(pace(), start, limits), start, Vec::new(), false)).collect();
        // Always the one whose alarm rings next, as a runtime does.
        while let Some((course, now, left, over)) =
            streams.iter_mut().filter(|stream| !stream.3).min_by_key(|stream| stream.1)
        {
            match course.next(*now) {
                Next::Wait(at) => *now = at,
                Next::Tokens(sent) => left.extend(sent.map(|_| (*now - start).as_micros())),
                Next::Ending => *over = true,
            }
        }
        streams.into_iter().map(|stream| stream.2).collect()
    }

    #[test]
    fn threads_to_spare_change_nothing() {
        let free = run(&limits(None, None), 4, 5, Ending::Done);
        assert_eq!(free[3], [100_000, 110_000, 120_000, 130_000, 140_000]);
        assert_eq!(run(&limits(Some(4), None), 4, 5, Ending::Done), free);
    }

    /// Twice as many streams as threads: all have their first token after at most
    /// two first-token times, then gaps are twice as long.
    #[test]
    fn beyond_the_threads_every_gap_grows_and_the_chunk_rate_stays() {
        let left = run(&limits(Some(2), None), 4, 101, Ending::Done);
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
        let left = run(&limits, 5, 50, Ending::Done);
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
        let left = run(&limits(None, Some(MS)), 1, 4, Ending::Done);
        assert_eq!(left[0], [101_000, 111_000, 121_000, 131_000]);
    }

    #[test]
    fn an_ending_in_a_tokens_place_is_a_chunk_and_a_plain_one_is_not() {
        for (ending, expected) in [(Ending::Done, 3), (Ending::Error, 4)] {
            let limits = limits(Some(1), None);
            run(&limits, 1, 3, ending);
            assert_eq!(limits.tally().chunks, expected);
        }
    }

    #[test]
    fn a_late_look_does_not_delay_what_follows() {
        let limits = limits(Some(1), None);
        let start = Instant::now();
        let plan = Plan { ttft: 100 * MS, tokens: 3, ending: Ending::Done, stall_before: None };
        let mut course = Course::new(Pace::new(&plan, start, 10 * MS, Duration::ZERO), start, &limits);
        assert_eq!(course.next(start), Next::Wait(start + 100 * MS));
        assert_eq!(course.next(start + 109 * MS), Next::Tokens(0..1));
        assert_eq!(course.next(start + 109 * MS), Next::Wait(start + 110 * MS));
    }
}
