//! Virtual bottlenecks whose true size is known, for a load test to find.
//!
//! None of them uses any resource. Each is arithmetic on instants, and a task that
//! has to wait sleeps until the instant that results. If a timer is late, that
//! does not delay the tasks behind it, so in the long run a limit is exact to the
//! microsecond however coarse the timers are.

mod batch;
mod pace;
mod pacer;
mod queue;
mod seats;
mod token_bucket;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::counters::LimitCounters;
use crate::settings::BackendSettings;
pub(crate) use batch::{Batch, BatchPlace, DecodedToken};
pub(crate) use pace::{Pace, WarmUp};
pub(crate) use pacer::Pacer;
use queue::Queue;
pub(crate) use seats::{Seat, SeatRefusal, Seats};
use token_bucket::TokenBucket;

/// The limits of one server other than its slots.
#[derive(Debug)]
pub(crate) struct VirtualLimits {
    pub(crate) threads: Option<Arc<ChunkThreads>>,
    pub(crate) event_loop: Option<Arc<EventLoop>>,
    pub(crate) rate: Option<TokenBucket>,
    pub(crate) buffer_proxy: bool,
    pub(crate) seats: Arc<Seats>,
    pub(crate) warm_up: Option<Arc<WarmUp>>,
    pub(crate) pace: Option<Arc<Pace>>,
    pub(crate) counters: Arc<LimitCounters>,
}

impl VirtualLimits {
    pub(crate) fn new(settings: &BackendSettings, counters: Arc<LimitCounters>) -> Self {
        let flags = &settings.limits;
        let now = Instant::now();
        let seats = Arc::new(Seats::new(settings, Arc::clone(&counters)));
        let warm_up = settings.engine.warm_up.map(|lasts| Arc::new(WarmUp::new(lasts)));
        let collapse = settings.engine.collapse.unwrap_or_default();
        let pace = Pace { collapse, seats: Arc::clone(&seats), warm_up: warm_up.clone() };
        Self {
            threads: flags.threads_per_chunk.map(|count| {
                Arc::new(ChunkThreads { queue: Queue::new(count, now), counters: Arc::clone(&counters) })
            }),
            event_loop: flags.event_cpu.map(|cost| {
                Arc::new(EventLoop { queue: Queue::new(1, now), cost, counters: Arc::clone(&counters) })
            }),
            rate: flags.rate_limit.map(|limit| TokenBucket::new(limit, now)),
            buffer_proxy: flags.buffer_proxy,
            pace: (warm_up.is_some() || !collapse.is_zero()).then(|| Arc::new(pace)),
            warm_up,
            seats,
            counters,
        }
    }

    #[cfg(test)]
    pub(crate) fn counts(&self) -> crate::counts::LimitCounts {
        self.counters.snapshot()
    }

    /// Admits the start of a stream.
    ///
    /// # Errors
    /// The time until a stream is admitted again.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let Some(bucket) = &self.rate else { return Ok(()) };
        bucket.admit(now).inspect_err(|_| self.counters.rate_limited())
    }

    /// A stream is asked for at `now`; the first one finds a cold engine.
    pub(crate) fn begin(&self, now: Instant) {
        if let Some(warm_up) = &self.warm_up {
            warm_up.begin(now);
        }
    }

    /// Waits until the event loop has handled a request that came at `received`.
    pub(crate) async fn wait_for_event_loop(&self, received: Instant) {
        if let Some(event_loop) = &self.event_loop {
            sleep_until(event_loop.turn(received)).await;
        }
    }
}

/// The threads that run a synchronous generator (Starlette's `StreamingResponse`,
/// where AnyIO allows 40): each chunk occupies one of them while it is produced.
#[derive(Debug)]
pub(crate) struct ChunkThreads {
    queue: Queue,
    counters: Arc<LimitCounters>,
}

impl ChunkThreads {
    /// When a chunk is ready that is asked for at `asked` and takes `length` to produce.
    pub(crate) fn chunk(&self, asked: Instant, length: Duration) -> Instant {
        let turn = self.queue.take(asked, length);
        self.counters.chunk(turn.waiting);
        turn.end
    }
}

/// The single thread of an event loop: every request handled and every event
/// written occupies it for the same time.
#[derive(Debug)]
pub(crate) struct EventLoop {
    queue: Queue,
    cost: Duration,
    counters: Arc<LimitCounters>,
}

impl EventLoop {
    /// When work is done that is ready at `ready`.
    pub(crate) fn turn(&self, ready: Instant) -> Instant {
        let turn = self.queue.take(ready, self.cost);
        self.counters.loop_turn(turn.waiting);
        turn.end
    }
}
