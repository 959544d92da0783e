//! Whether the container's program is well, asked from inside by the engine.
//!
//! A controller is well while it listens for workers, a backend while it answers. A worker is well
//! while it runs: it has no port, and one that is cut off from its controller must not be restarted,
//! for it holds results that only it can still deliver.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::sockets::{inode, listening};

/// How long the backend may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the program is not well.
#[derive(Debug, thiserror::Error)]
pub(super) enum HealthError {
    /// Nothing of ours runs here.
    #[error("neither a controller nor a worker nor a backend runs here")]
    NoProgram,
    /// It does not listen yet, or any more.
    #[error("the {0} does not listen; its log says why")]
    NotListening(String),
    /// The backend does not answer.
    #[error("the backend at {0} does not answer: {1}; its log says why")]
    NoAnswer(SocketAddr, io::Error),
}

/// Looks at the program beside us, and says how it is.
pub(super) fn check() -> Result<String, HealthError> {
    let (pid, name) = program().ok_or(HealthError::NoProgram)?;
    if name == "worker" {
        return Ok("the worker runs".to_owned());
    }
    let address = listens_on(pid).ok_or_else(|| HealthError::NotListening(name.clone()))?;
    if name == "backend" {
        let asked = reachable(address);
        answers(asked).map_err(|error| HealthError::NoAnswer(asked, error))?;
    }
    Ok(format!("the {name} listens on {address}"))
}

/// The oldest process of ours: number 1, or the child of an engine's own init.
fn program() -> Option<(u32, String)> {
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let named = numbers.filter_map(|pid| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        Some((pid, name.trim_end().to_owned()))
    });
    named.filter(|(_, name)| matches!(name.as_str(), "controller" | "worker" | "backend")).min()
}

/// Where an engine's own name server listens inside every container of its networks.
const ENGINE_DNS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11));

/// The first address that the process listens on. Whose a socket is cannot be seen when the process has
/// become another user than we are; then any that is not the engine's is taken for its own.
fn listens_on(pid: u32) -> Option<SocketAddr> {
    let own = own_sockets(pid).ok();
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{pid}/net/{table}")));
    let mut sockets = tables.iter().flatten().flat_map(|text| listening(text));
    let is_its = |(address, inode): &(SocketAddr, u64)| match &own {
        Some(own) => own.contains(inode),
        None => address.ip() != ENGINE_DNS,
    };
    sockets.find(is_its).map(|(address, _)| address)
}

/// The inodes of the sockets that a process has open.
fn own_sockets(pid: u32) -> io::Result<HashSet<u64>> {
    let links = fs::read_dir(format!("/proc/{pid}/fd"))?.flatten();
    Ok(links.filter_map(|entry| inode(fs::read_link(entry.path()).ok()?.to_str()?)).collect())
}

/// Where a listener can be reached from its own host.
fn reachable(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// `GET /healthz`, which the backend does not count among its requests.
fn answers(address: SocketAddr) -> io::Result<()> {
    let mut peer = TcpStream::connect_timeout(&address, PATIENCE)?;
    peer.set_read_timeout(Some(PATIENCE))?;
    peer.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    peer.read_exact(&mut status)?;
    match status.ends_with(b" 200") {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&status).into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn our_own_listener_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = listens_on(std::process::id()).unwrap();
        // Other tests of this process may listen as well.
        assert!(found.port() > 0 && listener.local_addr().is_ok());
    }

    #[test]
    fn an_answer_of_200_is_well_and_nothing_else() {
        for (answer, well) in [("HTTP/1.1 200 OK", true), ("HTTP/1.1 503 No", false), ("HTTP", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let server = std::thread::spawn(move || {
                let (mut peer, _) = listener.accept().unwrap();
                peer.read_exact(&mut [0; 16]).unwrap();
                peer.write_all(answer.as_bytes()).unwrap();
            });
            assert_eq!(answers(address).is_ok(), well, "{answer}");
            server.join().unwrap();
        }
    }

    #[test]
    fn a_listener_on_every_address_is_reached_on_loopback() {
        for (listener, asked) in
            [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("10.0.0.1:1", "10.0.0.1:1")]
        {
            assert_eq!(reachable(listener.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
