//! Where connections come in: counted, limited and secured before HTTP/2 sees them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use super::connection::{WorkerConnection, WorkerSocket};
use super::tls::Tls;
use crate::rejections::{RejectionReason, Rejections};

/// Connections that are ready and wait to be served.
const READY: usize = 16;
/// How long to rest when the system has no descriptor left for another connection.
const REST: Duration = Duration::from_millis(100);
/// How long a peer whose handshake failed may take to read why.
const READ_ALERT: Duration = Duration::from_secs(1);

/// Accepts the connections of workers.
pub struct Acceptor {
    /// Where workers connect to.
    pub listener: TcpListener,
    /// How their connections are secured; none: not at all.
    pub tls: Option<Tls>,
    /// Most connections that may be open at a time, in whatever state.
    pub connections: usize,
    /// Workers of this process come this way.
    pub locals: mpsc::Receiver<DuplexStream>,
}

type Ready = mpsc::Sender<Result<WorkerConnection, Infallible>>;

impl Acceptor {
    /// Accepts connections until the returned receiver is dropped.
    pub fn start(self, rejections: Arc<Rejections>) -> mpsc::Receiver<Result<WorkerConnection, Infallible>> {
        let (ready, connections) = mpsc::channel(READY);
        tokio::spawn(self.accept(ready, rejections));
        connections
    }

    async fn accept(mut self, ready: Ready, rejections: Arc<Rejections>) {
        let places = Arc::new(Semaphore::new(self.connections));
        loop {
            let (socket, address) = tokio::select! {
                () = ready.closed() => return,
                Some(stream) = self.locals.recv() => {
                    let _ = ready.send(Ok(WorkerConnection::Local(stream))).await;
                    continue;
                }
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!("cannot accept a connection: {error}");
                        tokio::time::sleep(REST).await;
                        continue;
                    }
                },
            };
            // Acks and quotas are small and urgent; a socket that refuses the option only delays them.
            let _ = socket.set_nodelay(true);
            match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let socket = WorkerSocket::accepted(socket, address, Arc::clone(&rejections), place);
                    // A handshake takes as long as the peer likes: no other connection waits for it.
                    tokio::spawn(secure(socket, self.tls.clone(), ready.clone(), Arc::clone(&rejections)));
                }
                Err(_) => turn_away(socket, address, &rejections),
            }
        }
    }
}

/// Closed at once: waiting in the kernel's queue, it would keep a worker from getting in later.
fn turn_away(socket: TcpStream, address: SocketAddr, rejections: &Rejections) {
    rejections.count(RejectionReason::Crowd, &address);
    drop(socket);
}

async fn secure(socket: WorkerSocket, tls: Option<Tls>, ready: Ready, rejections: Arc<Rejections>) {
    let connection = match tls {
        None => WorkerConnection::Plain(socket),
        Some(tls) => match tls.acceptor.accept(socket).into_fallible().await {
            Ok(stream) => WorkerConnection::Tls(Box::new(stream)),
            Err((error, socket)) => return explain(&error, socket, &rejections).await,
        },
    };
    let _ = ready.send(Ok(connection)).await;
}

/// Sends the reason for a failed handshake, if the peer wants to know: closing a socket with unread
/// bytes would throw away the alert that explains it.
async fn explain(error: &std::io::Error, mut socket: WorkerSocket, rejections: &Rejections) {
    if error.kind() != std::io::ErrorKind::TimedOut {
        rejections.count(RejectionReason::Tls, &format_args!("{} ({error})", socket.peer()));
    }
    let _ = socket.shutdown().await;
    let mut rest = [0; 4096];
    let drain = async { while matches!(socket.read(&mut rest).await, Ok(1..)) {} };
    let _ = tokio::time::timeout(READ_ALERT, drain).await;
}
