//! A user goes through its calls as its class does.
//!
//! ```text
//! steps:     start ─▶ step ─▶ step ─▶ …     again from the start where the user has no thread left
//! threads:   start ─▶ step ─▶ step ─▶ end ─▶ start ─▶ …      steps, so many in one thread
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
        Rounds::Steps(choice) => match life.turns {
            Some(turns) => while thread(user, life, choice, turns).await.is_continue() {},
            None => while step(user, life, choice).await.is_continue() {},
        },
        Rounds::Sessions(turn) => while session(user, life, turn).await.is_continue() {},
    }
}

/// Holds one session. Of a life of steps that is its start, as many steps as it has turns, and its end.
pub(super) async fn one_session(user: &mut User) {
    let plan = Rc::clone(&user.plan);
    let life = plan.life(user.key.0);
    // However it ends, the user leaves.
    let _ = match &life.rounds {
        Rounds::Steps(choice) => thread(user, life, choice, life.turns.unwrap_or(Turns::ONE)).await,
        Rounds::Sessions(turn) => session(user, life, turn).await,
    };
}

/// Makes so many steps in one thread. None is made if the start fails.
async fn thread(user: &mut User, life: &CompiledLife, choice: &Choice, turns: Turns) -> ControlFlow<()> {
    user.continue_unless_stopping()?;
    let turns = turns.sample(user.rng.draw());
    if !start(user, life).await? {
        return ControlFlow::Continue(());
    }
    for _ in 0..turns {
        step(user, life, choice).await?;
    }
    match user.return_to_latest_thread() {
        true => end(user, life).await,
        // A step has deleted it, and nothing is left to end.
        false => ControlFlow::Continue(()),
    }
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
        Rounds::Sessions(turn) => {
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
    user.stages_left = user.stages_left.map(|left| left.saturating_sub(1));
    if user.stages_left == Some(0) && !user.is_stopping() {
        another_thread(user, life).await;
    }
}

/// The steps of the start, one right after the other, up to the first that fails.
async fn begin(user: &mut User, life: &CompiledLife) -> Result<(), Unanswered> {
    let stages = match &life.rounds {
        Rounds::Steps(_) => 1,
        Rounds::Sessions(turn) => turn.len(),
    };
    user.stages_left = life.turns.map(|turns| turns.sample(user.rng.draw()) as usize * stages);
    if !life.creates {
        user.make_thread_up();
    }
    for operation in &life.start {
        user.make(*operation).await?;
    }
    Ok(())
}

/// Makes the user ready to ask: it signs in, and has a thread.
pub(super) async fn get_ready(user: &mut User) {
    let plan = Rc::clone(&user.plan);
    // Whoever has none asks all the same, and fails.
    let _ = user.sign_in().await;
    let _ = begin(user, plan.life(user.key.0)).await;
}

/// Ends the user's thread and begins the next, so that the request of the next arrival needs no other before it.
async fn another_thread(user: &mut User, life: &CompiledLife) {
    if user.return_to_latest_thread() {
        for operation in &life.end {
            let _ = user.make(*operation).await;
        }
    }
    if !user.is_stopping() {
        // The next arrival finds a thread, or tries again.
        let _ = begin(user, life).await;
    }
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

impl User {
    /// Lets what follows speak of the user's latest thread; says whether there is one.
    fn return_to_latest_thread(&mut self) -> bool {
        let Some(latest) = self.threads.as_slice().last() else { return false };
        self.session.values.thread = latest.clone();
        true
    }
}

/// Holds one session. It is over before its first turn if its start fails; later failures do not end it, as the next
/// request may succeed.
async fn session(user: &mut User, life: &CompiledLife, turn: &[CompiledStage]) -> ControlFlow<()> {
    user.continue_unless_stopping()?;
    user.begin_conversation();
    let turns = life.turns.unwrap_or(Turns::ONE).sample(user.rng.draw());
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
    end(user, life).await
}

/// Makes the steps of the end, whether they fail or not.
async fn end(user: &mut User, life: &CompiledLife) -> ControlFlow<()> {
    for operation in &life.end {
        let _ = listed(user, *operation).await?;
    }
    user.continue_unless_stopping()
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
