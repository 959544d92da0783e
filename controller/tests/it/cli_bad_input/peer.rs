//! A service in the test: it answers every request with the same bytes, and counts.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the API answers `GET /threads` with.
pub const API: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";

/// A running service.
pub struct Peer {
    addr: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// A service that answers with `answer` and hangs up. An empty answer keeps the caller waiting.
    pub fn answering(answer: &'static str) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let thread = std::thread::spawn(move || {
            let mut kept = Vec::new();
            for socket in listener.incoming() {
                let mut socket = socket.unwrap();
                match head(&mut socket) {
                    Some(line) if line == STOP => return,
                    Some(line) => log.lock().unwrap().push(line),
                    None => {}
                }
                // A caller that has left already is no reason to end.
                let _ = socket.write_all(answer.as_bytes());
                kept.extend(answer.is_empty().then_some(socket));
            }
        });
        Peer { addr, asked, thread: Some(thread) }
    }

    /// The base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The first lines of the requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// What ends the service.
const STOP: &str = "STOP";

impl Drop for Peer {
    fn drop(&mut self) {
        let stopped = TcpStream::connect(self.addr).and_then(|mut socket| socket.write_all(b"STOP\r\n\r\n"));
        if let (Ok(()), Some(thread)) = (stopped, self.thread.take()) {
            let _ = thread.join();
        }
    }
}

/// The first line of what a caller says, once its head is complete or it stays silent.
fn head(socket: &mut TcpStream) -> Option<String> {
    socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let (mut said, mut chunk) = (Vec::new(), [0; 1024]);
    while !said.windows(4).any(|end| end == b"\r\n\r\n") {
        match socket.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(length) => said.extend_from_slice(&chunk[..length]),
        }
    }
    String::from_utf8_lossy(&said).lines().next().map(str::to_owned)
}
