//! A socket that closes itself when it has been idle for too long, and holds a permit until then.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};

/// What keeps a socket open when its time is up.
pub trait KeepOpen: Unpin {
    /// Whether the time begins anew whenever bytes move.
    const BYTES_COUNT: bool;

    /// Asked when the time is up: whether the socket is in use all the same.
    fn in_use(&mut self) -> bool;
}

/// A connection, one of those that may be open at a time.
pub struct IdleSocket<K> {
    socket: TcpStream,
    /// How long it may be idle.
    limit: Duration,
    timer: Pin<Box<Sleep>>,
    keep: K,
    /// Its place among the connections that may be open.
    _permit: OwnedSemaphorePermit,
}

impl<K: KeepOpen> IdleSocket<K> {
    /// Closes `socket` and gives `permit` back when it was idle for `limit` and `keep` has no use for it.
    pub fn new(socket: TcpStream, limit: Duration, keep: K, permit: OwnedSemaphorePermit) -> IdleSocket<K> {
        IdleSocket { socket, limit, timer: Box::pin(tokio::time::sleep(limit)), keep, _permit: permit }
    }

    /// What keeps it open.
    pub fn keep(&self) -> &K {
        &self.keep
    }

    /// Hands on the outcome of an operation, unless the socket has been idle for too long by now.
    fn check<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<Result<T>>) -> Poll<Result<T>> {
        if K::BYTES_COUNT && outcome.is_ready() {
            self.timer.as_mut().reset(Instant::now() + self.limit);
            return outcome;
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if !self.keep.in_use() {
                return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "idle for too long")));
            }
            self.timer.as_mut().reset(Instant::now() + self.limit);
        }
        outcome
    }
}

impl<K: KeepOpen> AsyncRead for IdleSocket<K> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let outcome = Pin::new(&mut self.socket).poll_read(cx, buffer);
        self.check(cx, outcome)
    }
}

impl<K: KeepOpen> AsyncWrite for IdleSocket<K> {
    // A peer that does not read keeps HTTP/2 from reading: the check must not depend on reads alone.
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.check(cx, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write_vectored(cx, parts);
        self.check(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
