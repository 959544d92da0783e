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

use crate::counters::ServerCounters;
use crate::counts::{Counts, TtftSummary};
use crate::error::BackendError;
use crate::fault_table::FaultTable;
use crate::routes::{App, CountedRequest, router};
use crate::settings::BackendSettings;
use crate::store::{Postgres, Storage, Store, VirtualConnections};
use crate::stream::Chat;

/// Connections that may wait to be accepted; the system's own limit
/// (`net.core.somaxconn`) applies too.
const BACKLOG: u32 = 8192;
/// What a stop waits for requests and streams in progress.
const STOP_GRACE: Duration = Duration::from_millis(500);
const STOP_POLL: Duration = Duration::from_millis(10);

/// A server that serves until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    counters: Arc<ServerCounters>,
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
pub async fn start(settings: BackendSettings) -> Result<Running, BackendError> {
    settings.check()?;
    let unusable = |source| BackendError::Listen { addr: settings.listen, source };
    let listener = listen(settings.listen).map_err(unusable)?;
    let addr = listener.local_addr().map_err(unusable)?;
    let counters = Arc::new(ServerCounters::new(settings.user_window, settings.keep_requests));
    let storage = match &settings.database_url {
        Some(url) => Storage::Postgres(Postgres::open(url, settings.pool, Arc::clone(&counters.db)).await?),
        None => Storage::Memory(Box::default()),
    };
    let connections = VirtualConnections::new(&settings.limits, settings.seed, Arc::clone(&counters.limits));
    let store = Store { storage, connections };
    let app = App {
        chat: Arc::new(Chat::new(&settings, store, Arc::clone(&counters))),
        faults: FaultTable::new(settings.seed, &settings.faults),
        reasoning: settings.reasoning,
        tools: settings.tools,
    };
    let (stop, stopped) = oneshot::channel();
    let router = router(Arc::new(app), settings.model);
    let serving = tokio::spawn(serve(listener, router, settings.model, Arc::clone(&counters), stopped));
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
    model: bool,
    counters: Arc<ServerCounters>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // A dropped sender is a stop as well.
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), model, Arc::clone(&counters)));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection; is `ulimit -n` high enough?");
                    sleep(STOP_POLL).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    wait_until_idle(&counters).await;
    connections.shutdown().await;
}

/// Waits until nothing is in progress and the last answers have left, or the
/// grace is over.
async fn wait_until_idle(counters: &ServerCounters) {
    let end = Instant::now() + STOP_GRACE;
    while Instant::now() < end && counters.requests.open() + counters.streams.open() > 0 {
        sleep(STOP_POLL).await;
    }
    sleep(STOP_POLL).await;
}

async fn connection(stream: TcpStream, router: Router, model: bool, counters: Arc<ServerCounters>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request| {
        CountedRequest::attach(&counters, model, &mut request);
        router.call(request)
    });
    // Peers that leave and connections cut on purpose end here; both are counted.
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended");
    }
}
