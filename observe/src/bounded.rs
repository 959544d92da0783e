//! A connection of which only so much is read for each look: a server may answer without end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much may still be read, shared with whoever grants it.
#[derive(Debug, Clone, Default)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl Allowance {
    /// Lets so many bytes be read from now on.
    pub(super) fn grant(&self, bytes: usize) {
        self.0.store(bytes, Relaxed);
    }

    /// Whether all that was granted has been read.
    pub(super) fn is_used_up(&self) -> bool {
        self.0.load(Relaxed) == 0
    }

    /// Whether there was enough for what was read.
    fn take(&self, bytes: usize) -> bool {
        let left = self.0.load(Relaxed).checked_sub(bytes);
        self.0.store(left.unwrap_or(0), Relaxed);
        left.is_some()
    }
}

/// Bytes in both directions.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// A connection that ends where more comes than was granted.
pub(super) struct Bounded {
    inner: Box<dyn Duplex>,
    allowance: Allowance,
}

impl Bounded {
    pub(super) fn new(inner: impl Duplex + 'static, allowance: Allowance) -> Bounded {
        Bounded { inner: Box::new(inner), allowance }
    }
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, into))?;
        Poll::Ready(match self.allowance.take(into.filled().len() - before) {
            true => Ok(()),
            false => Err(io::Error::other("more came than was granted")),
        })
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
