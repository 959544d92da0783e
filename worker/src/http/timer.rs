//! One timer for all the deadlines of a user.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::time::Sleep;

/// A timer that is moved as seldom as possible: deadlines mostly move on, so it stays at an earlier
/// one, and is set to the current one when it fires there. A request then costs no timer operation.
#[derive(Debug, Default)]
pub(super) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Ready once `until` has come. Needs a tokio runtime with time.
    pub(super) fn poll_until(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        let until = tokio::time::Instant::from_std(until);
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if sleep.deadline() > until {
            sleep.as_mut().reset(until);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() == until {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(until);
        }
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
            poll_fn(|cx| timer.poll_until(cx, until)).await;
            assert!(Instant::now() >= until);
        }
    }

    #[tokio::test]
    async fn a_deadline_left_behind_does_not_count() {
        let mut timer = Timer::default();
        let near = Instant::now() + Duration::from_millis(5);
        let far = near + Duration::from_millis(20);
        let pending = poll_fn(|cx| Poll::Ready(timer.poll_until(cx, near).is_pending())).await;
        assert!(pending);
        poll_fn(|cx| timer.poll_until(cx, far)).await;
        assert!(Instant::now() >= far);
    }
}
