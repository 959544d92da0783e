//! Streams that are open at the same time on one core.

use std::time::{Duration, Instant};

use common::stats::{Concurrency, LOOKS};

/// Time between two samples: intervals are whole seconds.
const EVERY: Duration = Duration::from_millis(1000 / LOOKS as u64);

/// How many streams are open now, and how many were at each sample of the interval so far.
#[derive(Debug)]
pub(super) struct OpenStreams {
    open: u32,
    producing: u32,
    /// Start of the interval.
    from: Instant,
    seen: Concurrency,
    looks: usize,
}

impl OpenStreams {
    pub(super) fn new(from: Instant) -> OpenStreams {
        OpenStreams { open: 0, producing: 0, from, seen: Concurrency::default(), looks: 0 }
    }

    pub(super) fn begin(&mut self) {
        self.open += 1;
    }

    /// The first visible text of a stream has come.
    pub(super) fn first_text(&mut self) {
        self.producing += 1;
    }

    /// A stream has ended, with or without text.
    pub(super) fn end(&mut self, had_text: bool) {
        self.open -= 1;
        self.producing -= u32::from(had_text);
    }

    /// Takes every sample that is due at `now`. A late sample counts the streams that are open then.
    pub(super) fn look(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.from).as_micros() / EVERY.as_micros();
        self.take(usize::try_from(passed).unwrap_or(LOOKS).min(LOOKS));
    }

    /// Ends the interval at `now`.
    pub(super) fn drain(&mut self, now: Instant) -> Concurrency {
        self.take(LOOKS);
        (self.from, self.looks) = (now, 0);
        std::mem::take(&mut self.seen)
    }

    fn take(&mut self, looks: usize) {
        for look in self.looks..looks {
            self.seen.open[look] = self.open;
            self.seen.producing[look] = self.producing;
        }
        self.looks = self.looks.max(looks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_look_sees_what_there_is_then() {
        let zero = Instant::now();
        let at = |ms| zero + Duration::from_millis(ms);
        let mut streams = OpenStreams::new(zero);
        streams.begin();
        streams.look(at(210));
        streams.first_text();
        streams.begin();
        streams.look(at(299));
        streams.look(at(350));
        streams.end(true);
        let seen = streams.drain(at(1000));
        assert_eq!(seen.open, [1, 1, 2, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(seen.producing, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(streams.drain(at(2000)).open, [1; LOOKS], "the next interval goes on with what is open");
    }
}
