//! The socket of a connection: TCP, or TLS over TCP; how it is opened, and the buffers it shares.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use common::failure::FailureClass;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;

use super::failure::chain;
use super::opening::Opening;
use super::stamped::StampedTcp;
use super::{Failure, Target};

/// As much as one system call reads, bytes.
const READ: usize = 64 << 10;
/// `ENFILE` and `EMFILE`, the same on every Unix: the system's and the process's descriptors are
/// used up. The standard library has no stable kind for them.
const SYSTEM_OUT_OF_DESCRIPTORS: i32 = 23;
const PROCESS_OUT_OF_DESCRIPTORS: i32 = 24;

/// What carries the bytes.
pub(super) enum Socket {
    Plain(StampedTcp),
    /// Boxed: its state is large beside a plain socket's.
    Tls(Box<TlsStream<StampedTcp>>),
}

impl Socket {
    /// Reads what has come; zero bytes mean the end.
    #[inline]
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Socket::Plain(tcp) => tcp.poll_receive(cx, into),
            Socket::Tls(tls) => {
                let mut into = ReadBuf::new(into);
                Pin::new(tls).poll_read(cx, &mut into).map_ok(|()| into.filled().len())
            }
        }
    }

    /// The kernel's stamp of the last bytes that were read, since the epoch of Unix. With TLS: of the last ones of
    /// the last record.
    pub(super) fn stamp(&self) -> Option<Duration> {
        match self {
            Socket::Plain(tcp) => tcp.stamp(),
            Socket::Tls(tls) => tls.get_ref().0.stamp(),
        }
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
            Socket::Plain(tcp) => tcp.is_quiet(),
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

thread_local! {
    /// Used only between two awaits, so one serves all users of a thread, and a user that waits for an
    /// answer holds no buffer: 10,000 idle users would otherwise keep 80 MB for nothing.
    static INCOMING: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
    /// As [`INCOMING`], for requests.
    static OUTGOING: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Lends the read buffer; `f` must not borrow it again.
pub(super) fn with_incoming<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    INCOMING.with_borrow_mut(|buffer| f(buffer))
}

/// Lends the write buffer, empty; `f` must not borrow it again.
pub(super) fn with_outgoing<R>(f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    OUTGOING.with_borrow_mut(|buffer| {
        buffer.clear();
        f(buffer)
    })
}

/// Connects to the target: TCP without delay of small writes, then TLS if it wants that.
pub(super) async fn dial(target: &Target) -> Result<(Socket, Opening), Failure> {
    let (tcp, asked) = connect(target).await?;
    let tcp = StampedTcp::new(tcp);
    let opening = Opening::since(asked, tcp.handshake());
    let Some(tls) = target.tls() else { return Ok((Socket::Plain(tcp), opening)) };
    let secured = tls.connector.connect(tls.name.clone(), tcp).await;
    secured
        .map(|stream| (Socket::Tls(Box::new(stream)), opening))
        .map_err(|error| Failure::new(FailureClass::Tls, &chain(&error)))
}

/// The connection, and when it was asked for. Tries the addresses one after another, and if all fail, those that the name has by now. If these fail too, the
/// first failure is reported when an address has answered before, else the last one: with a name like `localhost` the
/// first address is often of a protocol that is not served.
async fn connect(target: &Target) -> Result<(TcpStream, Instant), Failure> {
    target.freshen();
    let addresses = target.addresses();
    match connect_to_one(target, &addresses).await {
        Err(failure) if failure.class == FailureClass::Connect && target.has_others(&addresses).await => {
            connect_to_one(target, &target.addresses()).await
        }
        done => done,
    }
}

async fn connect_to_one(target: &Target, addresses: &[SocketAddr]) -> Result<(TcpStream, Instant), Failure> {
    let known = target.has_answered();
    let mut reported = None;
    for address in addresses.iter().copied() {
        let asked = Instant::now();
        match open(address, target.source()).await {
            Ok(tcp) => {
                target.set_answered(address);
                return Ok((tcp, asked));
            }
            Err(error) => {
                let failure = failure(address, &error);
                if known && failure.class == FailureClass::LocalLimit {
                    return Err(failure);
                }
                if reported.is_none() || !known {
                    reported = Some(failure);
                }
            }
        }
    }
    Err(reported.unwrap_or_else(|| Failure::new(FailureClass::Connect, "the target has no address")))
}

async fn open(address: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let tcp = match source {
        None => TcpStream::connect(address).await?,
        Some(source) => {
            let socket = if source.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            socket.bind(SocketAddr::new(source, 0))?;
            socket.connect(address).await?
        }
    };
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

fn failure(address: SocketAddr, error: &io::Error) -> Failure {
    match remedy(error) {
        Some(remedy) => Failure::new(FailureClass::LocalLimit, &format!("{address}: {error}; {remedy}")),
        None => Failure::new(FailureClass::Connect, &format!("{address}: {error}")),
    }
}

/// What helps when this machine, not the target, is at its end.
fn remedy(error: &io::Error) -> Option<&'static str> {
    match error.raw_os_error() {
        Some(PROCESS_OUT_OF_DESCRIPTORS) => Some("raise this worker's `ulimit -Hn` or start more workers"),
        Some(SYSTEM_OUT_OF_DESCRIPTORS) => Some("raise sysctl fs.file-max or use more machines"),
        _ if error.kind() == io::ErrorKind::AddrNotAvailable => {
            Some("no local port is free: widen sysctl net.ipv4.ip_local_port_range or use more machines")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_not_the_targets_fault() {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let class = |code| failure(address, &io::Error::from_raw_os_error(code)).class;
        assert_eq!(class(24), FailureClass::LocalLimit); // EMFILE
        assert_eq!(class(23), FailureClass::LocalLimit); // ENFILE
        assert_eq!(failure(address, &io::ErrorKind::AddrNotAvailable.into()).class, FailureClass::LocalLimit);
        assert_eq!(failure(address, &io::ErrorKind::ConnectionRefused.into()).class, FailureClass::Connect);
        assert_eq!(failure(address, &io::ErrorKind::HostUnreachable.into()).class, FailureClass::Connect);
    }

    #[test]
    fn what_this_machine_lacks_is_named_with_what_helps() {
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        let text = |code| failure(address, &io::Error::from_raw_os_error(code)).text;
        let (files, ports) = (text(24), text(99)); // EMFILE, EADDRNOTAVAIL
        assert!(files.starts_with("127.0.0.1:80: ") && files.ends_with("or start more workers"), "{files}");
        assert!(ports.contains("ip_local_port_range") && ports.len() <= 200, "{ports}");
    }

    #[tokio::test]
    async fn a_connection_comes_from_the_address_that_was_asked_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, source) = (listener.local_addr().unwrap(), IpAddr::from([127, 0, 0, 2]));
        let socket = open(address, Some(source)).await.unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!((peer.ip(), peer), (source, socket.local_addr().unwrap()));
    }
}
