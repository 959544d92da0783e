//! A user's life from birth to end.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use common::api::Operation;
use common::class::UserClass;

use super::backoff::is_no_answer;
use super::{User, crud, mixed, stream};

/// Lives until told to stop, then cleans up; or until cut, when dropping the user counts what that
/// breaks off.
pub(crate) async fn live(mut user: User) {
    let signal = Rc::clone(&user.signal);
    let mut whole = pin!(whole_life(&mut user));
    poll_fn(|cx| match signal.poll_cut(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => whole.as_mut().poll(cx),
    })
    .await;
}

async fn whole_life(user: &mut User) {
    match user.class {
        // A plan that asks for it is refused where it is made; here it must not spin.
        class if !user.script.occupies(class) => user.signal.told().await,
        UserClass::Crud => crud::live(user).await,
        UserClass::Stream => stream::live(user).await,
        UserClass::Mixed => mixed::live(user).await,
    }
    clean_up(user).await;
}

/// Deletes the user's threads, each with one request; gives up when nobody answers.
async fn clean_up(user: &mut User) {
    user.tidies = true;
    while let Some(thread) = user.threads.pop() {
        user.values.thread = thread;
        if user.request(Operation::DeleteThread).await.is_err_and(is_no_answer) {
            return;
        }
    }
}
