//! The server: a thread of its own beside the run.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use common::api::Endpoint;
use hub::control::ControlSender;
use hub::grpc::Token;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::app_state::{AppState, EndpointName, Viewers};
use super::listener::LimitedListener;
use super::metrics::{Scrapes, metrics};
use super::snapshot::publish_snapshots;
use super::state::{Publisher, RunState, Update};
use super::{api, charts, control, events, files, gate, pages};
use crate::view::{LivePhase, LiveRow};

/// How long pages may take at the end to fetch the files they offer.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often to look whether they have.
const LOOK: Duration = Duration::from_millis(50);

/// The dashboard of one run.
pub(crate) struct Dashboard {
    run: Arc<RunState>,
    viewers: Viewers,
    scrapes: Arc<Scrapes>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// What a dashboard is made of.
pub(crate) struct DashboardParts {
    pub listener: TcpListener,
    /// What whoever gives an order must send; none: nothing.
    pub token: Option<Token>,
    /// The way of orders to the run.
    pub orders: ControlSender,
    pub endpoints: Vec<Endpoint>,
    /// The files that the run writes, as far as they are known.
    pub files: Vec<PathBuf>,
}

impl Dashboard {
    /// Serves what the publisher is given.
    ///
    /// # Errors
    /// The system gives no more threads or descriptors.
    pub(crate) fn start(parts: DashboardParts) -> std::io::Result<Dashboard> {
        let listener = parts.listener.into_std()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let run = RunState::new(parts.files);
        let (publish, snapshots) = watch::channel(Arc::default());
        let app = AppState {
            run: Arc::clone(&run),
            snapshots,
            token: parts.token,
            orders: parts.orders,
            endpoints: parts.endpoints.iter().map(EndpointName::of).collect(),
            machine: rustix::system::uname().nodename().to_string_lossy().into(),
            scrapes: Arc::default(),
            viewers: Viewers::default(),
            drawn: charts::Drawn::default(),
        };
        let (viewers, scrapes) = (app.viewers.clone(), Arc::clone(&app.scrapes));
        let (stop, stopped) = oneshot::channel();
        let published = Arc::clone(&run);
        let thread = std::thread::Builder::new().name("dashboard".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::spawn(publish_snapshots(published, publish));
                serve(listener, router(app), stopped).await;
            });
            // Connections that still linger are closed with the runtime.
        })?;
        Ok(Dashboard { run, viewers, scrapes, stop, thread })
    }

    /// The way to say what is new.
    pub(crate) fn publisher(&self) -> Publisher {
        Publisher(Arc::clone(&self.run))
    }

    /// Says that the run is over and its files are written, gives the pages that are open a moment to fetch
    /// them, and closes.
    pub(crate) async fn close(self) {
        let over = Instant::now();
        let last = Update::clone(&self.run.latest());
        let live = LiveRow { phase: LivePhase::Over, stage: None, ..last.live };
        self.publisher().update(Update { live, ..last });
        let gone = async {
            while self.viewers.any() {
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

fn router(app: AppState) -> Router {
    Router::new()
        .route("/", get(pages::index))
        .route("/assets/{name}", get(pages::asset))
        .route("/healthz", get(api::health))
        .route("/metrics", get(metrics))
        .route("/api/v1/run", get(api::run))
        .route("/api/v1/history", get(api::history))
        .route("/api/v1/charts/{view}", get(charts::charts))
        .route("/api/v1/events", get(events::events))
        .route("/api/v1/files", get(files::list))
        .route("/files/{name}", get(files::get))
        .route("/api/v1/control/{what}", post(control::order))
        .layer(middleware::from_fn_with_state(app.clone(), gate::guard))
        .with_state(app)
}

async fn serve(listener: std::net::TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => LimitedListener::new(listener),
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
pub(crate) fn url(bound: SocketAddr) -> String {
    format!("http://{bound}/")
}
