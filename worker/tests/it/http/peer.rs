//! A server that does exactly what its script says, byte by byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::plan::Plan;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use worker::http::{Client, RequestLimits, Target};

/// What the peer does next on a connection. After the last step it closes.
#[derive(Debug, Clone)]
pub enum Step {
    /// Read one whole request.
    Request,
    /// Write these bytes.
    Send(Vec<u8>),
    /// Do nothing for so many milliseconds.
    Pause(u64),
    /// Write this again and again until the other side has gone.
    Flood(Vec<u8>),
    /// Keep the connection open until the other side closes it.
    Hold,
    /// Close with a reset instead of an end.
    Reset,
}

/// Writes text.
pub fn send(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

/// Writes a whole answer of the given status, headers and body, with its length.
pub fn answer(status: &str, headers: &str, body: &str) -> Step {
    send(&format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
}

/// Writes a whole JSON answer.
pub fn json(body: &str) -> Step {
    answer("200 OK", "content-type: application/json\r\n", body)
}

/// Writes one HTTP chunk.
pub fn chunk(data: &str) -> Step {
    send(&format!("{:x}\r\n{data}\r\n", data.len()))
}

#[derive(Debug, Default)]
struct Seen {
    requests: Vec<String>,
    connections: usize,
    gone: usize,
}

/// The running server. Each connection gets the next script; further ones are closed at once.
pub struct Peer {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Peer {
    pub async fn start(scripts: Vec<Vec<Step>>) -> Peer {
        Self::run(scripts, None).await
    }

    pub async fn start_tls(scripts: Vec<Vec<Step>>, acceptor: TlsAcceptor) -> Peer {
        Self::run(scripts, Some(acceptor)).await
    }

    async fn run(scripts: Vec<Vec<Step>>, acceptor: Option<TlsAcceptor>) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut scripts = scripts.into_iter();
            while let Ok((tcp, _)) = listener.accept().await {
                tcp.set_nodelay(true).unwrap();
                shared.lock().unwrap().connections += 1;
                let script = scripts.next().unwrap_or_default();
                tokio::spawn(serve(tcp, acceptor.clone(), script, Arc::clone(&shared)));
            }
        });
        Peer { address, seen, task }
    }

    /// The heads and bodies of the requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// Waits until the other side has closed `count` connections.
    pub async fn until_gone(&self, count: usize) {
        while self.seen.lock().unwrap().gone < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until `count` requests have been read.
    pub async fn until_requests(&self, count: usize) {
        while self.seen.lock().unwrap().requests.len() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub fn plan(&self) -> Plan {
        Plan { base_url: format!("http://{}", self.address), ..Plan::default() }
    }

    pub async fn client(&self) -> Client {
        client(&self.plan()).await
    }
}

/// A user of the plan.
pub async fn client(plan: &Plan) -> Client {
    let name = plan.api.user_header.parse().unwrap();
    Client::new(Target::resolve(plan).await.unwrap(), RequestLimits::from(plan), Some(name))
}

async fn serve(tcp: TcpStream, acceptor: Option<TlsAcceptor>, script: Vec<Step>, seen: Arc<Mutex<Seen>>) {
    match acceptor {
        None if script.iter().any(|step| matches!(step, Step::Reset)) => {
            let mut tcp = tcp;
            act(&mut tcp, script, &seen).await;
            tcp.set_zero_linger().unwrap();
        }
        None => act(&mut { tcp }, script, &seen).await,
        Some(acceptor) => {
            if let Ok(mut tls) = acceptor.accept(tcp).await {
                act(&mut tls, script, &seen).await;
                let _ = tls.shutdown().await;
            }
        }
    }
}

async fn act<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, script: Vec<Step>, seen: &Mutex<Seen>) {
    for step in script {
        let alive = match step {
            Step::Request => match read_request(stream).await {
                Some(request) => {
                    seen.lock().unwrap().requests.push(request);
                    true
                }
                None => false,
            },
            Step::Send(bytes) => stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok(),
            Step::Pause(millis) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                true
            }
            Step::Flood(bytes) => {
                while stream.write_all(&bytes).await.is_ok() {}
                false
            }
            Step::Hold => {
                while let Ok(1..) = stream.read(&mut [0; 1024]).await {}
                false
            }
            Step::Reset => return,
        };
        if !alive {
            seen.lock().unwrap().gone += 1;
            return;
        }
    }
}

/// One request with its body; `None` if the other side closed before it was complete.
async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text.into_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
