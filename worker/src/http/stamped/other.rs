//! Systems whose stamps this program does not know.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;

pub(super) fn ask_for_stamps(_: &TcpStream) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn handshake(_: &TcpStream) -> Option<Duration> {
    None
}

/// Reads what has come, without waiting for it on a socket that does not block.
pub(super) fn receive(tcp: &TcpStream, into: &mut [u8]) -> io::Result<(usize, Option<Duration>)> {
    Ok((rustix::io::read(tcp, into)?, None))
}
