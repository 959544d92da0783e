//! How a core stops one of its users.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

/// How urgently a user must end; a level is never lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum StopLevel {
    Run,
    Stop,
    Cut,
}

/// Shared by a core and the task of one user, both on the same thread. Only the user's task waits on it, so one
/// waker is enough.
#[derive(Debug)]
pub(crate) struct Signal {
    level: Cell<StopLevel>,
    waker: RefCell<Option<Waker>>,
}

impl Default for Signal {
    fn default() -> Self {
        Signal { level: Cell::new(StopLevel::Run), waker: RefCell::new(None) }
    }
}

impl Signal {
    /// The user must begin nothing new.
    pub(crate) fn stop(&self) {
        self.raise(StopLevel::Stop);
    }

    /// The user must end at once.
    pub(crate) fn cut(&self) {
        self.raise(StopLevel::Cut);
    }

    /// Whether it must stop or end at once.
    pub(crate) fn is_stopping(&self) -> bool {
        self.level.get() > StopLevel::Run
    }

    /// Waits until the user must stop.
    pub(super) async fn stopping(&self) {
        poll_fn(|cx| self.poll(cx, StopLevel::Stop)).await;
    }

    /// Ready when the user must end at once; the task that polls is woken then.
    pub(super) fn poll_cut(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(cx, StopLevel::Cut)
    }

    fn poll(&self, cx: &mut Context<'_>, level: StopLevel) -> Poll<()> {
        if self.level.get() >= level {
            return Poll::Ready(());
        }
        let mut waker = self.waker.borrow_mut();
        if waker.as_ref().is_none_or(|known| !known.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    fn raise(&self, level: StopLevel) {
        if level > self.level.get() {
            self.level.set(level);
            if let Some(waker) = self.waker.borrow_mut().take() {
                waker.wake();
            }
        }
    }
}
