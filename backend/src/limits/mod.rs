//! Virtual bottlenecks with known truth: what a load is to find.
//!
//! None of them burns anything. Each is arithmetic on instants, and whoever has
//! to wait sleeps until the instant that the arithmetic gives. A wait that a
//! timer ends late is not waited for again by those behind it, so a limit holds
//! to the microsecond in the long run however coarse the timers are.

mod connections;
mod flags;
mod queue;
mod rate;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

pub(crate) use connections::{Connection, Connections};
pub use flags::LimitFlags;
pub use rate::RateLimit;

use crate::counters::LimitTally;
use crate::settings::Settings;
use queue::Queue;
use rate::Bucket;

/// The limits of one server other than its slots.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) threads: Option<Arc<ChunkThreads>>,
    pub(crate) event_loop: Option<Arc<EventLoop>>,
    pub(crate) rate: Option<Bucket>,
    pub(crate) buffer_proxy: bool,
    tally: Arc<LimitTally>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings, tally: Arc<LimitTally>) -> Self {
        let flags = &settings.limits;
        let now = Instant::now();
        Self {
            threads: flags.threads_per_chunk.map(|count| {
                Arc::new(ChunkThreads { queue: Queue::new(count, now), tally: Arc::clone(&tally) })
            }),
            event_loop: flags.event_cpu.map(|cost| {
                Arc::new(EventLoop { queue: Queue::new(1, now), cost, tally: Arc::clone(&tally) })
            }),
            rate: flags.rate_limit.map(|limit| Bucket::new(limit, now)),
            buffer_proxy: flags.buffer_proxy,
            tally,
        }
    }

    /// What was counted, for tests.
    #[cfg(test)]
    pub(crate) fn tally(&self) -> crate::counts::LimitCounts {
        self.tally.snapshot()
    }

    /// Admits the start of a stream, or says when the next one will be.
    ///
    /// # Errors
    /// The time until a stream is admitted again.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let Some(bucket) = &self.rate else { return Ok(()) };
        bucket.admit(now).inspect_err(|_| self.tally.rate_limited())
    }

    /// Lets a request that came at `received` have its turn on the event loop.
    pub(crate) async fn handle(&self, received: Instant) {
        if let Some(event_loop) = &self.event_loop {
            sleep_until(event_loop.turn(received)).await;
        }
    }
}

/// The threads on which a synchronous generator is asked for its next chunk
/// (Starlette's `StreamingResponse`, whose AnyIO limiter has 40): each chunk
/// occupies one of them for as long as it takes to come.
#[derive(Debug)]
pub(crate) struct ChunkThreads {
    queue: Queue,
    tally: Arc<LimitTally>,
}

impl ChunkThreads {
    /// When a chunk is ready that is asked for at `asked` and takes `takes` to come.
    pub(crate) fn chunk(&self, asked: Instant, takes: Duration) -> Instant {
        let turn = self.queue.take(asked, takes);
        self.tally.chunk(turn.waiting);
        turn.end
    }
}

/// The one processor of an event loop: every request handled and every event
/// written occupies it for the same time.
#[derive(Debug)]
pub(crate) struct EventLoop {
    queue: Queue,
    cost: Duration,
    tally: Arc<LimitTally>,
}

impl EventLoop {
    /// When the work is done that is there from `ready` on.
    pub(crate) fn turn(&self, ready: Instant) -> Instant {
        let turn = self.queue.take(ready, self.cost);
        self.tally.turn(turn.waiting);
        turn.end
    }
}
