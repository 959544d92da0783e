//! The sandbox backend as a process, and its own counts.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use backend::Counts;

use super::{Process, START, binaries};

/// Flags of a sandbox whose answers are short and always the same: no slots, 5 ms to the first
/// token, 8 tokens, 2 ms apart.
pub const QUICK: &[&str] = &[
    "--stream-slots",
    "0",
    "--ttft",
    "5ms",
    "--ttft-sigma",
    "0",
    "--tokens",
    "8",
    "--tokens-sigma",
    "0",
    "--token-gap",
    "2ms",
];

/// A running sandbox backend.
#[derive(Debug)]
pub struct Backend {
    /// The process.
    pub process: Process,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Backend {
    /// Starts `backend ARGS…` on a free port.
    pub fn start(args: &[&str]) -> Backend {
        let mut command = binaries::backend();
        command.args(["--listen", "127.0.0.1:0"]).args(args);
        let mut process = Process::start("backend", command);
        let addr = process.printed_after("backend: listening on http://", START).parse().unwrap();
        Backend { process, addr }
    }

    /// The base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What it has counted by now.
    pub fn counts(&self) -> Counts {
        serde_json::from_str(&get(self.addr, "/_sandbox/counts")).unwrap()
    }

    /// What it has counted once nothing is in progress any more and nothing has changed for a while.
    pub fn settled(&self) -> Counts {
        let deadline = Instant::now() + START;
        let mut last = self.counts();
        loop {
            std::thread::park_timeout(Duration::from_millis(250));
            let now = self.counts();
            if now.requests == last.requests && now.streams == last.streams && now.streams.in_progress == 0 {
                return now;
            }
            assert!(Instant::now() < deadline, "the backend does not come to rest: {now:?}");
            last = now;
        }
    }

    /// Sets every count to zero.
    pub fn reset(&self) {
        request(self.addr, "POST", "/_sandbox/reset");
    }
}

/// Requests by endpoint over all statuses, as `GET /threads` → 12.
pub fn totals(counts: &Counts) -> BTreeMap<String, u64> {
    counts.requests.keys().map(|endpoint| (endpoint.clone(), counts.total(endpoint))).collect()
}

/// Requests of every endpoint under one status.
pub fn with_status(counts: &Counts, status: u16) -> u64 {
    counts.requests.values().filter_map(|statuses| statuses.get(&status)).sum()
}

/// The body of one GET on a connection of its own.
pub fn get(addr: SocketAddr, path: &str) -> String {
    request(addr, "GET", path)
}

fn request(addr: SocketAddr, method: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(addr).unwrap();
    socket.set_read_timeout(Some(START)).unwrap();
    write!(socket, "{method} {path} HTTP/1.0\r\nhost: {addr}\r\ncontent-length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a response head");
    assert!(head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')), "{method} {path}: {head}");
    body.to_owned()
}
