//! A user that holds whole sessions.

use std::ops::ControlFlow;

use common::api::Operation;

use super::User;

/// Fewest turns of a session, and how many numbers of turns there are: 2 to 5.
const TURNS: (u64, u64) = (2, 4);

/// After a turn: one in four lists the threads, one in four renames its own.
const EXTRAS: [Extra; 4] = [Extra::List, Extra::Rename, Extra::None, Extra::None];

#[derive(Debug, Clone, Copy)]
enum Extra {
    List,
    Rename,
    None,
}

/// Holds one session after another. A request that fails ends no session: the next one may work.
pub(super) async fn live(user: &mut User) {
    while !user.is_told() && session(user).await.is_continue() {}
}

/// A thread, a few turns in it, its end; `Break` when told to stop.
async fn session(user: &mut User) -> ControlFlow<()> {
    let turns = TURNS.0 + user.dice.below(TURNS.1);
    let created = user.create_thread().await;
    if user.makes(Operation::CreateThread) {
        user.pause().await?;
    }
    if created.is_err() {
        return ControlFlow::Continue(());
    }
    for _ in 0..turns {
        turn(user).await?;
    }
    let _ = user.delete_thread().await;
    if user.makes(Operation::DeleteThread) {
        user.pause().await?;
    }
    user.go_on()
}

/// A streamed question, a look at the messages, sometimes at the list or at the title.
async fn turn(user: &mut User) -> ControlFlow<()> {
    let _ = user.ask().await;
    if user.asks() {
        user.pause().await?;
    }
    if user.makes(Operation::ListMessages) {
        let _ = user.request(Operation::ListMessages).await;
        user.pause().await?;
    }
    let _ = match user.dice.pick(&EXTRAS) {
        Extra::List if user.makes(Operation::ListThreads) => user.request(Operation::ListThreads).await,
        Extra::Rename if user.makes(Operation::RenameThread) => user.rename_thread().await,
        Extra::List | Extra::Rename | Extra::None => return user.go_on(),
    };
    user.pause().await
}
