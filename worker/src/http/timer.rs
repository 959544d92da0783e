//! One timer for all the deadlines of a user.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::time::Sleep;

/// A timer that is moved and polled as seldom as possible. Deadlines mostly move to later times, so it stays
/// set to an earlier one and is moved to the current one when it fires there. While it is set it wakes the task
/// by itself and need not be polled. So a request costs no timer operation.
#[derive(Debug, Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// When the timer fires and the task that it wakes then; `None` if it has fired or never ran.
    set: Option<(Instant, Waker)>,
}

/// The end of one wait.
pub(super) struct Deadline<'t> {
    pub(super) timer: &'t mut Timer,
    pub(super) until: Instant,
    /// A moment since which the task has not waited for anything, so that the timer cannot have fired after it
    /// without being noticed. Used by the first poll alone.
    pub(super) busy_since: Option<Instant>,
}

impl Deadline<'_> {
    /// Ready once the deadline has come. Needs a tokio runtime with time.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let busy_since = self.busy_since.take();
        self.timer.poll_until(cx, self.until, busy_since)
    }
}

impl Timer {
    #[inline]
    fn poll_until(&mut self, cx: &mut Context<'_>, until: Instant, busy_since: Option<Instant>) -> Poll<()> {
        if let (Some(moment), Some((due, waker))) = (busy_since, &self.set)
            && moment < *due
            && *due <= until
            && waker.will_wake(cx.waker())
        {
            return Poll::Pending;
        }
        self.poll_sleep(cx, until)
    }

    #[cold]
    fn poll_sleep(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        self.set = None;
        let until = tokio::time::Instant::from_std(until);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if sleep.deadline() > until {
            sleep.as_mut().reset(until);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if sleep.deadline() == until {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(until);
        }
        self.set = Some((sleep.deadline().into_std(), cx.waker().clone()));
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::time::Duration;

    #[tokio::test]
    async fn deadlines_may_move_either_way() {
        let mut timer = Timer::default();
        for millis in [20, 5, 30, 0, 10] {
            let until = Instant::now() + Duration::from_millis(millis);
            poll_fn(|cx| timer.poll_until(cx, until, None)).await;
            assert!(Instant::now() >= until);
        }
    }

    #[tokio::test]
    async fn a_deadline_left_behind_does_not_count() {
        let mut timer = Timer::default();
        let near = Instant::now() + Duration::from_millis(5);
        let far = near + Duration::from_millis(20);
        let pending = poll_fn(|cx| Poll::Ready(timer.poll_until(cx, near, None).is_pending())).await;
        assert!(pending);
        poll_fn(|cx| timer.poll_until(cx, far, None)).await;
        assert!(Instant::now() >= far);
    }

    #[tokio::test]
    async fn a_timer_that_is_not_looked_at_still_fires() {
        let mut timer = Timer::default();
        let begun = Instant::now();
        for millis in [5, 10, 30] {
            let until = begun + Duration::from_millis(millis);
            let mut now = Some(Instant::now());
            poll_fn(|cx| timer.poll_until(cx, until, now.take())).await;
            assert!(Instant::now() >= until);
        }
    }
}
