//! What makes chunks slower as the load grows, or while the engine is cold.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use super::seats::Seats;

/// A cold engine takes its time once, and this many times more on top.
const COLD_EXTRA: u32 = 2;

/// The time that follows the first stream, in which everything takes three times as long.
#[derive(Debug)]
pub(crate) struct WarmUp {
    lasts: Duration,
    first: OnceLock<Instant>,
}

impl WarmUp {
    pub(crate) fn new(lasts: Duration) -> Self {
        Self { lasts, first: OnceLock::new() }
    }

    /// A stream is asked for; the first one begins the warm-up.
    pub(crate) fn begin(&self, now: Instant) {
        self.first.get_or_init(|| now);
    }

    /// Time by which work is longer that begins at `begin` and takes `length` in a warm engine.
    pub(crate) fn extra(&self, begin: Instant, length: Duration) -> Duration {
        match self.first.get() {
            Some(first) if begin < *first + self.lasts => length * COLD_EXTRA,
            _ => Duration::ZERO,
        }
    }
}

/// Makes the chunks of every stream longer.
#[derive(Debug)]
pub(crate) struct Pace {
    pub(super) collapse: Duration,
    pub(super) seats: Arc<Seats>,
    pub(super) warm_up: Option<Arc<WarmUp>>,
}

impl Pace {
    /// Time by which a chunk is longer that is begun at `begin` and takes `length` alone.
    pub(crate) fn extra(&self, begin: Instant, length: Duration) -> Duration {
        let crowd = u32::try_from(self.seats.beyond_slots()).unwrap_or(u32::MAX);
        let cold = self.warm_up.as_ref().map_or(Duration::ZERO, |warm_up| warm_up.extra(begin, length));
        // Each factor has a range; a million streams at 10 s each are far from overflow.
        self.collapse * crowd + cold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cold_engine_takes_three_times_as_long_until_it_is_warm() {
        let (start, ms) = (Instant::now(), Duration::from_millis(1));
        let warm_up = WarmUp::new(100 * ms);
        assert_eq!(warm_up.extra(start, 5 * ms), Duration::ZERO);
        warm_up.begin(start + 10 * ms);
        warm_up.begin(start + 50 * ms);
        assert_eq!(warm_up.extra(start + 109 * ms, 5 * ms), 10 * ms);
        assert_eq!(warm_up.extra(start + 110 * ms, 5 * ms), Duration::ZERO);
    }
}
