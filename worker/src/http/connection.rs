//! A connection: one request goes out, one answer comes in, then the next.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use super::Start;
use super::arrival::{Arrival, Arrivals};
use super::body::Body;
use super::expect::{Expect, JudgedHead};
use super::failure::HttpError;
use super::head::{Progress, ResponseHead, read_head};
use super::socket::{Socket, with_incoming, with_outgoing};
use super::timer::{Deadline, Timer};

/// What a user keeps between two exchanges.
#[derive(Default)]
pub(super) struct Transport {
    /// The connection that may be used again. During an exchange it belongs to the exchange's future, so that
    /// dropping the future closes it.
    pub(super) connection: Option<Box<Connection>>,
    pub(super) timer: Timer,
    /// Whether bytes of the current request were handed to a socket.
    pub(super) sent: bool,
}

impl Transport {
    /// Ends an exchange, successful or not.
    pub(super) fn finish(&mut self, connection: Option<Box<Connection>>) {
        self.connection = connection.filter(|connection| connection.is_reusable());
        self.sent = false;
    }
}

/// One connection, and how far its answer was read. Only the user's own task touches it.
pub(super) struct Connection {
    socket: Socket,
    /// Bytes that have come and could not be used yet: part of a head, or a body's beginning.
    inbox: Vec<u8>,
    /// What is left of the answer.
    body: Body,
    /// Whether another request may follow once the answer is complete.
    keep: bool,
    /// When the last bytes came.
    came: Arrivals,
    /// When they were read.
    read: Instant,
}

/// One request on its way, beside its bytes.
pub(super) struct Sending<'c> {
    pub(super) expect: Expect<'c>,
    /// Becomes true with the first byte handed to the socket.
    pub(super) sent: &'c mut bool,
    pub(super) deadline: Deadline<'c>,
}

/// An answer whose head has come.
pub(super) struct Answered {
    pub(super) head: ResponseHead<JudgedHead>,
    /// When the question was handed to the system.
    pub(super) start: Start,
    /// When it came.
    pub(super) at: Arrival,
    /// Bytes of the body that came with the head and were counted at once.
    pub(super) bytes: u64,
}

/// What reading the body gave.
pub(super) enum Received {
    /// So many bytes, which the sink has seen.
    Data(u64),
    /// The body is complete.
    End,
}

impl Connection {
    /// A connection that is open at `now`.
    pub(super) fn new(socket: Socket, now: Instant) -> Box<Connection> {
        Box::new(Connection {
            socket,
            inbox: Vec::new(),
            body: Body::Done,
            keep: true,
            came: Arrivals::none(now),
            read: now,
        })
    }

    /// Whether the next request can go over it, as far as is known without reading.
    pub(super) fn is_reusable(&self) -> bool {
        self.keep && self.body.is_done()
    }

    /// When the peer was last heard.
    pub(super) fn last_heard(&self) -> Instant {
        self.read
    }

    /// Whether nothing of the current answer has come.
    pub(super) fn is_silent(&self) -> bool {
        self.inbox.is_empty() && self.body.is_done()
    }

    /// As [`is_reusable`](Self::is_reusable), after checking whether the peer has closed it since.
    pub(super) async fn is_alive(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(self.is_reusable() && self.socket.is_quiet(cx))).await
    }

    /// Sends a request, which `write` puts into a buffer, and waits for the head of its answer. If nobody reads
    /// the body, its beginning is counted here and not kept.
    pub(super) async fn request(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>),
        sending: Sending<'_>,
    ) -> Result<Answered, HttpError> {
        let Sending { expect, sent, mut deadline } = sending;
        self.keep = false;
        let mut write = Some(write);
        // What the socket did not take at once; seldom anything.
        let mut unsent = Vec::new();
        let mut start = Start::exactly(self.read);
        poll_fn(|cx| {
            let writing = match write.take() {
                Some(write) => with_outgoing(|bytes| {
                    write(bytes);
                    let mut done = 0;
                    start = Start::exactly(Instant::now());
                    self.came.asked(start.at);
                    let writing = self.socket.poll_send(cx, bytes, &mut done);
                    *sent |= done > 0;
                    unsent.extend_from_slice(&bytes[done..]);
                    start.took = start.at.elapsed();
                    writing
                }),
                None if unsent.is_empty() => Poll::Ready(Ok(())),
                None => {
                    let writing = self.poll_rest(cx, &mut unsent, sent);
                    start.took = start.at.elapsed();
                    writing
                }
            };
            if let Poll::Ready(Err(error)) = writing {
                return Poll::Ready(Err(HttpError::Io(error)));
            }
            match self.poll_head(cx, expect, start, deadline.until) {
                Poll::Ready(Ok(mut answered)) => {
                    // The service answered before the request was complete: what is unsent cannot follow.
                    answered.head.keep &= writing.is_ready();
                    self.keep = answered.head.keep;
                    Poll::Ready(Ok(answered))
                }
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                Poll::Pending => deadline.poll(cx).map(|()| Err(HttpError::Late)),
            }
        })
        .await
    }

    fn poll_rest(
        &mut self,
        cx: &mut Context<'_>,
        unsent: &mut Vec<u8>,
        sent: &mut bool,
    ) -> Poll<io::Result<()>> {
        let mut done = 0;
        let writing = self.socket.poll_send(cx, unsent, &mut done);
        *sent |= done > 0;
        unsent.drain(..done);
        writing
    }

    /// Reads until the head is whole.
    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        expect: Expect<'_>,
        start: Start,
        until: Instant,
    ) -> Poll<Result<Answered, HttpError>> {
        with_incoming(|buffer| {
            loop {
                let length = ready!(self.poll_fill(cx, buffer, until))?;
                if length == 0 {
                    return Poll::Ready(Err(HttpError::Closed));
                }
                if let Some(answered) = self.take_head(&buffer[..length], expect, start)? {
                    return Poll::Ready(Ok(answered));
                }
            }
        })
    }

    /// Reads bytes and notes when they came. A peer that never pauses meets its deadline too.
    fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
        until: Instant,
    ) -> Poll<Result<usize, HttpError>> {
        let read = ready!(self.socket.poll_read(cx, buffer));
        self.read = Instant::now();
        self.came = self.came.next(self.socket.stamp(), self.read);
        Poll::Ready(match read {
            _ if self.came.at() >= until => Err(HttpError::Late),
            Ok(length) => Ok(length),
            Err(error) => Err(HttpError::Io(error)),
        })
    }

    /// Looks for a head in the bytes so far and `new`.
    fn take_head(
        &mut self,
        new: &[u8],
        expect: Expect<'_>,
        start: Start,
    ) -> Result<Option<Answered>, HttpError> {
        if self.inbox.is_empty() {
            return self.take_head_from(new, new.len(), expect, start);
        }
        let mut bytes = std::mem::take(&mut self.inbox);
        bytes.extend_from_slice(new);
        self.take_head_from(&bytes, new.len(), expect, start)
    }

    fn take_head_from(
        &mut self,
        mut bytes: &[u8],
        new: usize,
        expect: Expect<'_>,
        start: Start,
    ) -> Result<Option<Answered>, HttpError> {
        loop {
            match read_head(bytes, new, |status, headers| expect.judge(status, headers))? {
                Progress::Partial => {
                    self.inbox = bytes.to_vec();
                    return Ok(None);
                }
                Progress::Informational(length) => bytes = &bytes[length..],
                Progress::Whole(mut head, length) => {
                    let mut rest = &bytes[length..];
                    let mut counted = 0;
                    if head.verdict.outcome.is_ok() && !expect.body {
                        head.body.take(&mut rest, |data, _| counted += data.len() as u64)?;
                        // Bytes behind the answer belong to no request.
                        head.keep &= rest.is_empty();
                    }
                    self.inbox = rest.to_vec();
                    self.body = std::mem::replace(&mut head.body, Body::Done);
                    let at = self.came.of(self.inbox.is_empty());
                    return Ok(Some(Answered { head, start, at, bytes: counted }));
                }
            }
        }
    }

    /// Waits for the next bytes of the body, which go to `sink`, and returns when they came.
    pub(super) async fn receive(
        &mut self,
        mut sink: impl FnMut(&[u8], Arrivals),
        mut deadline: Deadline<'_>,
    ) -> (Result<Received, HttpError>, Arrival) {
        let until = deadline.until;
        // The task has not waited since bytes last came: they are used where they are read.
        deadline.busy_since = Some(self.read);
        let result = poll_fn(|cx| match self.poll_body(cx, &mut sink, deadline.until) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => deadline.poll(cx).map(|()| Err(HttpError::Late)),
        })
        .await;
        let is_late = matches!(result, Err(HttpError::Late));
        (result, if is_late { Arrival::exactly(until) } else { self.came.of(true) })
    }

    fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
        sink: &mut impl FnMut(&[u8], Arrivals),
        until: Instant,
    ) -> Poll<Result<Received, HttpError>> {
        if !self.inbox.is_empty() {
            let bytes = std::mem::take(&mut self.inbox);
            match self.take_body(&bytes, sink)? {
                0 => {}
                length => return Poll::Ready(Ok(Received::Data(length))),
            }
        }
        with_incoming(|buffer| {
            loop {
                if self.body.is_done() {
                    return Poll::Ready(Ok(Received::End));
                }
                match ready!(self.poll_fill(cx, buffer, until))? {
                    0 => return Poll::Ready(self.closed()),
                    length => match self.take_body(&buffer[..length], sink)? {
                        // Nothing but what surrounds chunks.
                        0 => {}
                        length => return Poll::Ready(Ok(Received::Data(length))),
                    },
                }
            }
        })
    }

    /// Gives the body's data in `bytes` to `sink`; returns how much there was.
    fn take_body(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(&[u8], Arrivals),
    ) -> Result<u64, HttpError> {
        let (mut length, came) = (0, self.came);
        self.body.take(&mut bytes, |data, last| {
            length += data.len() as u64;
            sink(data, came.part(last));
        })?;
        self.keep &= bytes.is_empty();
        Ok(length)
    }

    /// The peer has closed the connection, which is how some bodies end.
    fn closed(&mut self) -> Result<Received, HttpError> {
        if self.body != Body::UntilClosed {
            return Err(HttpError::Closed);
        }
        self.body = Body::Done;
        Ok(Received::End)
    }
}
