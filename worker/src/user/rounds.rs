//! A user goes through its calls as its class does.
//!
//! ```text
//! steps:     start ─▶ step ─▶ step ─▶ …     again from the start where the user has no thread left
//! sessions:  start ─▶ turn ─▶ turn ─▶ end ─▶ start ─▶ …
//! ```
//!
//! A pause follows each step that sends something.

use std::ops::ControlFlow;
use std::rc::Rc;

use common::api::{Operation, Turns};

use super::User;
use super::compiled_life::{Choice, CompiledLife, CompiledStage, Rounds};
use super::request::Unanswered;

/// Goes through its calls until the user is stopped.
pub(super) async fn live(user: &mut User) {
    let plan = Rc::clone(&user.plan);
    let life = plan.life(user.key.0);
    match &life.rounds {
        Rounds::Steps(choice) => while step(user, life, choice).await.is_continue() {},
        Rounds::Sessions(turn, turns) => while session(user, life, turn, *turns).await.is_continue() {},
    }
}

/// Holds one session. Of a life of steps that is its start and as many steps as it has turns.
pub(super) async fn one_session(user: &mut User) {
    let plan = Rc::clone(&user.plan);
    let life = plan.life(user.key.0);
    // However it ends, the user leaves.
    let _ = match &life.rounds {
        Rounds::Steps(choice) => steps(user, life, choice).await,
        Rounds::Sessions(turn, turns) => session(user, life, turn, *turns).await,
    };
}

async fn steps(user: &mut User, life: &CompiledLife, choice: &Choice) -> ControlFlow<()> {
    if !start(user, life).await? {
        return ControlFlow::Break(());
    }
    for _ in 0..drawn(user, life.turns) {
        step(user, life, choice).await?;
    }
    ControlFlow::Continue(())
}

/// Makes one step, without a pause; before the first one those of the start.
pub(super) async fn one_request(user: &mut User) {
    let plan = Rc::clone(&user.plan);
    let life = plan.life(user.key.0);
    if user.threads.as_slice().is_empty() && begin(user, life).await.is_err() {
        return;
    }
    let operation = match &life.rounds {
        Rounds::Steps(choice) => choose(user, choice),
        Rounds::Sessions(turn, _) => {
            let stage = &turn[user.stages_made % turn.len()];
            user.stages_made += 1;
            match stage {
                CompiledStage::Step(operation) => Some(*operation),
                CompiledStage::OneOf(choice) => choice.draw(&mut user.rng),
            }
        }
    };
    if let Some(operation) = operation.filter(|_| !user.is_stopping()) {
        choose_thread(user, operation);
        user.begin_conversation();
        let _ = user.make(operation).await;
    }
}

/// The steps of the start, one right after the other, up to the first that fails.
async fn begin(user: &mut User, life: &CompiledLife) -> Result<(), Unanswered> {
    if !life.creates {
        user.make_thread_up();
    }
    for operation in &life.start {
        user.make(*operation).await?;
    }
    Ok(())
}

/// Makes one step. A failure needs no handling: the next step is chosen by the threads that exist.
async fn step(user: &mut User, life: &CompiledLife, choice: &Choice) -> ControlFlow<()> {
    user.continue_unless_stopping()?;
    if user.threads.as_slice().is_empty() {
        let _ = start(user, life).await?;
        return user.continue_unless_stopping();
    }
    let operation = choose(user, choice);
    if let Some(operation) = operation {
        choose_thread(user, operation);
        // A question by itself is a conversation of its own.
        user.begin_conversation();
        let _ = user.make(operation).await;
    }
    user.pause().await
}

/// With as many threads as it keeps, the user deletes one where it would create another. A step that the service does
/// not support is drawn again; the plan is valid only if it supports at least one.
fn choose(user: &mut User, choice: &Choice) -> Option<Operation> {
    loop {
        match choice.draw(&mut user.rng)? {
            Operation::CreateThread if user.threads.is_full() && user.makes(Operation::DeleteThread) => {
                return Some(Operation::DeleteThread);
            }
            operation if user.makes(operation) => return Some(operation),
            _ => {}
        }
    }
}

/// A question goes on in the latest thread; what else works on a thread takes any of the user's.
fn choose_thread(user: &mut User, operation: Operation) {
    use Operation::*;
    let names_thread = user.plan.call(operation).is_some_and(|call| call.names_thread);
    let threads = user.threads.as_slice();
    let thread = match operation {
        Chat => threads.last(),
        RenameThread | DeleteThread | ListMessages | PostMessage => Some(user.rng.pick_of(threads)),
        Own(_) if names_thread => Some(user.rng.pick_of(threads)),
        _ => None,
    };
    if let Some(thread) = thread {
        user.session.values.thread = thread.clone();
    }
}

/// Holds one session. It is over before its first turn if its start fails; later failures do not end it, as the next
/// request may succeed.
async fn session(
    user: &mut User,
    life: &CompiledLife,
    turn: &[CompiledStage],
    turns: Turns,
) -> ControlFlow<()> {
    user.continue_unless_stopping()?;
    user.begin_conversation();
    let turns = drawn(user, turns);
    if !start(user, life).await? {
        return ControlFlow::Continue(());
    }
    for _ in 0..turns {
        user.place.1 += 1;
        for stage in turn {
            let operation = match stage {
                CompiledStage::Step(operation) => Some(*operation),
                CompiledStage::OneOf(choice) => choice.draw(&mut user.rng),
            };
            if let Some(operation) = operation {
                let _ = listed(user, operation).await?;
            }
        }
        user.continue_unless_stopping()?;
    }
    for operation in &life.end {
        let _ = listed(user, *operation).await?;
    }
    user.continue_unless_stopping()
}

fn drawn(user: &mut User, turns: Turns) -> u64 {
    u64::from(turns.least) + user.rng.below(u64::from(turns.most - turns.least) + 1)
}

/// Makes the steps of the start up to the first that fails; says whether none did. A user whose start creates no
/// thread makes an id up.
async fn start(user: &mut User, life: &CompiledLife) -> ControlFlow<(), bool> {
    if !life.creates {
        user.make_thread_up();
    }
    for operation in &life.start {
        if !listed(user, *operation).await? {
            return ControlFlow::Continue(false);
        }
    }
    ControlFlow::Continue(true)
}

/// Makes a step that stands in a list, and pauses if it sends anything; says whether it went well.
async fn listed(user: &mut User, operation: Operation) -> ControlFlow<(), bool> {
    let outcome = user.make(operation).await;
    if user.makes(operation) {
        let ControlFlow::Continue(()) = user.pause().await else { return ControlFlow::Break(()) };
    }
    ControlFlow::Continue(outcome.is_ok())
}
