//! How a core tells one of its users to stop.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

/// What a user was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    GoOn,
    Stop,
    Cut,
}

/// Between a core and one life of one user, both on the same thread. Only the user's own task waits
/// on it, so one waker is enough.
#[derive(Debug)]
pub(crate) struct Signal {
    word: Cell<Word>,
    waker: RefCell<Option<Waker>>,
}

impl Default for Signal {
    fn default() -> Self {
        Signal { word: Cell::new(Word::GoOn), waker: RefCell::new(None) }
    }
}

impl Signal {
    /// Begin nothing new.
    pub(crate) fn stop(&self) {
        self.say(Word::Stop);
    }

    /// End where you stand.
    pub(crate) fn cut(&self) {
        self.say(Word::Cut);
    }

    /// Whether it was told either.
    pub(crate) fn is_told(&self) -> bool {
        self.word.get() > Word::GoOn
    }

    /// Waits until the user is told to stop.
    pub(super) async fn told(&self) {
        poll_fn(|cx| self.poll(cx, Word::Stop)).await;
    }

    /// Ready when the user is to end where it stands. The task that asks is woken then.
    pub(super) fn poll_cut(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(cx, Word::Cut)
    }

    fn poll(&self, cx: &mut Context<'_>, word: Word) -> Poll<()> {
        if self.word.get() >= word {
            return Poll::Ready(());
        }
        let mut waker = self.waker.borrow_mut();
        if waker.as_ref().is_none_or(|known| !known.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    fn say(&self, word: Word) {
        if word > self.word.get() {
            self.word.set(word);
            if let Some(waker) = self.waker.borrow_mut().take() {
                waker.wake();
            }
        }
    }
}
