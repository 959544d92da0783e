//! What all chat streams of a server share.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::plan::AnswerDistribution;
use super::prefix_cache::PrefixCache;
use super::slots::StreamSlots;
use crate::counters::ServerCounters;
use crate::limits::VirtualLimits;
use crate::settings::{BackendSettings, Newline};
use crate::store::{Message, Store, StoreError};

/// Store, counters, limits and settings of the chat.
#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) store: Store,
    pub(crate) counters: Arc<ServerCounters>,
    pub(crate) slots: StreamSlots,
    pub(crate) limits: VirtualLimits,
    /// How many there are; 0 is no limit.
    pub(crate) stream_slots: usize,
    /// Places in the batch; 0 where there is none.
    pub(crate) batch_slots: usize,
    pub(crate) lengths: AnswerDistribution,
    pub(crate) newline: Newline,
    pub(crate) ping: Duration,
    pub(crate) stall: Duration,
    pub(crate) leak_slot: bool,
    pub(crate) prefix_cache: Option<PrefixCache>,
    ids: MessageIds,
}

impl Chat {
    pub(crate) fn new(settings: &BackendSettings, store: Store, counters: Arc<ServerCounters>) -> Self {
        let limits = VirtualLimits::new(settings, Arc::clone(&counters.limits));
        Self {
            store,
            slots: StreamSlots::new(settings, &limits, Arc::clone(&counters.streams)),
            limits,
            counters,
            stream_slots: settings.stream_slots,
            batch_slots: settings.engine.batch_slots.unwrap_or(0),
            lengths: AnswerDistribution::new(settings),
            newline: settings.sse_newline,
            ping: settings.ping,
            stall: settings.stall,
            leak_slot: settings.leak_slot,
            prefix_cache: settings.prefix_cache.then(PrefixCache::default),
            ids: MessageIds::new(),
        }
    }

    /// A new message id.
    pub(crate) fn id(&self) -> Arc<str> {
        self.ids.next()
    }

    /// Stores one message of the conversation.
    pub(crate) async fn add(
        &self,
        thread: &str,
        id: Arc<str>,
        role: &'static str,
        content: Cow<'static, str>,
    ) -> Result<(), StoreError> {
        let message = Message { id, role: role.into(), content };
        self.store.add(thread, Arc::new(message)).await
    }
}

/// Ids of the messages that the chat itself writes: 33 characters. Two processes on
/// one database make the same ids with a chance of 2^-64.
#[derive(Debug)]
struct MessageIds {
    process: u64,
    next: AtomicU64,
}

impl MessageIds {
    fn new() -> Self {
        Self { process: rand::random(), next: AtomicU64::new(0) }
    }

    fn next(&self) -> Arc<str> {
        let number = self.next.fetch_add(1, Relaxed);
        format!("c{:016x}{number:016x}", self.process).into()
    }
}
