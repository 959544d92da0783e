//! A user of threads and messages.

use common::api::Operation::{self, *};
use common::failure::FailureClass;

use super::User;

/// What it does next, each as likely as the others: list, read and post 3 times in 12, rename,
/// create and delete once.
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

/// Creates a thread, then does one thing after another.
pub(super) async fn live(user: &mut User) {
    if !user.makes(CreateThread) {
        let _ = user.create_thread().await;
    }
    while !user.is_told() {
        let operation = choose(user);
        // What a failure means for the next step shows in the threads there are.
        let _ = step(user, operation).await;
        if user.pause().await.is_break() {
            return;
        }
    }
}

/// Without a thread there is only one thing to do; with as many as it keeps, it deletes one where
/// it would create another. What the service does not have is not chosen: it is drawn again, and the
/// plan has seen to it that there is something.
fn choose(user: &mut User) -> Operation {
    if user.threads.as_slice().is_empty() {
        return CreateThread;
    }
    loop {
        match user.dice.pick(&CHOICES) {
            CreateThread if user.threads.is_full() && user.makes(DeleteThread) => return DeleteThread,
            operation if user.makes(operation) => return operation,
            _ => {}
        }
    }
}

async fn step(user: &mut User, operation: Operation) -> Result<(), FailureClass> {
    match operation {
        CreateThread => return user.create_thread().await,
        ListThreads | Chat => {}
        RenameThread | DeleteThread | ListMessages | PostMessage => {
            user.values.thread = user.dice.pick(user.threads.as_slice());
        }
    }
    match operation {
        RenameThread => user.rename_thread().await,
        DeleteThread => user.delete_thread().await,
        PostMessage => user.post_question().await,
        CreateThread | ListThreads | ListMessages | Chat => user.request(operation).await,
    }
}
