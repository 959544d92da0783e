//! The least HTTP/1.1 that shows what came over the wire, byte by byte.

use std::collections::HashMap;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A response read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: String,
    /// Whether the message ended as its framing promised.
    pub complete: bool,
}

impl Reply {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A response whose head has been read.
#[derive(Debug)]
pub struct Exchange {
    socket: TcpStream,
    /// Bytes that were read and not used yet.
    pending: Vec<u8>,
    pub status: u16,
    pub headers: HashMap<String, String>,
    /// Body bytes so far.
    pub body: String,
}

/// One request on a connection of its own, its response read to the end.
pub async fn call(addr: SocketAddr, method: &str, path: &str, body: Option<&str>) -> Reply {
    open(addr, method, path, body, "").await.finish().await
}

/// Sends one request and reads the response's head. `headers` are whole lines.
pub async fn open(addr: SocketAddr, method: &str, path: &str, body: Option<&str>, headers: &str) -> Exchange {
    let length = body.map_or(String::new(), |body| format!("content-length: {}\r\n", body.len()));
    let body = body.unwrap_or_default();
    let request = format!("{method} {path} HTTP/1.1\r\nhost: test\r\n{headers}{length}\r\n{body}");
    let socket = send(addr, &request).await;
    Exchange::new(socket).await
}

/// Connects and writes `bytes`.
pub async fn send(addr: SocketAddr, bytes: &str) -> TcpStream {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    socket.write_all(bytes.as_bytes()).await.unwrap();
    socket
}

impl Exchange {
    async fn new(socket: TcpStream) -> Self {
        let (pending, headers) = (Vec::new(), HashMap::new());
        let mut exchange = Self { socket, pending, status: 0, headers, body: String::new() };
        let head = exchange.until("\r\n\r\n").await.expect("a response head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        exchange.status = status.parse().unwrap();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            exchange.headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        exchange
    }

    /// The next chunk of a chunked body; empty at its end, `None` if it breaks off.
    pub async fn chunk(&mut self) -> Option<String> {
        let size = self.until("\r\n").await?;
        let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
        let chunk = self.exactly(size + 2).await?;
        let chunk = chunk[..size].to_owned();
        self.body.push_str(&chunk);
        Some(chunk)
    }

    /// Reads the body until it holds `text`.
    pub async fn wait_for(&mut self, text: &str) {
        while !self.body.contains(text) {
            assert!(self.chunk().await.is_some_and(|chunk| !chunk.is_empty()), "no {text:?}");
        }
    }

    /// Reads the rest.
    pub async fn finish(mut self) -> Reply {
        let complete = if self.headers.contains_key("transfer-encoding") {
            loop {
                match self.chunk().await {
                    Some(chunk) if chunk.is_empty() => break true,
                    Some(_) => {}
                    None => break false,
                }
            }
        } else {
            let length = self.headers.get("content-length").map_or(0, |n| n.parse().unwrap());
            let body = self.exactly(length).await;
            self.body = body.clone().unwrap_or_default();
            body.is_some()
        };
        Reply { status: self.status, headers: self.headers, body: self.body, complete }
    }

    /// A body with a length, leaving the connection open.
    pub async fn chunkless(&mut self) -> String {
        let length = self.headers["content-length"].parse().unwrap();
        self.exactly(length).await.unwrap()
    }

    /// Sends another request on the same connection.
    pub async fn again(mut self, request: &str) -> Self {
        self.socket.write_all(request.as_bytes()).await.unwrap();
        Self::new(self.socket).await
    }

    /// Whether the peer has closed the connection and sent nothing more.
    pub async fn is_closed(&mut self) -> bool {
        self.pending.is_empty() && !self.read().await
    }

    async fn until(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some(at) = self.pending.windows(end.len()).position(|w| w == end.as_bytes()) {
                return self.exactly(at + end.len()).await;
            }
            if !self.read().await {
                return None;
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> Option<String> {
        while self.pending.len() < length {
            if !self.read().await {
                return None;
            }
        }
        Some(String::from_utf8(self.pending.drain(..length).collect()).unwrap())
    }

    async fn read(&mut self) -> bool {
        matches!(self.socket.read_buf(&mut self.pending).await, Ok(n) if n > 0)
    }
}
