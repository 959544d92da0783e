//! A user that asks one question after another.

use common::api::Operation;

use super::User;

/// Creates a thread, then asks in it until stopped. Without a thread it tries to create one again.
pub(super) async fn live(user: &mut User) {
    if !user.supports(Operation::CreateThread) {
        let _ = user.create_thread().await;
    }
    while !user.is_stopping() {
        let _ = match user.threads.as_slice().first() {
            None => user.create_thread().await,
            Some(thread) => {
                user.session.values.thread = thread.clone();
                user.ask().await
            }
        };
        if user.pause().await.is_break() {
            return;
        }
    }
}
