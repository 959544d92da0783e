//! A user that holds whole sessions.

use std::ops::ControlFlow;

use common::api::Operation;

use super::User;

/// Fewest turns of a session, and how many different numbers of turns there are: 2 to 5.
const TURNS: (u64, u64) = (2, 4);

/// After a turn: one in four lists the threads, one in four renames its own.
const EXTRAS: [Extra; 4] = [Extra::List, Extra::Rename, Extra::None, Extra::None];

#[derive(Debug, Clone, Copy)]
enum Extra {
    List,
    Rename,
    None,
}

/// Holds one session after another. A request that fails does not end the session: the next one may succeed.
pub(super) async fn live(user: &mut User) {
    while !user.is_stopping() && session(user).await.is_continue() {}
}

/// Creates a thread, talks in it for a few turns and deletes it; `Break` when the user must stop.
async fn session(user: &mut User) -> ControlFlow<()> {
    let turns = TURNS.0 + user.rng.below(TURNS.1);
    let created = user.create_thread().await;
    if user.supports(Operation::CreateThread) {
        user.pause().await?;
    }
    if created.is_err() {
        return ControlFlow::Continue(());
    }
    for _ in 0..turns {
        turn(user).await?;
    }
    let _ = user.delete_thread().await;
    if user.supports(Operation::DeleteThread) {
        user.pause().await?;
    }
    user.continue_unless_stopping()
}

/// A streamed question, a look at the messages, sometimes at the list or at the title.
async fn turn(user: &mut User) -> ControlFlow<()> {
    let _ = user.ask().await;
    if user.supports_questions() {
        user.pause().await?;
    }
    if user.supports(Operation::ListMessages) {
        let _ = user.request(Operation::ListMessages).await;
        user.pause().await?;
    }
    let _ = match user.rng.pick(&EXTRAS) {
        Extra::List if user.supports(Operation::ListThreads) => user.request(Operation::ListThreads).await,
        Extra::Rename if user.supports(Operation::RenameThread) => user.rename_thread().await,
        Extra::List | Extra::Rename | Extra::None => return user.continue_unless_stopping(),
    };
    user.pause().await
}
