//! Connections that end when their peer neither reads nor writes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// Most connections at a time; one more is closed at once.
const CONNECTIONS: usize = 256;
/// How long a peer may leave a connection alone. A viewer gets something each second, so this is how
/// long it may take nothing of it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to rest when the system has no descriptor left for another connection.
const REST: Duration = Duration::from_millis(100);

/// A listener whose connections are [`Patient`].
pub(super) struct Counter {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Counter {
    pub(super) fn new(listener: TcpListener) -> Counter {
        Counter { listener, places: Arc::new(Semaphore::new(CONNECTIONS)) }
    }
}

impl axum::serve::Listener for Counter {
    type Io = Patient;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Patient, SocketAddr) {
        loop {
            match self.listener.accept().await {
                // The same copy goes to every viewer each second: it must not wait for an old ack.
                Ok((socket, address)) => {
                    let _ = socket.set_nodelay(true);
                    if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                        return (Patient::new(socket, place), address);
                    }
                    tracing::warn!(%address, "closed a connection to the dashboard: {CONNECTIONS} are open");
                }
                Err(error) => {
                    tracing::warn!("the dashboard cannot accept a connection: {error}");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection on which something must move every [`PATIENCE`].
pub(super) struct Patient {
    socket: TcpStream,
    idle: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Patient {
    fn new(socket: TcpStream, place: OwnedSemaphorePermit) -> Patient {
        Patient { socket, idle: Box::pin(tokio::time::sleep(PATIENCE)), _place: place }
    }

    /// The outcome of an operation: moved bytes renew the patience, waiting uses it up.
    fn judge<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Ready(outcome) => {
                self.idle.as_mut().reset(Instant::now() + PATIENCE);
                Poll::Ready(outcome)
            }
            Poll::Pending if self.idle.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.socket).poll_read(cx, buffer);
        self.judge(cx, outcome)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.judge(cx, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write_vectored(cx, parts);
        self.judge(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
