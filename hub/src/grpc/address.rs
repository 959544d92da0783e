//! Where the controller listens for workers.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process has it.
    #[error("--bind {0}: the port is in use; stop what uses it, or name another with --bind")]
    InUse(SocketAddr),
    /// The system does not allow it.
    #[error("--bind {address}: {source}; name an address of this machine and a free port")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// Open to others without protection.
    #[error(
        "--bind {0} would let anyone on the network steer this controller; set a token with --token-file or \
         LOADTEST_TOKEN, have workers show certificates with --tls-ca (see `controller certs --help`), or bind \
         to 127.0.0.1"
    )]
    Unprotected(SocketAddr),
}

/// Listens on `address`. Beyond this machine only when `protected`.
///
/// # Errors
/// The address is taken, not this machine's, or open to others without protection.
pub fn bind(address: SocketAddr, protected: bool) -> Result<TcpListener, BindError> {
    if !address.ip().is_loopback() && !protected {
        return Err(BindError::Unprotected(address));
    }
    listen(address).map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => BindError::InUse(address),
        _ => BindError::Refused { address, source },
    })
}

/// Listens on `address`, which a controller before this one may just have left.
///
/// # Errors
/// What the system says.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
