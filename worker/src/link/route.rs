//! How a worker reaches its controller, and the stream of bytes between them.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::Address;
use super::tls::Tls;

/// Bytes of one direction that may wait inside a process.
const IN_PROCESS_BUFFER: usize = 64 << 10;
/// First byte of a TLS alert. HTTP/2 begins with the length of a small frame: a zero.
const TLS_ALERT: u8 = 0x15;

/// How a worker reaches its controller.
#[derive(Debug, Clone)]
pub enum Route {
    /// Over the network.
    Network {
        /// Where it listens.
        address: Address,
        /// `None`: without TLS.
        tls: Option<Tls>,
    },
    /// Both are in one process: the far end of each new connection is sent there. No port is used, so neither
    /// certificates nor firewalls matter.
    InProcess(mpsc::Sender<DuplexStream>),
}

impl From<Address> for Route {
    fn from(address: Address) -> Route {
        Route::Network { address, tls: None }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Route::Network { address, .. } => address.fmt(f),
            Route::InProcess(_) => f.write_str("this process"),
        }
    }
}

impl Route {
    /// Opens a connection.
    pub(super) async fn dial(&self, mismatch: &Mismatch) -> Result<ControlStream, Error> {
        let (address, tls) = match self {
            Route::InProcess(door) => {
                let (near, far) = tokio::io::duplex(IN_PROCESS_BUFFER);
                let gone = |_| Error::new(ErrorKind::ConnectionRefused, "the controller is gone");
                door.send(far).await.map_err(gone)?;
                return Ok(ControlStream::new(near, mismatch, None));
            }
            Route::Network { address, tls } => (address, tls),
        };
        let socket = TcpStream::connect(address.as_str()).await?;
        // Deltas and heartbeats are small and urgent; a socket that refuses the option delays them.
        let _ = socket.set_nodelay(true);
        let Some(tls) = tls else { return Ok(ControlStream::new(socket, mismatch, None)) };
        let secure = tls.connector.connect(tls.name.clone(), socket).await;
        let secure = secure.inspect_err(|error| mismatch.note(tls.explain(error)))?;
        Ok(ControlStream::new(secure, mismatch, Some(tls.clone())))
    }
}

/// Why the two ends cannot talk to each other, once that is known. HTTP/2 above would only report that the
/// connection broke.
#[derive(Debug, Clone, Default)]
pub(super) struct Mismatch(Arc<OnceLock<String>>);

impl Mismatch {
    fn note(&self, reason: Option<String>) {
        if let Some(reason) = reason {
            let _ = self.0.set(reason); // the first reason caused the others
        }
    }

    /// The reason, for a person.
    pub(super) fn reason(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection that remembers why it failed.
pub(super) struct ControlStream {
    stream: Box<dyn Stream>,
    mismatch: Mismatch,
    tls: Option<Tls>,
    begun: bool,
}

impl ControlStream {
    fn new(stream: impl Stream + 'static, mismatch: &Mismatch, tls: Option<Tls>) -> ControlStream {
        ControlStream { stream: Box::new(stream), mismatch: mismatch.clone(), tls, begun: false }
    }

    fn remember(&self, error: &Error) {
        self.mismatch.note(self.tls.as_ref().and_then(|tls| tls.explain(error)));
    }

    /// A controller that speaks TLS answers our plain text with an alert.
    fn check_first(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(first) = bytes.first() else { return Ok(()) };
        if !std::mem::replace(&mut self.begun, true) && self.tls.is_none() && *first == TLS_ALERT {
            let reason =
                "it speaks TLS; give --tls-ca, and --tls-cert and --tls-key if it wants a certificate";
            self.mismatch.note(Some(reason.to_owned()));
            return Err(Error::new(ErrorKind::InvalidData, reason));
        }
        Ok(())
    }
}

impl AsyncRead for ControlStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        Poll::Ready(match read {
            Ok(()) => self.check_first(&buf.filled()[before..]),
            Err(error) => {
                self.remember(&error);
                Err(error)
            }
        })
    }
}

impl AsyncWrite for ControlStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize, Error>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        Poll::Ready(written.inspect_err(|error| self.remember(error)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
