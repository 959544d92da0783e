//! Accepts viewers: so many at a time, each as long as it reads or writes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hub::idle_socket::{IdleSocket, KeepOpen};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Most connections at a time; one more is closed at once.
const CONNECTIONS: usize = 256;
/// How long a peer may leave a connection alone. A viewer gets something each second, so this is how
/// long it may take nothing of it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to rest when the system has no descriptor left for another connection.
const REST: Duration = Duration::from_millis(100);

/// A listener with a limit of connections, each of which closes when it is idle.
pub(super) struct LimitedListener {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl LimitedListener {
    pub(super) fn new(listener: TcpListener) -> LimitedListener {
        LimitedListener { listener, places: Arc::new(Semaphore::new(CONNECTIONS)) }
    }
}

impl axum::serve::Listener for LimitedListener {
    type Io = IdleSocket<WhileMoving>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            match self.listener.accept().await {
                // The same copy goes to every viewer each second: it must not wait for an old ack.
                Ok((socket, address)) => {
                    let _ = socket.set_nodelay(true);
                    if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                        return (IdleSocket::new(socket, PATIENCE, WhileMoving, place), address);
                    }
                    tracing::warn!(%address, "closed a connection to the dashboard: {CONNECTIONS} are open");
                }
                Err(error) => {
                    tracing::warn!("the dashboard cannot accept a connection: {error}");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Keeps a connection open while bytes move.
pub(super) struct WhileMoving;

impl KeepOpen for WhileMoving {
    const BYTES_COUNT: bool = true;

    fn in_use(&mut self) -> bool {
        false
    }
}
