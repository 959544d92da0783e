//! A user that asks one question after another.

use super::User;

/// Creates a thread, then asks in it until told to stop. Without a thread it tries again.
pub(super) async fn live(user: &mut User) {
    while !user.is_told() {
        let _ = match user.threads.as_slice().first() {
            None => user.create_thread().await,
            Some(thread) => {
                user.values.thread = *thread;
                user.ask().await
            }
        };
        if user.pause().await.is_break() {
            return;
        }
    }
}
