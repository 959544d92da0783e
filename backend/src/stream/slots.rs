//! The slots in which streams produce, and what stands in front of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};

use crate::counters::{Producing, StreamCounters};
use crate::limits::{Batch, BatchPlace, Pacer, Seats, VirtualLimits};
use crate::settings::BackendSettings;

/// A fixed number of slots, or a batch, handed out in the order of asking.
#[derive(Clone, Debug)]
pub(crate) struct StreamSlots(Arc<SlotQueue>);

#[derive(Debug)]
struct SlotQueue {
    pacer: Option<Pacer>,
    wait: Option<Duration>,
    batch: Option<Arc<Batch>>,
    /// `None` is no limit.
    semaphore: Option<Arc<Semaphore>>,
    scale_out: Option<ScaleOut>,
    streams: Arc<StreamCounters>,
}

impl StreamSlots {
    pub(crate) fn new(
        settings: &BackendSettings,
        limits: &VirtualLimits,
        streams: Arc<StreamCounters>,
    ) -> Self {
        let (count, admission) = (settings.stream_slots, &settings.admission);
        let (warm_up, counters) = (limits.warm_up.clone(), Arc::clone(&limits.counters));
        let seats = Arc::clone(&limits.seats);
        Self(Arc::new(SlotQueue {
            pacer: admission.admission_rate.map(|rate| Pacer::new(rate, Instant::now())),
            wait: admission.slot_wait,
            batch: Batch::new(&settings.engine, warm_up, counters, Arc::clone(&streams)),
            semaphore: (count > 0).then(|| Arc::new(Semaphore::new(count))),
            scale_out: admission.scale_out.map(|after| ScaleOut {
                after,
                count,
                seats,
                begun: AtomicBool::new(false),
            }),
            streams,
        }))
    }

    /// Waits for a slot, or for a place in the batch for a sequence of `tokens` tokens, of whose prompt
    /// the share `uncached` is to be read; giving up the wait gives up the place in the queue.
    pub(crate) async fn obtain(self, tokens: u32, uncached: f64) -> StreamSlot {
        let queue = &self.0;
        if let Some(pacer) = &queue.pacer {
            sleep_until(pacer.turn(Instant::now())).await;
        }
        if let Some(wait) = queue.wait {
            sleep(wait).await;
        }
        if let Some(batch) = &queue.batch {
            // The batch counts those that it runs.
            return StreamSlot {
                _producing: None,
                _permit: None,
                place: Some(batch.join(tokens, uncached).await),
            };
        }
        let permit = match &queue.semaphore {
            Some(semaphore) => {
                if let Some(scale_out) = &queue.scale_out {
                    scale_out.look(semaphore);
                }
                // The semaphore is never closed, so there is a permit to be had.
                Arc::clone(semaphore).acquire_owned().await.ok()
            }
            None => None,
        };
        StreamSlot { _producing: Some(queue.streams.produce()), _permit: permit, place: None }
    }
}

/// Doubles the slots once, some time after a stream first had to wait.
#[derive(Debug)]
struct ScaleOut {
    after: Duration,
    count: usize,
    seats: Arc<Seats>,
    begun: AtomicBool,
}

impl ScaleOut {
    /// A stream is about to ask `semaphore` for a slot.
    fn look(&self, semaphore: &Arc<Semaphore>) {
        if semaphore.available_permits() > 0 || self.begun.swap(true, SeqCst) {
            return;
        }
        let (semaphore, seats) = (Arc::clone(semaphore), Arc::clone(&self.seats));
        let (after, count) = (self.after, self.count);
        tokio::spawn(async move {
            sleep(after).await;
            seats.add_slots(count);
            semaphore.add_permits(count);
        });
    }
}

/// A slot, free again when dropped. The gauge is first, hence lowered first, so
/// that it never shows more streams than there are slots.
#[derive(Debug)]
pub(crate) struct StreamSlot {
    _producing: Option<Producing>,
    _permit: Option<OwnedSemaphorePermit>,
    /// Of a stream in a batch, for its schedule to take.
    pub(super) place: Option<BatchPlace>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// When each of `streams` that ask at once, and hold their slots for `hold`, has one, in ms.
    async fn obtained(
        change: impl FnOnce(&mut BackendSettings),
        streams: usize,
        hold: Duration,
    ) -> Vec<u128> {
        let mut settings = BackendSettings { stream_slots: 2, ..BackendSettings::default() };
        change(&mut settings);
        let slots =
            StreamSlots::new(&settings, &VirtualLimits::new(&settings, Arc::default()), Arc::default());
        let start = Instant::now();
        let mut asking = Vec::new();
        for _ in 0..streams {
            let slots = slots.clone();
            asking.push(tokio::spawn(async move {
                let _slot = slots.obtain(1, 1.0).await;
                let at = start.elapsed().as_millis();
                sleep(hold).await;
                at
            }));
        }
        let mut at = Vec::new();
        for stream in asking {
            at.push(stream.await.unwrap());
        }
        at
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_lets_one_through_at_a_time_whatever_completes() {
        let rate = |s: &mut BackendSettings| {
            (s.stream_slots, s.admission.admission_rate) = (0, "10/s".parse().ok());
        };
        assert_eq!(obtained(rate, 5, MS).await, [0, 100, 200, 300, 400]);
        assert_eq!(obtained(rate, 5, 10_000 * MS).await, [0, 100, 200, 300, 400]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_comes_before_the_slot_and_does_not_hold_it() {
        let wait = |s: &mut BackendSettings| s.admission.slot_wait = Some(50 * MS);
        assert_eq!(obtained(wait, 5, 100 * MS).await, [50, 50, 150, 150, 250]);
    }

    #[tokio::test(start_paused = true)]
    async fn slots_double_once_after_the_lag() {
        let lag = |s: &mut BackendSettings| s.admission.scale_out = Some(250 * MS);
        let at = obtained(lag, 16, 100 * MS).await;
        // Two each 100 ms, two more at 250 ms, and from there on four.
        assert_eq!(at, [0, 0, 100, 100, 200, 200, 250, 250, 300, 300, 350, 350, 400, 400, 450, 450]);
        assert_eq!(obtained(lag, 2, 900 * MS).await, [0, 0]);
    }
}
