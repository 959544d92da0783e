//! What the canary asks for: the same piece of work from the run's beginning to its end.
//!
//! A list of all threads grows with the users; a thread of the canary's own, with one message, does not.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use common::api::Operation;
use common::plan::Plan;
use worker::http::Exchange;
use worker::user::Visitor;

/// One request that can be made again and again, several times at once.
pub(crate) struct ProbeCall {
    first: Visitor,
    /// Those whose answers have come; more come along where none is idle.
    idle: Mutex<Vec<Visitor>>,
    /// Whether it asks for the messages of a thread that was made for it.
    has_thread: bool,
}

impl ProbeCall {
    /// The API's `[probe]`; without one, the messages of a thread that is made now. Where there is no thread to be
    /// had, the list of threads.
    pub(crate) async fn prepare(mut first: Visitor, plan: &Plan, patience: Duration) -> ProbeCall {
        let api = &plan.api;
        let wants_thread = api.probe.is_none() && !api.create_thread.skip && !api.list_messages.skip;
        let has_thread = wants_thread && first.create_thread(patience).await;
        if wants_thread && !has_thread {
            tracing::info!("the canary has no thread of its own; it asks for the list of threads");
        }
        ProbeCall { first, idle: Mutex::default(), has_thread }
    }

    /// Makes the request once more, and says how long its whole answer took; `None` without one, or for a failure.
    pub(crate) async fn latency(&self, patience: Duration) -> Option<Duration> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut visitor = waiting.unwrap_or_else(|| self.first.twin());
        let exchange = match self.has_thread {
            true => visitor.call(Operation::ListMessages, patience).await,
            false => visitor.probe(patience).await,
        };
        idle().push(visitor);
        exchange.filter(|exchange| exchange.outcome.is_ok()).map(|exchange| exchange.time().seen)
    }

    /// Removes what was made for it.
    pub(crate) async fn clean_up(&self, patience: Duration) {
        if self.has_thread
            && let Some(Exchange { outcome: Err(error), .. }) =
                self.first.twin().call(Operation::DeleteThread, patience).await
        {
            tracing::debug!("the canary's thread stays: {error}");
        }
    }
}
