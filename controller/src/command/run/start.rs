//! What runs beside the run loop, and the loop itself: started in this order, ended in the other.
//!
//! ```text
//! load setup ─▶ dashboard ─▶ gRPC service ─▶ local workers ─▶ OTLP pusher ─▶ run loop
//! ```

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common::protocol as wire;
use common::request_log::path_of;
use common::text::number::counted;
use hub::control::{ControlSender, Stop};
use hub::fleet::LeaseTiming;
use hub::grpc::{self, Acceptor, Inbound, Token};
use hub::rejections::Rejections;
use hub::run::{Run, RunSettings};
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::prepare::Prepared;
use crate::cli::Options;
use crate::command::nonce;
use crate::dashboard::{self, Dashboard, DashboardParts};
use crate::runner::load_setup::{LoadSetup, LoadSetupError};
use crate::runner::local::{self, LocalWorker};
use crate::runner::model::ModelReader;
use crate::runner::observers::Observing;
use crate::runner::otlp::Pusher;
use crate::runner::{Outcome, Parts, RunLoop, Sinks};
use crate::tui::Tui;
use observe::Trust;
use verdict::observed::Observed;
use verdict::search::Span;

/// Messages of workers that may wait for the run loop; each connection has at most one there.
const INBOUND: usize = 1024;
/// Connections beyond those of the workers: room to refuse those beyond the limit with a reason, and for peers that
/// have yet to show what they are.
const SPARE_CONNECTIONS: usize = 320;
/// Connections that local workers may wait with.
const LOCAL_CONNECTIONS: usize = 16;
/// How long farewells may take to go out; a peer that keeps its connection open must not keep us.
const FAREWELLS: Duration = Duration::from_secs(1);

/// Why a run could not be started.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error(transparent)]
    Load(#[from] LoadSetupError),
    /// No more threads or descriptors.
    #[error(transparent)]
    System(#[from] std::io::Error),
    #[error(transparent)]
    Otlp(#[from] reqwest::Error),
}

/// A run that is ready to be carried out.
pub(super) struct Started {
    run_loop: RunLoop,
    inbound: mpsc::Receiver<Inbound>,
    service: Service,
    locals: Vec<LocalWorker>,
    otlp: Option<Pusher>,
    dashboard: Option<Dashboard>,
    observing: Option<Observing>,
}

/// Starts everything that a run is made of.
pub(super) fn start(options: Options, prepared: Prepared, tui: Tui) -> Result<Started, StartError> {
    let (to_loop, inbound) = mpsc::channel::<Inbound>(INBOUND);
    let mut setup = LoadSetup::new(options, to_loop.clone());
    let ready = prepared.outputs.map(|outputs| setup.make_ready(outputs)).transpose()?;
    let options = setup.options();
    announce(options, prepared.bound);
    let (orders, asked) = ControlSender::new();
    let files = ready.as_ref().map(|ready| ready.files.clone()).unwrap_or_default();
    let open = |listener| open_dashboard(options, files, listener, orders);
    let dashboard = prepared.dashboard.map(open).transpose()?;
    let token = options.token.clone().or_else(|| own_token(options));
    let rejections = Arc::new(Rejections::default());
    let (service, locals) = Service::start(options, prepared.listener, &token, &rejections, to_loop.clone());
    let locals = local::start(options.workers.local, &locals, token.as_ref())?;
    let otlp = options.otlp.clone().map(Pusher::start).transpose()?;
    let to_model = to_loop.clone();
    let trust = Trust { ca_pem: options.plan.ca_pem.clone(), insecure: options.plan.insecure };
    let observing = Observing::start(&options.observe, &options.observe_series, trust, to_loop)?;
    let model = match (&options.behind, prepared.model_newest) {
        (Some(behind), Some(newest)) => Some(ModelReader::start(behind, newest, to_model)?),
        _ => None,
    };
    let observed = options.observe.iter().map(|one| (one.name.clone(), one.place.to_string()));
    let observed = Observed::by(observed);
    let place = options.behind.as_ref().map(ToString::to_string);
    let settings = settings(options);
    let run = if ready.is_some() { Run::new(settings, Duration::ZERO) } else { Run::waiting(settings) };
    let run = run.observed_by(observed);
    let run = match place {
        Some(place) => run.with_model(place),
        None => run,
    };
    let (watch, writer) = ready.map_or((None, None), |ready| (ready.watch, Some(ready.writer)));
    let sinks = Sinks {
        writer,
        dashboard: dashboard.as_ref().map(Dashboard::publisher),
        tui,
        otlp: otlp.as_ref().map(Pusher::publisher),
    };
    let run_loop = RunLoop::new(Parts { run, setup, watch, rejections, orders: asked, model, sinks });
    Ok(Started { run_loop, inbound, service, locals, otlp, dashboard, observing })
}

impl Started {
    /// Carries the run out and ends what ran beside it, but for the dashboard, which offers the files.
    pub(super) async fn carry_out(self, stops: mpsc::Receiver<Stop>) -> (Outcome, Option<Dashboard>) {
        let outcome = self.run_loop.carry_out(self.inbound, stops).await;
        if let Some(observing) = self.observing {
            observing.end();
        }
        self.service.end().await;
        for local in self.locals.into_iter().filter(LocalWorker::is_over) {
            if let Some(error) = local.error() {
                eprintln!("controller: a local worker could not go on: {error}");
            }
        }
        if let Some(otlp) = self.otlp {
            otlp.finish(&outcome.report).await;
        }
        (outcome, self.dashboard)
    }
}

/// The gRPC service of workers.
struct Service {
    over: oneshot::Sender<()>,
    task: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Service {
    /// Starts it, and returns the way of local workers.
    fn start(
        options: &Options,
        listener: TcpListener,
        token: &Option<Token>,
        rejections: &Arc<Rejections>,
        to_loop: mpsc::Sender<Inbound>,
    ) -> (Service, mpsc::Sender<DuplexStream>) {
        let (to_locals, locals) = mpsc::channel(LOCAL_CONNECTIONS);
        let (tls, connections) = (options.tls.clone(), connections(options));
        let acceptor = Acceptor { listener, tls, connections, locals };
        let (over, shutdown) = oneshot::channel();
        let task = grpc::serve(acceptor, token.clone(), Arc::clone(rejections), to_loop, shutdown);
        (Service { over, task }, to_locals)
    }

    async fn end(self) {
        let _ = self.over.send(());
        let _ = tokio::time::timeout(FAREWELLS, self.task).await;
    }
}

/// Opens the dashboard and says where it is.
fn open_dashboard(
    options: &Options,
    files: Vec<PathBuf>,
    listener: TcpListener,
    orders: ControlSender,
) -> std::io::Result<Dashboard> {
    let url = dashboard::url(listener.local_addr()?);
    let (token, endpoints) = (options.token.clone(), options.plan.api.endpoints());
    let dashboard = Dashboard::start(DashboardParts { listener, token, orders, endpoints, files })?;
    if !options.quiet {
        eprintln!("controller: dashboard at {url}");
        if options.load_choice.is_some() {
            eprintln!("controller: no load begins until somebody presses Start there");
        }
    }
    Ok(dashboard)
}

/// A token that the local workers alone know, when users send what may be secrets and nobody was given
/// a token: otherwise whoever attaches from this machine would receive them.
fn own_token(options: &Options) -> Option<Token> {
    let secrets = !options.plan.api.headers.is_empty() || options.plan.users.rows() > 0;
    if !secrets || options.verifies_workers() {
        return None;
    }
    if options.workers.local > 0 {
        return Token::new(&nonce());
    }
    eprintln!(
        "controller: WARNING: whoever attaches from this machine receives the headers and names that users send; give a \
         token with --token-file here and to the workers"
    );
    None
}

fn announce(options: &Options, bound: SocketAddr) {
    if options.token.is_some() && options.tls.is_none() && !bound.ip().is_loopback() {
        eprintln!(
            "controller: WARNING: without TLS the token crosses the network readable; make certificates with \
             `controller certs DIR --host NAME`, and give --tls-cert, --tls-key and --tls-ca here and to the workers"
        );
    }
    if options.plan.insecure {
        eprintln!(
            "controller: WARNING: --insecure accepts any certificate; the service's identity is not checked"
        );
    }
    if let Some(search) = options.search.as_ref().filter(|_| !options.quiet) {
        let Span { least, most } = search.length();
        let bounded = search.longest().map_or("--search-time bounds it", |_| "bounded by --search-time");
        eprintln!(
            "controller: the search takes {} to {}, as long as the answers of the service ask for; {bounded}",
            about(least),
            about(most)
        );
    }
    if let Some(log) = options.plan.log.as_ref().filter(|_| !options.quiet) {
        let own = path_of(Path::new(&log.path), "WORKER", 1);
        eprintln!("controller: each worker logs its requests in {}, where it runs", own.display());
    }
    if options.workers.local == 0 && !options.quiet {
        eprintln!("controller: workers attach with `worker --controller {bound}`");
    }
}

/// A time that is known roughly.
fn about(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds < 120 => counted(seconds, "second"),
        seconds => counted(seconds / 60, "minute"),
    }
}

/// Most connections that may be open at a time. They may use up half of the descriptors that this
/// process can have: the results must still be written, whoever connects.
fn connections(options: &Options) -> usize {
    let wanted = options.workers.most + SPARE_CONNECTIONS;
    // Without a raised limit there is room for fewer: no reason not to run.
    let _ = worker::open_files::raise_limit();
    let (descriptors, _) = worker::open_files::limits();
    wanted.min(usize::try_from(descriptors / 2).unwrap_or(usize::MAX))
}

fn settings(options: &Options) -> RunSettings {
    RunSettings {
        id: *uuid::Uuid::new_v4().as_bytes(),
        plan: wire::Plan::from(&options.plan),
        replay: options.replay.clone(),
        timeline: options.timeline.clone(),
        search: options.search.clone(),
        lease: LeaseTiming::default(),
        stop_timeout: options.plan.stop_timeout,
        expect_workers: options.workers.expected,
        expect_max_wait: options.workers.max_wait,
        max_workers: options.workers.most,
    }
}
