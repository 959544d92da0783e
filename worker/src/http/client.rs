//! One user's side of the connection.

use std::time::Instant;

use common::failure::FailureClass;
use http::HeaderName;

use super::{Exchange, Fault, Limits, Request, Target};

/// One user: at most one socket, kept alive between requests. Not `Send`: a user lives on one core.
#[derive(Debug)]
pub struct Client {
    target: Target,
    limits: Limits,
    user_header: Option<HeaderName>,
    on_one_core: std::marker::PhantomData<std::rc::Rc<()>>,
}

impl Client {
    /// A user without a connection yet. `user_header` is the name under which
    /// [`Request::user`] is sent.
    #[must_use]
    pub fn new(target: Target, limits: Limits, user_header: Option<HeaderName>) -> Client {
        Client { target, limits, user_header, on_one_core: std::marker::PhantomData }
    }

    /// Sends a request and reads its whole answer, which is counted and thrown away.
    pub async fn exchange(&mut self, request: Request<'_>) -> Exchange {
        let _ = (&self.target, self.limits, &self.user_header, request);
        let now = Instant::now();
        Exchange {
            started: now,
            ended: now,
            connect: None,
            status: 0,
            bytes: 0,
            retry_after: None,
            outcome: Err(Fault::new(FailureClass::Connect, "")),
        }
    }

    /// Whether bytes of the current request were handed to a connected socket and its exchange has
    /// not ended. Stays true when the exchange's future is dropped half-way, until the next call.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        false
    }

    /// How often a kept connection turned out closed before anything was sent on it, so that
    /// another was opened in its place.
    #[must_use]
    pub fn reconnects(&self) -> u64 {
        0
    }
}
