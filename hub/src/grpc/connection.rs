//! One connection of a worker, from `accept` to its end.

use std::fmt;
use std::io::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use crate::idle_socket::{IdleSocket, KeepOpen};
use crate::rejections::{RejectionReason, Rejections};

/// A connection must carry an attached worker within this time: TLS handshake, HTTP/2 preface, request
/// headers and the first message all fall into it, however slowly a peer sends them. A worker needs a
/// few round trips.
pub const ATTACH_WITHIN: Duration = Duration::from_secs(10);

/// A socket that closes itself when no worker is attached by it.
pub(super) type WorkerSocket = IdleSocket<WhileAttached>;

/// Keeps a socket open while a worker is attached by it; whoever sends bytes without attaching is closed.
pub struct WhileAttached {
    peer: Peer,
    rejections: Arc<Rejections>,
}

impl KeepOpen for WhileAttached {
    const BYTES_COUNT: bool = false;

    fn in_use(&mut self) -> bool {
        let ConnectionLife { attached, ever } = &*self.peer.life;
        if attached.load(Ordering::Relaxed) > 0 {
            return true;
        }
        if !ever.swap(true, Ordering::Relaxed) {
            self.rejections.count(RejectionReason::Silent, &self.peer);
        }
        false
    }
}

/// What a request can know of its connection.
#[derive(Debug, Clone)]
pub struct Peer {
    address: Option<SocketAddr>,
    life: Arc<ConnectionLife>,
}

/// Whether a connection serves a purpose.
#[derive(Debug, Default)]
struct ConnectionLife {
    attached: AtomicUsize,
    ever: AtomicBool,
}

/// Keeps a connection open while a worker is attached by it.
#[derive(Debug)]
pub struct Attached(Arc<ConnectionLife>);

impl Drop for Attached {
    fn drop(&mut self) {
        self.0.attached.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Peer {
    /// A worker is attached by this connection for as long as the value lives.
    pub fn attach(&self) -> Attached {
        self.life.attached.fetch_add(1, Ordering::Relaxed);
        self.life.ever.store(true, Ordering::Relaxed);
        Attached(Arc::clone(&self.life))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Some(address) => address.fmt(f),
            None => f.write_str("this process"),
        }
    }
}

impl WorkerSocket {
    /// Watches a socket that was just accepted.
    pub(super) fn accepted(
        socket: TcpStream,
        address: SocketAddr,
        rejections: Arc<Rejections>,
        place: OwnedSemaphorePermit,
    ) -> WorkerSocket {
        let peer = Peer { address: Some(address), life: Arc::default() };
        IdleSocket::new(socket, ATTACH_WITHIN, WhileAttached { peer, rejections }, place)
    }

    /// Who it is.
    pub(super) fn peer(&self) -> &Peer {
        &self.keep().peer
    }
}

/// A connection that HTTP/2 can be spoken on.
pub enum WorkerConnection {
    /// As the bytes come.
    Plain(WorkerSocket),
    /// Secured; boxed, because its state is large.
    Tls(Box<TlsStream<WorkerSocket>>),
    /// From a worker in this process, which needs neither guard nor certificate.
    Local(DuplexStream),
}

impl Connected for WorkerConnection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        match self {
            WorkerConnection::Plain(socket) => socket.peer().clone(),
            WorkerConnection::Tls(stream) => stream.get_ref().0.peer().clone(),
            WorkerConnection::Local(_) => Peer { address: None, life: Arc::default() },
        }
    }
}

trait WorkerStream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> WorkerStream for S {}

impl WorkerConnection {
    fn stream(self: Pin<&mut Self>) -> Pin<&mut dyn WorkerStream> {
        match self.get_mut() {
            WorkerConnection::Plain(socket) => Pin::new(socket),
            WorkerConnection::Tls(stream) => Pin::new(stream.as_mut()),
            WorkerConnection::Local(stream) => Pin::new(stream),
        }
    }
}

impl AsyncRead for WorkerConnection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        self.stream().poll_read(cx, buf)
    }
}

impl AsyncWrite for WorkerConnection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize, Error>> {
        self.stream().poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.stream().poll_shutdown(cx)
    }
}
