//! A user from its start to its end.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use common::api::Operation;

use super::request::is_no_answer;
use super::{Signal, User, rounds};

/// Runs until the user is stopped, then cleans up. If it is cut, dropping the user counts the request in flight.
pub(crate) async fn live(mut user: User) -> Option<User> {
    let signal = Rc::clone(&user.signal);
    unless_cut(&signal, whole_life(&mut user)).await;
    None
}

/// Waits for it, but no longer once the user is cut.
pub(super) async fn unless_cut(signal: &Signal, whole: impl Future<Output = ()>) {
    let mut whole = pin!(whole);
    poll_fn(|cx| match signal.poll_cut(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => whole.as_mut().poll(cx),
    })
    .await;
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
