//! The slots in which streams produce.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::counters::{Producing, StreamCounters};

/// A fixed number of slots, handed out in the order of asking.
#[derive(Clone, Debug)]
pub(crate) struct StreamSlots {
    /// `None` is no limit.
    semaphore: Option<Arc<Semaphore>>,
    streams: Arc<StreamCounters>,
}

impl StreamSlots {
    /// `count` slots; 0 is no limit.
    pub(crate) fn new(count: usize, streams: Arc<StreamCounters>) -> Self {
        let semaphore = (count > 0).then(|| Arc::new(Semaphore::new(count)));
        Self { semaphore, streams }
    }

    /// Waits for a slot; giving up the wait gives up the place in the queue.
    pub(crate) async fn obtain(self) -> StreamSlot {
        let permit = match self.semaphore {
            // The semaphore is never closed, so there is a permit to be had.
            Some(semaphore) => semaphore.acquire_owned().await.ok(),
            None => None,
        };
        StreamSlot { _producing: self.streams.produce(), _permit: permit }
    }
}

/// A slot, free again when dropped. The gauge is first, hence lowered first, so
/// that it never shows more streams than there are slots.
#[derive(Debug)]
pub(crate) struct StreamSlot {
    _producing: Producing,
    _permit: Option<OwnedSemaphorePermit>,
}
