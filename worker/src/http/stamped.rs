//! A TCP connection that knows when the kernel received what was read.

#[cfg_attr(target_os = "linux", path = "stamped/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "stamped/other.rs")]
mod system;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// TCP with the stamps of `SO_TIMESTAMPNS`.
pub(super) struct StampedTcp {
    tcp: TcpStream,
    stamp: Option<Duration>,
}

impl StampedTcp {
    pub(super) fn new(tcp: TcpStream) -> StampedTcp {
        // Where that is refused there are no stamps, and the report says so.
        let _ = system::ask_for_stamps(&tcp);
        StampedTcp { tcp, stamp: None }
    }

    /// How long the handshake took, if the kernel measured it. To be asked once, before anything is sent.
    pub(super) fn handshake(&self) -> Option<Duration> {
        system::handshake(&self.tcp)
    }

    /// The kernel's stamp of the last bytes that were read, since the epoch of Unix.
    pub(super) fn stamp(&self) -> Option<Duration> {
        self.stamp
    }

    /// Whether nothing has come, neither bytes nor the end. Costs no system call as long as that is so.
    pub(super) fn is_quiet(&self) -> bool {
        self.tcp.try_read(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Reads what has come; zero bytes mean the end.
    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.tcp.poll_read_ready(cx))?;
            match self.try_receive(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return Poll::Ready(received),
            }
        }
    }

    fn try_receive(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut received = None;
        let tcp = &self.tcp;
        let tried = tcp.try_io(Interest::READABLE, || {
            let (length, stamp) = system::receive(tcp, into)?;
            received = Some((length, stamp));
            // With room left over nothing more is there. To say so spares the call that would find out, as tokio's
            // own reads do: one call for each event, not two.
            if (1..into.len()).contains(&length) { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        let (length, stamp) = received.unwrap_or_default();
        self.stamp = stamp;
        if received.is_none() {
            tried?;
        }
        Ok(length)
    }
}

/// For TLS, which reads and writes by itself.
impl AsyncRead for StampedTcp {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = ready!(self.poll_receive(cx, into.initialize_unfilled()))?;
        into.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for StampedTcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // TCP has taken what it took.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }
}
