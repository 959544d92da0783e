//! Where the dashboard listens.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use hub::grpc::listen;
use tokio::net::TcpListener;

/// The dashboard's address unless the command line names one.
pub(crate) const DEFAULT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8089));

/// An address that the dashboard cannot have.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DashboardError {
    /// Another process has it.
    #[error(
        "--dashboard {0}: the port is in use; name another, or leave the dashboard out with --no-dashboard"
    )]
    InUse(SocketAddr),
    /// The system does not allow it.
    #[error("--dashboard {address}: {source}; name an address of this machine and a free port")]
    Refused { address: SocketAddr, source: std::io::Error },
    /// Open to others without a token.
    #[error(
        "--dashboard {0} would let anyone on the network steer this run; set a token with --token-file or \
         LOADTEST_TOKEN, or use 127.0.0.1"
    )]
    Unprotected(SocketAddr),
    /// A run is to wait for its start on a dashboard, and has none.
    #[error(
        "--wait-for-start waits for somebody at the dashboard, and there is none; say where it is to be, as in \
         --dashboard 127.0.0.1:8089, or leave it out"
    )]
    NobodyToStart,
}

/// Listens on `address`; beyond this machine only when a token guards the controls.
///
/// # Errors
/// The address cannot be had, or must not be without a token.
pub(crate) fn bind(address: SocketAddr, token: bool) -> Result<TcpListener, DashboardError> {
    if !address.ip().is_loopback() && !token {
        return Err(DashboardError::Unprotected(address));
    }
    listen(address).map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => DashboardError::InUse(address),
        _ => DashboardError::Refused { address, source },
    })
}
