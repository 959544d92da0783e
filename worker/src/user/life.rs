//! A user from its start to its end.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use common::api::Operation;

use super::request::is_no_answer;
use super::{Signal, User, rounds};

/// Runs until the user is stopped, then cleans up. If it is cut, dropping the user counts the request in flight.
#[allow(clippy::manual_async_fn, reason = "an async fn keeps what it is given twice")]
pub(crate) fn live(mut user: User) -> impl Future<Output = Option<User>> {
    async move {
        let signal = Rc::clone(&user.signal);
        let mut whole = pin!(whole_life(&mut user));
        unless_cut(&signal, whole.as_mut()).await;
        None
    }
}

/// Waits for it, but no longer once the user is cut; `None` then. The caller keeps it: it is large, and handed over it
/// would take its room twice.
pub(super) fn unless_cut<T>(
    signal: &Signal,
    mut whole: Pin<&mut impl Future<Output = T>>,
) -> impl Future<Output = Option<T>> {
    poll_fn(move |cx| match signal.poll_cut(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => whole.as_mut().poll(cx).map(Some),
    })
}

async fn whole_life(user: &mut User) {
    match user.key.0 {
        // Plans with such a class or too few rows are refused by the controller; here the user must not spin, and
        // be nobody else.
        class if !user.plan.has_work_for(class) || !user.plan.knows(user.key) => {
            user.signal.stopping().await;
        }
        _ => rounds::live(user).await,
    }
    user.cleaning_up = true;
    clean_up(user).await;
}

/// Deletes the user's threads, each with one request; gives up when the service does not answer.
pub(super) async fn clean_up(user: &mut User) {
    while let Some(thread) = user.threads.pop() {
        user.session.values.thread = thread;
        if user.request(Operation::DeleteThread).await.is_err_and(is_no_answer) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::visit;

    fn size_of_result<F>(_: fn(User) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_user_takes_its_own_room_and_that_of_its_longest_request_once() {
        for size in [size_of_result(live), size_of_result(visit)] {
            assert!(size < 6 * 1024, "{size} bytes, of which the user itself is {}", size_of::<User>());
        }
    }
}
