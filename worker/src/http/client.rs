//! One user's side of HTTP: sends requests, connects when there is no connection, never sends twice.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::api::Answer;
use common::failure::FailureClass;
use http::HeaderName;

use super::arrival::Arrival;
use super::connection::{Answered, Connection, Sending, Transport};
use super::expect::{Expect, JudgedHead, Unexpected};
use super::failure::HttpError;
use super::head::ResponseHead;
use super::opening::Opening;
use super::socket::dial;
use super::timer::Deadline;
use super::{
    BodyEvent, DiscardedBody, Exchange, Failure, Request, RequestLimits, ResponseBody, Start, Target,
};

/// How much of a body is kept for a caller that looks for something in it, bytes.
const KEPT: usize = 64 << 10;
/// Longest timeout that is added to a clock, which could not hold every duration.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// One user: at most one socket, kept alive between requests. Not `Send`: a user lives on one core.
pub struct Client {
    target: Target,
    limits: RequestLimits,
    user_header: Option<HeaderName>,
    /// Header lines that this user alone sends.
    own_lines: Vec<u8>,
    /// Headers of answers that are kept.
    keep: Arc<[HeaderName]>,
    /// Those of the last answer.
    kept: Vec<(HeaderName, String)>,
    transport: Transport,
    reconnects: u64,
}

/// A request that was sent, or could not be.
pub(crate) struct Response<'c> {
    /// Start plus timeout: what this program was late after opening a connection is in neither.
    pub(crate) deadline: Instant,
    /// Time to open the connection if it is new.
    pub(crate) connect: Option<Duration>,
    /// When the request left.
    pub(crate) start: Start,
    /// When the head came or the failure was certain.
    pub(crate) at: Arrival,
    /// Bytes of the body that came with the head and were counted then.
    pub(crate) bytes: u64,
    /// The answer's head, and its body to be read; or why there is none.
    pub(crate) result: Result<(ResponseHead<JudgedHead>, ResponseBody<'c>), Failure>,
}

/// When a request started and must end.
#[derive(Clone, Copy)]
struct Timing {
    started: Instant,
    timeout: Duration,
    deadline: Instant,
}

impl Client {
    /// A user without a connection yet. `user_header` is the name under which [`Request::user`] is
    /// sent.
    #[must_use]
    pub fn new(target: Target, limits: RequestLimits, user_header: Option<HeaderName>) -> Client {
        let (own_lines, keep, kept) = (Vec::new(), Arc::default(), Vec::new());
        let transport = Transport::default();
        Client { target, limits, user_header, own_lines, keep, kept, transport, reconnects: 0 }
    }

    /// Header lines that this user sends with every request from now on, each with its end.
    pub(crate) fn set_own_lines(&mut self, lines: Vec<u8>) {
        self.own_lines = lines;
    }

    /// Keeps these headers of every answer from now on.
    pub(crate) fn keep_headers(&mut self, names: Arc<[HeaderName]>) {
        self.keep = names;
    }

    /// The values of a header that the last answer had and that is kept.
    pub(crate) fn kept(&self, name: &str) -> impl Iterator<Item = &str> {
        self.kept.iter().filter(move |(kept, _)| kept.as_str() == name).map(|(_, value)| value.as_str())
    }

    /// A request as it would be sent now, head and body.
    pub(crate) fn written(&self, request: &Request<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        request.write(&self.target, self.user_header.as_ref(), &self.own_lines, &mut out);
        out
    }

    /// Sends a request and reads its whole answer, which is counted and thrown away.
    ///
    /// Needs a tokio runtime with network and time. Dropping the future closes the connection.
    pub async fn exchange(&mut self, request: Request<'_>) -> Exchange {
        self.exchange_from(Instant::now(), request, None).await
    }

    /// As [`exchange`](Self::exchange), for a request that was decided on at `started`, just now. `kept` gets the
    /// first 64 KiB of the answer's body as far as it came; nothing of a failed answer.
    pub(crate) async fn exchange_from(
        &mut self,
        started: Instant,
        request: Request<'_>,
        kept: Option<&mut Vec<u8>>,
    ) -> Exchange {
        let limits = self.limits;
        let response = self.send(&request, started, request.timeout, kept.is_some()).await;
        let Response { deadline, connect, start, at, bytes, result } = response;
        let sent = Exchange {
            start,
            head: None,
            ended: at,
            connect,
            status: 0,
            bytes: 0,
            retry_after: None,
            outcome: Ok(()),
        };
        let (head, mut body) = match result {
            Ok(answer) => answer,
            Err(failure) => return Exchange { outcome: Err(failure), ..sent },
        };
        let (status, retry_after) = (head.status, head.verdict.retry_after);
        let answered = Exchange { head: Some(at), status, retry_after, ..sent };
        if let Err(unexpected) = head.verdict.outcome {
            let DiscardedBody { beginning, bytes, complete, ended } = body.explain(deadline).await;
            let outcome = if complete && bytes == 0 && may_be_empty(&unexpected, request.answer) {
                Ok(())
            } else {
                Err(unexpected.into_failure(&beginning))
            };
            return Exchange { ended, bytes, outcome, ..answered };
        }
        let (bytes, ended, outcome) = read_whole(&mut body, bytes, deadline, limits.max_body, kept).await;
        body.end();
        let late = || Err(Failure::late("the answer was not complete", request.timeout));
        let outcome = outcome.unwrap_or_else(late);
        Exchange { ended, bytes, outcome, ..answered }
    }

    /// Sends a request that was decided on at `started` and waits for the head of its answer. The
    /// whole exchange must be over `timeout` after that. With `keep` the whole body is left to be read;
    /// else what comes with the head is counted there.
    pub(crate) async fn send(
        &mut self,
        request: &Request<'_>,
        started: Instant,
        timeout: Duration,
        keep: bool,
    ) -> Response<'_> {
        self.transport.sent = false;
        if !self.kept.is_empty() {
            self.kept.clear();
        }
        let span = Timing { started, timeout, deadline: started + timeout.min(LONGEST_TIMEOUT) };
        let mut opened = None;
        let sent = self.send_once(request, keep, span, &mut opened).await;
        let late = opened.map_or(Duration::ZERO, |(opening, _)| opening.late());
        let deadline = span.deadline + late;
        match sent {
            Ok((connection, Answered { mut head, start, at, bytes })) => {
                if !head.verdict.kept.is_empty() {
                    self.kept = std::mem::take(&mut head.verdict.kept);
                }
                let result = Ok((head, ResponseBody::new(&mut self.transport, connection)));
                let start = opened.map_or(start, |(opening, _)| opening.start(started, start));
                Response { deadline, connect: opened.map(|(_, took)| took), start, at, bytes, result }
            }
            Err(failure) => {
                // At the deadline at the latest, however late that was noticed.
                let at = Arrival::exactly(Instant::now().min(deadline).max(started));
                self.transport.finish(None);
                let start = Start::exactly((started + late).min(at.at));
                let connect = opened.map(|(_, took)| took);
                Response { deadline, connect, start, at, bytes: 0, result: Err(failure) }
            }
        }
    }

    /// Sends over the kept connection, or over a new one. The peer may have closed a kept one; if it broke
    /// before a single byte was written, the request is sent over a new one. After the first byte the peer may
    /// have acted on the request: only what may be sent twice is sent again, once, and that only if nothing came back
    /// (RFC 9110 §9.2.2).
    async fn send_once(
        &mut self,
        request: &Request<'_>,
        keep: bool,
        span: Timing,
        opened: &mut Option<(Opening, Duration)>,
    ) -> Result<(Box<Connection>, Answered), Failure> {
        request.check()?;
        if let Some(mut connection) = self.transport.connection.take() {
            if connection.is_alive().await {
                let heard = connection.last_heard();
                match self.ask(&mut connection, request, keep, span.deadline, Some(span.started)).await {
                    Ok(answer) => return Ok((connection, answer)),
                    Err(HttpError::Late) => return Err(HttpError::Late.into_failure(span.timeout)),
                    Err(_) if !self.transport.sent => {}
                    Err(error) if error.is_end() && connection.is_silent() => {
                        if !request.method.is_idempotent() {
                            let idle = span.started.saturating_duration_since(heard);
                            return Err(Failure::idle_closed(request.method, idle));
                        }
                    }
                    Err(error) => return Err(error.into_failure(span.timeout)),
                }
            }
            self.reconnects += 1;
        }
        let begun = Instant::now();
        let (mut connection, opening) = self.connect(begun, span).await?;
        *opened = Some((opening, opening.counted(begun)));
        let answer = self.ask(&mut connection, request, keep, span.deadline + opening.late(), None).await;
        Ok((connection, answer.map_err(|error| error.into_failure(span.timeout))?))
    }

    async fn connect(&self, begun: Instant, span: Timing) -> Result<(Box<Connection>, Opening), Failure> {
        let limit = self.limits.connect.min(LONGEST_TIMEOUT);
        let latest = begun + limit;
        let until = tokio::time::Instant::from_std(latest.min(span.deadline));
        match tokio::time::timeout_at(until, dial(&self.target)).await {
            Ok(dialled) => dialled.map(|(socket, opening)| (Connection::new(socket, begun), opening)),
            Err(_) if span.deadline <= latest => Err(Failure::late("there was no connection", span.timeout)),
            Err(_) => {
                let text = format!("no connection to the target within {limit:?}");
                Err(Failure::new(FailureClass::Connect, &text))
            }
        }
    }

    async fn ask(
        &mut self,
        connection: &mut Connection,
        request: &Request<'_>,
        keep_body: bool,
        until: Instant,
        busy_since: Option<Instant>,
    ) -> Result<Answered, HttpError> {
        let Client { target, user_header, own_lines, keep, transport: Transport { sent, timer, .. }, .. } =
            self;
        let write = |out: &mut Vec<u8>| request.write(target, user_header.as_ref(), own_lines, out);
        let expect = Expect { answer: request.answer, success: request.success, body: keep_body, keep };
        let deadline = Deadline { timer, until, busy_since };
        connection.request(write, Sending { expect, sent, deadline }).await
    }

    /// Whether bytes of the current request were handed to a connected socket and its exchange has
    /// not ended. Stays true when the exchange's future is dropped half-way, until the next call.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        self.transport.sent
    }

    /// How often a kept connection turned out closed before anything was sent on it, or before anything was
    /// answered to what may be sent twice, so that another was opened in its place.
    #[must_use]
    pub fn reconnects(&self) -> u64 {
        self.reconnects
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("target", &self.target)
            .field("connected", &self.transport.connection.is_some())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

/// Reads a body to its end, of which `bytes` came with the head; `kept` gets the beginning of the rest. Returns its
/// bytes, when reading stopped, and how; `None` at the deadline.
async fn read_whole(
    body: &mut ResponseBody<'_>,
    mut bytes: u64,
    deadline: Instant,
    max_body: usize,
    mut kept: Option<&mut Vec<u8>>,
) -> (u64, Arrival, Option<Result<(), Failure>>) {
    loop {
        let keep = |data: &[u8], _| {
            if let Some(kept) = &mut kept {
                let room = KEPT.saturating_sub(kept.len()).min(data.len());
                kept.extend_from_slice(&data[..room]);
            }
        };
        let (event, at) = body.next(deadline, keep).await;
        if let BodyEvent::Data(length) = event {
            bytes += length;
        }
        let outcome = match event {
            _ if bytes > max_body as u64 => {
                let text = format!("more than {max_body} bytes");
                Some(Err(Failure::new(FailureClass::OversizeBody, &text)))
            }
            BodyEvent::Data(_) => continue,
            BodyEvent::End => Some(Ok(())),
            BodyEvent::Broken(how) => Some(Err(Failure::new(FailureClass::Transport, &how))),
            BodyEvent::Late => None,
        };
        return (bytes, at, outcome);
    }
}

/// An answer without a body, such as 204, needs no type to be JSON.
fn may_be_empty(unexpected: &Unexpected, expected: Answer) -> bool {
    unexpected.class == FailureClass::WrongContentType && expected == Answer::Json
}
