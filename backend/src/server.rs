//! Listening, serving and stopping.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

use crate::chat::Chat;
use crate::counters::Counters;
use crate::counts::{Counts, TtftSummary};
use crate::error::Error;
use crate::fault::FaultTable;
use crate::limits::Connections;
use crate::routes::{App, Arrival, router};
use crate::settings::Settings;
use crate::store::{Place, Postgres, Store};

/// Connections that may wait to be accepted; the system's own limit
/// (`net.core.somaxconn`) applies too.
const BACKLOG: u32 = 8192;
/// What a stop waits for requests and streams in progress.
const STOP_GRACE: Duration = Duration::from_millis(500);
const STOP_LOOK: Duration = Duration::from_millis(10);

/// A server that serves until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    counters: Arc<Counters>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    /// The address that is listened on, with the real port.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What `GET /_sandbox/counts` answers now.
    pub fn counts(&self) -> Counts {
        self.counters.snapshot(Instant::now())
    }

    /// What `GET /_sandbox/ttft` answers now.
    pub fn ttft(&self) -> TtftSummary {
        self.counters.ttft.summary()
    }

    /// What `POST /_sandbox/reset` does.
    pub fn reset(&self) {
        self.counters.reset();
    }

    /// Stops listening, gives what is in progress half a second to end, and
    /// closes every connection.
    pub async fn stop(self) {
        // Without a receiver the server has stopped already.
        let _ = self.stop.send(());
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the server task failed");
        }
    }
}

/// Starts a server on the current tokio runtime.
///
/// # Errors
/// A setting out of its range, an address that cannot be listened on, or a
/// database that cannot be used. Nothing is left running then.
pub async fn start(settings: Settings) -> Result<Running, Error> {
    settings.check()?;
    let unusable = |source| Error::Listen { addr: settings.listen, source };
    let listener = listen(settings.listen).map_err(unusable)?;
    let addr = listener.local_addr().map_err(unusable)?;
    let counters = Arc::new(Counters::new(&settings));
    let place = match &settings.database_url {
        Some(url) => Place::Postgres(Postgres::open(url, settings.pool, Arc::clone(&counters.db)).await?),
        None => Place::Memory(Box::default()),
    };
    let connections = Connections::new(&settings.limits, settings.seed, Arc::clone(&counters.limits));
    let store = Store { place, connections };
    let app = App {
        chat: Arc::new(Chat::new(&settings, store, Arc::clone(&counters))),
        faults: FaultTable::new(settings.seed, &settings.faults)?,
    };
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(serve(listener, router(Arc::new(app)), Arc::clone(&counters), stopped));
    Ok(Running { addr, counters, stop, serving })
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A port in TIME_WAIT can be taken again; one that is listened on cannot.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

async fn serve(
    listener: TcpListener,
    router: Router,
    counters: Arc<Counters>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // A dropped sender is a stop as well.
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), Arc::clone(&counters)));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection; is `ulimit -n` high enough?");
                    sleep(STOP_LOOK).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    settle(&counters).await;
    connections.shutdown().await;
}

/// Waits until nothing is in progress and the last answers have left, or the
/// grace is over.
async fn settle(counters: &Counters) {
    let end = Instant::now() + STOP_GRACE;
    while Instant::now() < end && counters.requests.open() + counters.streams.open() > 0 {
        sleep(STOP_LOOK).await;
    }
    sleep(STOP_LOOK).await;
}

async fn connection(stream: TcpStream, router: Router, counters: Arc<Counters>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request| {
        Arrival::note(&counters, &mut request);
        router.call(request)
    });
    // Peers that leave and connections cut on purpose end here; both are counted.
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended");
    }
}
