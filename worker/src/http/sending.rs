//! From a request to the head of its answer: connecting if need be, and never sending twice.

use std::time::{Duration, Instant};

use common::failure::FailureClass;

use super::answering::Answering;
use super::dial::dial;
use super::link::{Answered, Link, Loss, Wanted};
use super::wire::Head;
use super::{Client, Fault, Request, fault, message};

/// Longest timeout that is added to a clock, which could not hold every duration.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// A request that was sent, or could not be.
pub(crate) struct Sent<'c> {
    /// The start and the timeout.
    pub(crate) deadline: Instant,
    /// Time to open the connection if it is new.
    pub(crate) connect: Option<Duration>,
    /// When the head came or the failure was certain.
    pub(crate) at: Instant,
    /// Bytes of the body that came with the head and were counted then.
    pub(crate) bytes: u64,
    /// The answer's head, and its body to be read; or why there is none.
    pub(crate) result: Result<(Head, Answering<'c>), Fault>,
}

impl Client {
    /// Sends a request that was decided on at `started` and waits for the head of its answer. The
    /// whole exchange is to be over `timeout` after that. With `keep` the body is left to be read, all of
    /// it; else what comes with the head is counted there.
    pub(crate) async fn send(
        &mut self,
        request: &Request<'_>,
        started: Instant,
        timeout: Duration,
        keep: bool,
    ) -> Sent<'_> {
        self.sent = false;
        let deadline = started + timeout.min(LONGEST_TIMEOUT);
        let mut connect = None;
        match self.send_once(request, keep, started, deadline, &mut connect).await {
            Ok((link, Answered { head, at, bytes })) => {
                let result = Ok((head, Answering::new(self, link)));
                Sent { deadline, connect, at, bytes, result }
            }
            Err(problem) => {
                let at = Instant::now();
                self.finish(None);
                Sent { deadline, connect, at, bytes: 0, result: Err(problem.into_fault(timeout)) }
            }
        }
    }

    /// Sends over the kept connection, or over a new one. A kept one may have been closed by its
    /// peer; if it broke before a single byte was written, the request is sent over a new one. One
    /// byte more and the peer may have acted on it: then it is a failure.
    async fn send_once(
        &mut self,
        request: &Request<'_>,
        keep: bool,
        started: Instant,
        deadline: Instant,
        connect: &mut Option<Duration>,
    ) -> Result<(Box<Link>, Answered), Problem> {
        message::check(request)?;
        if let Some(mut link) = self.link.take() {
            if link.is_alive().await {
                match self.ask(&mut link, request, keep, deadline, Some(started)).await {
                    Ok(answer) => return Ok((link, answer)),
                    Err(Loss::Broken(_)) if !self.sent => {}
                    Err(loss) => return Err(loss.into()),
                }
            }
            self.reconnects += 1;
        }
        let begun = Instant::now();
        let opened = self.connect(begun, deadline).await;
        *connect = Some(begun.elapsed()).filter(|_| opened.is_ok());
        let mut link = opened?;
        let answer = self.ask(&mut link, request, keep, deadline, None).await?;
        Ok((link, answer))
    }

    async fn connect(&self, begun: Instant, deadline: Instant) -> Result<Box<Link>, Problem> {
        let limit = self.limits.connect.min(LONGEST_TIMEOUT);
        let patience = begun + limit;
        let until = tokio::time::Instant::from_std(patience.min(deadline));
        match tokio::time::timeout_at(until, dial(&self.target)).await {
            Ok(socket) => Ok(Link::new(socket?, begun)),
            Err(_) if deadline <= patience => Err(Problem::Late("there was no connection")),
            Err(_) => {
                let text = format!("no connection to the target within {limit:?}");
                Err(Problem::Fault(Fault::new(FailureClass::Connect, &text)))
            }
        }
    }

    async fn ask(
        &mut self,
        link: &mut Link,
        request: &Request<'_>,
        keep: bool,
        deadline: Instant,
        now: Option<Instant>,
    ) -> Result<Answered, Loss> {
        let Client { target, user_header, sent, timer, .. } = self;
        let write = |out: &mut Vec<u8>| message::write(request, target, user_header.as_ref(), out);
        let wanted = Wanted { answer: request.answer, body: keep };
        link.request(write, wanted, sent, timer, deadline, now).await
    }
}

/// Why there is no head.
enum Problem {
    Fault(Fault),
    /// The deadline came; says what was missing then.
    Late(&'static str),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Problem::Fault(fault)
    }
}

impl From<Loss> for Problem {
    fn from(loss: Loss) -> Self {
        match loss {
            Loss::Late => Problem::Late("there was no answer"),
            Loss::Broken(error) => Problem::Fault(Fault::new(fault::class(&error), &fault::chain(&error))),
        }
    }
}

impl Problem {
    fn into_fault(self, timeout: Duration) -> Fault {
        match self {
            Problem::Fault(fault) => fault,
            Problem::Late(missing) => Fault::late(missing, timeout),
        }
    }
}
