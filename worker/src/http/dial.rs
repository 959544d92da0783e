//! Opening a connection.

use std::io;
use std::net::{IpAddr, SocketAddr};

use common::failure::FailureClass;
use tokio::net::{TcpSocket, TcpStream};

use super::fault::chain;
use super::socket::Socket;
use super::{Fault, Target};

/// `ENFILE` and `EMFILE`, the same on every Unix: the system's and the process's descriptors are
/// used up. The standard library has no stable kind for them.
const SYSTEM_OUT_OF_DESCRIPTORS: i32 = 23;
const PROCESS_OUT_OF_DESCRIPTORS: i32 = 24;

/// Connects to the target: TCP without delay of small writes, then TLS if it wants that.
pub(super) async fn dial(target: &Target) -> Result<Socket, Fault> {
    let tcp = connect(target).await?;
    let Some(tls) = target.tls() else { return Ok(Socket::Plain(tcp)) };
    let secured = tls.connector.connect(tls.name.clone(), tcp).await;
    secured
        .map(|stream| Socket::Tls(Box::new(stream)))
        .map_err(|error| Fault::new(FailureClass::Tls, &chain(&error)))
}

/// Tries the addresses one after another. Of several failures the first is told once an address has
/// answered before, else the last: with a name like `localhost` the first is often a protocol that nobody
/// listens on.
async fn connect(target: &Target) -> Result<TcpStream, Fault> {
    let known = target.answered().is_some();
    let mut told = None;
    for (place, address) in target.addresses() {
        match open(address, target.source()).await {
            Ok(tcp) => {
                target.set_answered(place);
                return Ok(tcp);
            }
            Err(error) => {
                let fault = fault(address, &error);
                if known && fault.class == FailureClass::LocalLimit {
                    return Err(fault);
                }
                if told.is_none() || !known {
                    told = Some(fault);
                }
            }
        }
    }
    Err(told.unwrap_or_else(|| Fault::new(FailureClass::Connect, "the target has no address")))
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

fn fault(address: SocketAddr, error: &io::Error) -> Fault {
    match remedy(error) {
        Some(remedy) => Fault::new(FailureClass::LocalLimit, &format!("{address}: {error}; {remedy}")),
        None => Fault::new(FailureClass::Connect, &format!("{address}: {error}")),
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
        let class = |code| fault(address, &io::Error::from_raw_os_error(code)).class;
        assert_eq!(class(24), FailureClass::LocalLimit); // EMFILE
        assert_eq!(class(23), FailureClass::LocalLimit); // ENFILE
        assert_eq!(fault(address, &io::ErrorKind::AddrNotAvailable.into()).class, FailureClass::LocalLimit);
        assert_eq!(fault(address, &io::ErrorKind::ConnectionRefused.into()).class, FailureClass::Connect);
        assert_eq!(fault(address, &io::ErrorKind::HostUnreachable.into()).class, FailureClass::Connect);
    }

    #[test]
    fn what_this_machine_lacks_is_told_with_what_helps() {
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        let told = |code| fault(address, &io::Error::from_raw_os_error(code)).text;
        let (files, ports) = (told(24), told(99)); // EMFILE, EADDRNOTAVAIL
        assert!(files.starts_with("127.0.0.1:80: ") && files.ends_with("or start more workers"), "{files}");
        assert!(ports.contains("ip_local_port_range") && ports.len() <= 200, "{ports}");
    }

    #[tokio::test]
    async fn a_connection_comes_from_where_it_is_told_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, source) = (listener.local_addr().unwrap(), IpAddr::from([127, 0, 0, 2]));
        let socket = open(address, Some(source)).await.unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!((peer.ip(), peer), (source, socket.local_addr().unwrap()));
    }
}
