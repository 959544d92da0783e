//! A connection: one request goes out, one answer comes in, then the next.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use common::api::Answer;

use super::buffers::{with_incoming, with_outgoing};
use super::fault::Broken;
use super::socket::Socket;
use super::timer::Timer;
use super::wire::{Body, Head, Progress, read_head};

/// One connection, and how far its answer was read. No task but the user's own touches it.
pub(super) struct Link {
    socket: Socket,
    /// What has come and could not be used yet: part of a head, or a body's beginning.
    inbox: Vec<u8>,
    /// What is left of the answer.
    body: Body,
    /// Whether another request may follow once the answer is complete.
    keep: bool,
    /// When the last bytes came.
    at: Instant,
}

/// What is to come of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// What it must be.
    pub(super) answer: Answer,
    /// Somebody wants to see its body.
    pub(super) body: bool,
}

/// Why a wait ended without what was waited for.
#[derive(Debug)]
pub(super) enum Loss {
    /// The deadline came.
    Late,
    /// The connection broke, or the peer does not speak HTTP.
    Broken(Broken),
}

/// The head of an answer.
pub(super) struct Answered {
    pub(super) head: Head,
    /// When it came.
    pub(super) at: Instant,
    /// Bytes of the body that came with the head and were counted at once.
    pub(super) bytes: u64,
}

/// What reading the body gave.
pub(super) enum Piece {
    /// So many bytes, which the sink has seen.
    Data(u64),
    /// The body is complete.
    End,
}

impl Link {
    /// A connection that is open at `now`.
    pub(super) fn new(socket: Socket, now: Instant) -> Box<Link> {
        Box::new(Link { socket, inbox: Vec::new(), body: Body::Done, keep: true, at: now })
    }

    /// Whether the next request can go over it, as far as is known without reading.
    pub(super) fn is_reusable(&self) -> bool {
        self.keep && self.body.is_done()
    }

    /// As [`is_reusable`](Self::is_reusable), after a look whether the peer has closed it since.
    pub(super) async fn is_alive(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(self.is_reusable() && self.socket.is_quiet(cx))).await
    }

    /// Sends a request, which `write` puts into a buffer, and waits for the head of its answer.
    /// `sent` becomes true with the first byte handed to the socket. If nobody wants to see the
    /// body, its beginning is counted here and not kept. `now` as in [`Timer::poll_until`].
    pub(super) async fn request(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>),
        wanted: Wanted,
        sent: &mut bool,
        timer: &mut Timer,
        until: Instant,
        mut now: Option<Instant>,
    ) -> Result<Answered, Loss> {
        self.keep = false;
        let mut write = Some(write);
        // What the socket did not take at once; seldom anything.
        let mut unsent = Vec::new();
        poll_fn(|cx| {
            let writing = match write.take() {
                Some(write) => with_outgoing(|bytes| {
                    write(bytes);
                    let mut done = 0;
                    let writing = self.socket.poll_send(cx, bytes, &mut done);
                    *sent |= done > 0;
                    unsent.extend_from_slice(&bytes[done..]);
                    writing
                }),
                None if unsent.is_empty() => Poll::Ready(Ok(())),
                None => self.poll_rest(cx, &mut unsent, sent),
            };
            if let Poll::Ready(Err(error)) = writing {
                return Poll::Ready(Err(Loss::Broken(Broken::Io(error))));
            }
            match self.poll_head(cx, wanted, until) {
                Poll::Ready(Ok(mut answered)) => {
                    // An answer to half a request: the other half has no place to go.
                    answered.head.keep &= writing.is_ready();
                    self.keep = answered.head.keep;
                    Poll::Ready(Ok(answered))
                }
                Poll::Ready(Err(loss)) => Poll::Ready(Err(loss)),
                Poll::Pending => timer.poll_until(cx, until, now.take()).map(|()| Err(Loss::Late)),
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
        wanted: Wanted,
        until: Instant,
    ) -> Poll<Result<Answered, Loss>> {
        with_incoming(|buffer| {
            loop {
                let length = ready!(self.poll_fill(cx, buffer, until))?;
                if length == 0 {
                    return Poll::Ready(Err(Loss::Broken(Broken::Closed)));
                }
                if let Some(answered) = self.take_head(&buffer[..length], wanted)? {
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
    ) -> Poll<Result<usize, Loss>> {
        let read = ready!(self.socket.poll_read(cx, buffer));
        self.at = Instant::now();
        Poll::Ready(match read {
            _ if self.at >= until => Err(Loss::Late),
            Ok(length) => Ok(length),
            Err(error) => Err(Loss::Broken(Broken::Io(error))),
        })
    }

    /// Looks for a head in what has come so far and `new`.
    fn take_head(&mut self, new: &[u8], wanted: Wanted) -> Result<Option<Answered>, Loss> {
        if self.inbox.is_empty() {
            return self.take_head_from(new, new.len(), wanted);
        }
        let mut bytes = std::mem::take(&mut self.inbox);
        bytes.extend_from_slice(new);
        self.take_head_from(&bytes, new.len(), wanted)
    }

    fn take_head_from(
        &mut self,
        mut bytes: &[u8],
        new: usize,
        wanted: Wanted,
    ) -> Result<Option<Answered>, Loss> {
        loop {
            match read_head(bytes, new, wanted.answer).map_err(Broken::from)? {
                Progress::Partial => {
                    self.inbox = bytes.to_vec();
                    return Ok(None);
                }
                Progress::Informational(length) => bytes = &bytes[length..],
                Progress::Whole(mut head, length) => {
                    let mut rest = &bytes[length..];
                    let mut counted = 0;
                    if head.verdict.is_ok() && !wanted.body {
                        head.body
                            .take(&mut rest, |data| counted += data.len() as u64)
                            .map_err(Broken::from)?;
                        // Bytes behind an answer are the answer to nothing.
                        head.keep &= rest.is_empty();
                    }
                    self.inbox = rest.to_vec();
                    self.body = std::mem::replace(&mut head.body, Body::Done);
                    return Ok(Some(Answered { head, at: self.at, bytes: counted }));
                }
            }
        }
    }

    /// Waits for the next bytes of the body, which go to `sink`, and says when they came.
    pub(super) async fn piece(
        &mut self,
        mut sink: impl FnMut(&[u8], Instant),
        timer: &mut Timer,
        until: Instant,
    ) -> (Result<Piece, Loss>, Instant) {
        // Since bytes last came nothing was waited for: they are used where they are read.
        let mut now = Some(self.at);
        let result = poll_fn(|cx| match self.poll_piece(cx, &mut sink, until) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => timer.poll_until(cx, until, now.take()).map(|()| Err(Loss::Late)),
        })
        .await;
        let at = if matches!(result, Err(Loss::Late)) { Instant::now() } else { self.at };
        (result, at)
    }

    fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        sink: &mut impl FnMut(&[u8], Instant),
        until: Instant,
    ) -> Poll<Result<Piece, Loss>> {
        if !self.inbox.is_empty() {
            let bytes = std::mem::take(&mut self.inbox);
            match self.take_body(&bytes, sink)? {
                0 => {}
                length => return Poll::Ready(Ok(Piece::Data(length))),
            }
        }
        with_incoming(|buffer| {
            loop {
                if self.body.is_done() {
                    return Poll::Ready(Ok(Piece::End));
                }
                match ready!(self.poll_fill(cx, buffer, until))? {
                    0 => return Poll::Ready(self.closed()),
                    length => match self.take_body(&buffer[..length], sink)? {
                        // Nothing but what surrounds chunks.
                        0 => {}
                        length => return Poll::Ready(Ok(Piece::Data(length))),
                    },
                }
            }
        })
    }

    /// Gives the body's data in `bytes` to `sink`; returns how much there was.
    fn take_body(&mut self, mut bytes: &[u8], sink: &mut impl FnMut(&[u8], Instant)) -> Result<u64, Loss> {
        let (mut length, at) = (0, self.at);
        let taken = self.body.take(&mut bytes, |data| {
            length += data.len() as u64;
            sink(data, at);
        });
        taken.map_err(Broken::from)?;
        self.keep &= bytes.is_empty();
        Ok(length)
    }

    /// The peer has closed the connection: some bodies end so.
    fn closed(&mut self) -> Result<Piece, Loss> {
        if self.body != Body::UntilClosed {
            return Err(Loss::Broken(Broken::Closed));
        }
        self.body = Body::Done;
        Ok(Piece::End)
    }
}

impl From<Broken> for Loss {
    fn from(broken: Broken) -> Self {
        Loss::Broken(broken)
    }
}
