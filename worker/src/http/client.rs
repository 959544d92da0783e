//! One user's side of the connection.

use std::fmt;
use std::time::Instant;

use common::api::Answer;
use common::failure::FailureClass;
use http::HeaderName;

use super::answer::Complaint;
use super::answering::{Answering, Frame, Unwanted};
use super::link::Link;
use super::sending::Sent;
use super::timer::Timer;
use super::{Exchange, Fault, Limits, Request, Target};

/// How much of a body is kept where something in it is looked for, bytes.
const KEPT: usize = 64 << 10;

/// One user: at most one socket, kept alive between requests. Not `Send`: a user lives on one core.
pub struct Client {
    pub(super) target: Target,
    pub(super) limits: Limits,
    pub(super) user_header: Option<HeaderName>,
    /// The connection between two exchanges; during one it belongs to the exchange's future, so
    /// that dropping the future closes it.
    pub(super) link: Option<Box<Link>>,
    pub(super) timer: Timer,
    /// Bytes of the current request were handed to a socket.
    pub(super) sent: bool,
    pub(super) reconnects: u64,
}

impl Client {
    /// A user without a connection yet. `user_header` is the name under which [`Request::user`] is
    /// sent.
    #[must_use]
    pub fn new(target: Target, limits: Limits, user_header: Option<HeaderName>) -> Client {
        let timer = Timer::default();
        Client { target, limits, user_header, link: None, timer, sent: false, reconnects: 0 }
    }

    /// Sends a request and reads its whole answer, which is counted and thrown away.
    ///
    /// Needs a tokio runtime with network and time. Dropping the future closes the connection.
    pub async fn exchange(&mut self, request: Request<'_>) -> Exchange {
        self.exchange_from(Instant::now(), request).await
    }

    /// As [`exchange`](Self::exchange), for a request that was decided on at `started`, just now.
    pub(crate) async fn exchange_from(&mut self, started: Instant, request: Request<'_>) -> Exchange {
        self.exchange_with(started, request, false, |_| ()).await
    }

    /// The same, and `body` gets the answer's body, as far as it came, its first 64 KiB; of a failed
    /// answer nothing.
    pub(crate) async fn exchange_into(
        &mut self,
        started: Instant,
        request: Request<'_>,
        body: &mut Vec<u8>,
    ) -> Exchange {
        let keep = |data: &[u8]| {
            let room = KEPT.saturating_sub(body.len()).min(data.len());
            body.extend_from_slice(&data[..room]);
        };
        self.exchange_with(started, request, true, keep).await
    }

    async fn exchange_with(
        &mut self,
        started: Instant,
        request: Request<'_>,
        keep: bool,
        sink: impl FnMut(&[u8]),
    ) -> Exchange {
        let limits = self.limits;
        let sent = self.send(&request, started, request.timeout, keep).await;
        let Sent { deadline, connect, at, bytes, result } = sent;
        let sent =
            Exchange { started, ended: at, connect, status: 0, bytes: 0, retry_after: None, outcome: Ok(()) };
        let (head, mut answering) = match result {
            Ok(answer) => answer,
            Err(fault) => return Exchange { outcome: Err(fault), ..sent },
        };
        let answered = Exchange { status: head.status, retry_after: head.retry_after, ..sent };
        if let Err(complaint) = head.verdict {
            let Unwanted { beginning, bytes, complete, ended } = answering.refuse(deadline).await;
            let outcome = if complete && bytes == 0 && excuses_empty(&complaint, request.answer) {
                Ok(())
            } else {
                Err(complaint.into_fault(&beginning))
            };
            return Exchange { ended, bytes, outcome, ..answered };
        }
        let (bytes, ended, outcome) =
            read_whole(&mut answering, bytes, deadline, limits.max_body, sink).await;
        answering.end();
        let late = || Err(Fault::late("the answer was not complete", request.timeout));
        let outcome = outcome.unwrap_or_else(late);
        Exchange { ended, bytes, outcome, ..answered }
    }

    /// Whether bytes of the current request were handed to a connected socket and its exchange has
    /// not ended. Stays true when the exchange's future is dropped half-way, until the next call.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        self.sent
    }

    /// How often a kept connection turned out closed before anything was sent on it, so that
    /// another was opened in its place.
    #[must_use]
    pub fn reconnects(&self) -> u64 {
        self.reconnects
    }

    /// What this connection takes from its peer.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// An exchange is over, well or not.
    pub(super) fn finish(&mut self, link: Option<Box<Link>>) {
        self.link = link.filter(|link| link.is_reusable());
        self.sent = false;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("target", &self.target)
            .field("connected", &self.link.is_some())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

/// Reads a body to its end, of which `bytes` came with the head; `sink` gets the rest. Returns its bytes, when reading
/// stopped, and how; `None` at the deadline.
async fn read_whole(
    answering: &mut Answering<'_>,
    mut bytes: u64,
    deadline: Instant,
    max_body: usize,
    mut sink: impl FnMut(&[u8]),
) -> (u64, Instant, Option<Result<(), Fault>>) {
    loop {
        let (frame, at) = answering.frame(deadline, |data, _| sink(data)).await;
        if let Frame::Data(length) = frame {
            bytes += length;
        }
        let outcome = match frame {
            _ if bytes > max_body as u64 => {
                let text = format!("more than {max_body} bytes");
                Some(Err(Fault::new(FailureClass::OversizeBody, &text)))
            }
            Frame::Data(_) => continue,
            Frame::End => Some(Ok(())),
            Frame::Broken(how) => Some(Err(Fault::new(FailureClass::Transport, &how))),
            Frame::Late => None,
        };
        return (bytes, at, outcome);
    }
}

/// An answer without a body, as 204, needs no type to be JSON.
fn excuses_empty(complaint: &Complaint, wanted: Answer) -> bool {
    complaint.class == FailureClass::WrongContentType && wanted == Answer::Json
}
