//! A user of threads and messages.

use common::api::Operation::{self, *};
use common::failure::FailureClass;

use super::User;

/// The next step, drawn evenly from these: of 12 steps 3 list, 3 read, 3 post, and one each renames, creates and
/// deletes.
const CHOICES: [Operation; 12] = [
    ListThreads,
    ListThreads,
    ListThreads,
    ListMessages,
    ListMessages,
    ListMessages,
    PostMessage,
    PostMessage,
    PostMessage,
    RenameThread,
    CreateThread,
    DeleteThread,
];

/// Creates a thread, then does one step after another.
pub(super) async fn live(user: &mut User) {
    if !user.supports(CreateThread) {
        let _ = user.create_thread().await;
    }
    while !user.is_stopping() {
        let operation = choose(user);
        // A failure needs no handling here: the next step is chosen by the threads that exist.
        let _ = step(user, operation).await;
        if user.pause().await.is_break() {
            return;
        }
    }
}

/// Without a thread the only step is to create one. With as many threads as it keeps, the user deletes one where
/// it would create another. A step that the service does not support is drawn again; the plan is valid only if
/// it supports at least one.
fn choose(user: &mut User) -> Operation {
    if user.threads.as_slice().is_empty() {
        return CreateThread;
    }
    loop {
        match user.rng.pick(&CHOICES) {
            CreateThread if user.threads.is_full() && user.supports(DeleteThread) => return DeleteThread,
            operation if user.supports(operation) => return operation,
            _ => {}
        }
    }
}

async fn step(user: &mut User, operation: Operation) -> Result<(), FailureClass> {
    match operation {
        CreateThread => return user.create_thread().await,
        ListThreads | Chat | Login => {}
        RenameThread | DeleteThread | ListMessages | PostMessage => {
            user.session.values.thread = user.rng.pick_of(user.threads.as_slice()).clone();
        }
    }
    match operation {
        RenameThread => user.rename_thread().await,
        DeleteThread => user.delete_thread().await,
        PostMessage => user.post_question().await,
        CreateThread | ListThreads | ListMessages | Chat | Login => user.request(operation).await,
    }
}
