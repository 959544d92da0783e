//! `controller api try`: one user, once, and all that it sends and gets.
//!
//! ```text
//! TryArgs ─▶ Plan ─▶ Visitor ─▶ Tried, call by call ─▶ text: calls, events, what the report would hold
//! ```
//!
//! Everything but the asking is a pure function of what was tried.

mod calls;
mod events;
mod findings;
mod guess;
mod way;
mod words;

use std::time::Instant;

use common::api::{Api, Operation, Placeholder};
use common::failure::FailureClass;
use common::plan::Plan;
use worker::user::{Tried, VisitError, Visitor};

use super::manual::print;
use super::{Exit, complain};
use crate::cli::TryArgs;

/// How the service can distinguish these requests from those of users.
const MARK: &str = "try";

/// The order in which one user makes every call once.
fn order(api: &Api) -> Vec<Operation> {
    use Operation::*;
    let before = [Login, ListThreads, CreateThread, RenameThread, PostMessage, Question, Chat, ListMessages];
    let own = api.made().map(|(operation, _)| operation).filter(|operation| matches!(operation, Own(_)));
    before.into_iter().chain(own).chain([DeleteThread]).collect()
}

/// Why the API could not be tried.
#[derive(Debug, thiserror::Error)]
enum TrialError {
    #[error("api try: {0}")]
    Visit(#[from] VisitError),
    #[error("api try: looking up the host takes longer than --timeout; check --host")]
    Lookup,
    #[error("api try: {0}; take a preset with [chat], or describe a call in the API file")]
    Nothing(&'static str),
}

/// Sends one user once, and shows what came of it.
pub(crate) async fn trial(args: &TryArgs) -> Exit {
    // Choosing twice is no fault.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let plan = match args.plan() {
        Ok(plan) => plan,
        Err(error) => return complain(Exit::Usage, &error),
    };
    match send(args, &plan).await {
        Ok(exit) => exit,
        Err(error) => complain(Exit::Failed, &error),
    }
}

async fn send(args: &TryArgs, plan: &Plan) -> Result<Exit, TrialError> {
    let deadline = Instant::now() + args.timeout;
    let found = tokio::time::timeout(args.timeout, Visitor::to(plan, MARK)).await;
    let mut visitor = found.map_err(|_| TrialError::Lookup)??;
    visitor.say(&args.prompt);
    let mut all: Vec<Tried> = Vec::new();
    for operation in order(&plan.api) {
        let place = plan.api.place(operation);
        if let Some(why) = left_out(&plan.api, operation, &all) {
            print(format!("{place} left out, {why}\n\n").as_bytes());
            continue;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = if operation == Operation::Chat { left } else { left.min(plan.crud_timeout) };
        let Some(tried) = visitor.try_call(operation, timeout).await else { continue };
        print(calls::text(&place, &tried, args.all).as_bytes());
        all.push(tried);
    }
    if all.is_empty() {
        return Err(TrialError::Nothing("the API has no call at all"));
    }
    print(words::closing(&all, plan).as_bytes());
    let is_fine = all.iter().all(|tried| tried.outcome.is_ok());
    Ok(if is_fine { Exit::Passed } else { Exit::Failed })
}

/// Why a call is not worth making.
fn left_out(api: &Api, operation: Operation, so_far: &[Tried]) -> Option<&'static str> {
    let call = api.call(operation)?;
    let has_failed =
        |operation| so_far.iter().any(|tried: &Tried| tried.operation == operation && tried.outcome.is_err());
    let names_thread = call.templates().any(|template| template.has(Placeholder::Thread));
    let class = |tried: &Tried| tried.outcome.as_ref().err().map(|failure| failure.class);
    for (gone, why) in [(FailureClass::Connect, "as nothing answers"), (FailureClass::Tls, "as TLS fails")] {
        if so_far.iter().any(|tried| class(tried) == Some(gone)) {
            return Some(why);
        }
    }
    if has_failed(Operation::Question) && operation == Operation::Chat {
        return Some("as the question failed");
    }
    match (has_failed(Operation::Login), has_failed(Operation::CreateThread) && names_thread) {
        (true, _) => Some("as nobody is signed in"),
        (_, true) if operation != Operation::CreateThread => Some("as there is no thread"),
        _ => None,
    }
}
