//! Somebody who asks the service just as users do, and is none: the controller's look before the load, its canary.
//!
//! It goes the users' own way (addresses, TLS, headers, no proxy of the environment), so what it meets is what they
//! would. Its requests carry [`PROBE_HEADER`] and count nowhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::api::{Operation, PROBE_HEADER};
use common::plan::Plan;

use super::compiled_call::CompiledCall;
use super::compiled_plan::{CompileError, CompiledPlan};
use super::ids::{Id, IdSource};
use super::session::Session;
use crate::http::{Exchange, Start, Target, TargetError};

/// What its title and its message say.
const TEXT: &str = "canary";

/// Why nobody can go and ask.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The target cannot be reached.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The API description cannot be used.
    #[error(transparent)]
    Compile(#[from] CompileError),
}

/// One visitor: at most one connection, kept between two calls. It signs in as users do.
pub struct Visitor {
    pub(super) plan: Arc<CompiledPlan>,
    mark: &'static str,
    pub(super) session: Session,
    /// When the question left whose answer is yet to be asked for.
    pub(super) put: Option<Start>,
    asked: String,
}

impl Visitor {
    /// A visitor to the plan's service, whose requests are marked with `mark`. Looks the host up, and connects to
    /// nothing yet.
    ///
    /// # Errors
    /// See [`VisitError`].
    pub async fn to(plan: &Plan, mark: &'static str) -> Result<Visitor, VisitError> {
        let target = Target::resolve(plan).await?;
        let plan = Arc::new(CompiledPlan::compile(Arc::new(plan.clone()), target)?);
        Ok(Visitor::new(plan, mark, IdSource::from_system().next()))
    }

    fn new(plan: Arc<CompiledPlan>, mark: &'static str, thread: Id) -> Visitor {
        let line = format!("{PROBE_HEADER}: {mark}\r\n");
        let mut session = Session::new(&plan, plan.spare_row(), line, thread);
        session.values.text.push_str(TEXT);
        Visitor { plan, mark, session, put: None, asked: String::new() }
    }

    /// Another visitor to the same thread, with a connection and a sign-in of its own.
    #[must_use]
    pub fn twin(&self) -> Visitor {
        Visitor::new(Arc::clone(&self.plan), self.mark, self.session.values.thread.clone())
    }

    /// Method and path of the last request, as the API has them.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// Makes the cheap call of the API; `None` where it has none. Where signing in fails, that is the answer.
    pub async fn probe(&mut self, timeout: Duration) -> Option<Exchange> {
        let plan = Arc::clone(&self.plan);
        Some(self.make(plan.probe()?, timeout).await)
    }

    /// Makes the call of `operation` in the visitor's thread; `None` where the service has no such call.
    pub async fn call(&mut self, operation: Operation, timeout: Duration) -> Option<Exchange> {
        let plan = Arc::clone(&self.plan);
        Some(self.make(plan.call(operation)?, timeout).await)
    }

    /// Creates the thread that calls are made in from now on, with one message, and says whether that succeeded.
    pub async fn create_thread(&mut self, timeout: Duration) -> bool {
        let is_well = |exchange: Exchange| exchange.outcome.is_ok();
        if !self.call(Operation::CreateThread, timeout).await.is_some_and(is_well) {
            return false;
        }
        // It posts one message; the thread's id is one that no other message has.
        self.session.values.message = self.session.values.thread.clone();
        self.call(Operation::PostMessage, timeout).await.is_none_or(is_well)
    }

    async fn make(&mut self, call: &CompiledCall, timeout: Duration) -> Exchange {
        let plan = Arc::clone(&self.plan);
        if let Some(login) = plan.call(Operation::Login)
            && plan.must_sign_in(self.session.signed_in)
        {
            let exchange = self.send(&plan, login, timeout).await;
            if exchange.outcome.is_err() {
                return exchange;
            }
            self.session.signed_in = Some(Instant::now());
        }
        self.send(&plan, call, timeout).await
    }

    async fn send(&mut self, plan: &CompiledPlan, call: &CompiledCall, timeout: Duration) -> Exchange {
        self.asked = format!("{} {}", call.method, call.path.source());
        self.session.exchange(plan, call, None, Instant::now(), timeout, None).await
    }
}
