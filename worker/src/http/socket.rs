//! The bytes' way: TCP, or TLS over it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// What carries the bytes.
pub(super) enum Socket {
    Plain(TcpStream),
    /// Boxed: its state is large beside a plain socket's.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Reads what has come; zero bytes mean the end.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut into = ReadBuf::new(into);
        let read = match self {
            Socket::Plain(tcp) => Pin::new(tcp).poll_read(cx, &mut into),
            Socket::Tls(tls) => Pin::new(tls).poll_read(cx, &mut into),
        };
        read.map_ok(|()| into.filled().len())
    }

    /// Hands over the beginning of `bytes`; returns how many.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Socket::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Socket::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    /// Sends what was handed over and still waits here.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            // TCP has taken what it took.
            Socket::Plain(_) => Poll::Ready(Ok(())),
            Socket::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    /// Whether nothing has come since the last answer, neither bytes nor the end. Costs no system
    /// call as long as that is so.
    pub(super) fn is_quiet(&mut self, cx: &mut Context<'_>) -> bool {
        match self {
            Socket::Plain(tcp) => {
                tcp.try_read(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
            }
            Socket::Tls(_) => self.poll_read(cx, &mut [0]).is_pending(),
        }
    }

    /// As [`poll_write`](Self::poll_write) until all `bytes` are sent; `done` counts those that were
    /// handed over.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        done: &mut usize,
    ) -> Poll<io::Result<()>> {
        while *done < bytes.len() {
            match ready!(self.poll_write(cx, &bytes[*done..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                length => *done += length,
            }
        }
        self.poll_flush(cx)
    }
}
