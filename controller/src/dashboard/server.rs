//! The server: a thread of its own beside the run.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use common::api::Endpoint;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::board::{Board, News, Publisher};
use super::edition::{Edition, press};
use super::metrics::{Scrapes, metrics};
use super::patience::Counter;
use super::{api, control, files, gate, pages, push};
use crate::control::ControlSender;
use crate::grpc::Token;
use crate::view::{LivePhase, LiveRow};

/// How long pages may take at the end to fetch the files they offer.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often to look whether they have.
const LOOK: Duration = Duration::from_millis(50);

/// What requests are answered from.
#[derive(Clone)]
pub struct Desk {
    pub(super) board: Arc<Board>,
    pub(super) editions: watch::Receiver<Arc<Edition>>,
    pub(super) token: Option<Token>,
    pub(super) orders: ControlSender,
    pub(super) endpoints: Arc<Vec<EndpointName>>,
    /// The name of this machine.
    pub(super) machine: Arc<str>,
    pub(super) scrapes: Arc<Scrapes>,
    watchers: Arc<AtomicUsize>,
}

/// An endpoint by its place in the rows of each second.
#[derive(Debug, Serialize)]
pub(super) struct EndpointName {
    method: String,
    name: String,
}

/// A viewer that has not gone yet.
pub(super) struct Watching(Arc<AtomicUsize>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Desk {
    /// The run as it stands.
    pub fn news(&self) -> Arc<News> {
        self.board.news()
    }

    pub(super) fn id(&self) -> String {
        self.news().live.id.clone()
    }

    /// Counts a viewer for as long as the value lives.
    pub(super) fn watch(&self) -> Watching {
        self.watchers.fetch_add(1, Ordering::Relaxed);
        Watching(Arc::clone(&self.watchers))
    }
}

/// The dashboard of one run.
pub struct Dashboard {
    board: Arc<Board>,
    watchers: Arc<AtomicUsize>,
    scrapes: Arc<Scrapes>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Dashboard {
    /// Serves on `listener`, whose controls become `orders` and ask for the token: the table of `endpoints`, the `files` that the run writes, and what the
    /// publisher puts up.
    ///
    /// # Errors
    /// The system gives no more threads or descriptors.
    pub fn start(
        listener: TcpListener,
        (token, orders): (Option<Token>, ControlSender),
        endpoints: &[Endpoint],
        files: Vec<PathBuf>,
    ) -> std::io::Result<Dashboard> {
        let listener = listener.into_std()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (board, watchers, scrapes): (_, _, Arc<Scrapes>) =
            (Board::new(files), Arc::default(), Arc::default());
        let (editions, edition) = watch::channel(Arc::default());
        let name = |endpoint: &Endpoint| EndpointName {
            method: endpoint.method.clone(),
            name: endpoint.name.clone(),
        };
        let desk = Desk {
            board: Arc::clone(&board),
            editions: edition,
            token,
            orders,
            endpoints: Arc::new(endpoints.iter().map(name).collect()),
            machine: rustix::system::uname().nodename().to_string_lossy().into(),
            scrapes: Arc::clone(&scrapes),
            watchers: Arc::clone(&watchers),
        };
        let (stop, stopped) = oneshot::channel();
        let pressed = Arc::clone(&board);
        let thread = std::thread::Builder::new().name("dashboard".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::spawn(press(pressed, editions));
                serve(listener, router(desk), stopped).await;
            });
            // Connections that still linger are closed with the runtime.
        })?;
        Ok(Dashboard { board, watchers, scrapes, stop, thread })
    }

    /// The way to put things up.
    pub fn publisher(&self) -> Publisher {
        Publisher(Arc::clone(&self.board))
    }

    /// Says that the run is over and its files are written, gives the pages that are open a moment to fetch
    /// them, and closes.
    pub async fn close(self) {
        let over = Instant::now();
        let last = News::clone(&self.board.news());
        let live = LiveRow { phase: LivePhase::Over, stage: None, ..last.live };
        self.publisher().news(News { live, ..last });
        let gone = async {
            while self.watchers.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(LOOK).await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL, gone).await;
        while over.elapsed() < self.scrapes.patience(over) {
            tokio::time::sleep(LOOK).await;
        }
        let _ = self.stop.send(());
        let _ = tokio::task::spawn_blocking(move || self.thread.join()).await;
    }
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(pages::index))
        .route("/assets/{name}", get(pages::asset))
        .route("/healthz", get(api::health))
        .route("/metrics", get(metrics))
        .route("/api/v1/run", get(api::run))
        .route("/api/v1/history", get(api::history))
        .route("/api/v1/events", get(push::events))
        .route("/api/v1/files", get(files::list))
        .route("/files/{name}", get(files::get))
        .route("/api/v1/control/{what}", post(control::order))
        .layer(middleware::from_fn_with_state(desk.clone(), gate::guard))
        .with_state(desk)
}

async fn serve(listener: std::net::TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => Counter::new(listener),
        Err(error) => {
            tracing::error!("the dashboard cannot listen: {error}; the run goes on without");
            return;
        }
    };
    let serving = axum::serve(listener, router);
    tokio::select! {
        outcome = std::future::IntoFuture::into_future(serving) => {
            if let Err(error) = outcome {
                tracing::error!("the dashboard has ended: {error}; the run goes on without");
            }
        }
        _ = stopped => {}
    }
}

/// Where a browser finds it.
pub fn url(bound: SocketAddr) -> String {
    format!("http://{bound}/")
}
