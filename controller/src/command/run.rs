//! `controller`: a run from the first check to the last file.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::protocol as wire;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::{Exit, complain, nonce};
use crate::cli::Options;
use crate::control::ControlSender;
use crate::control::Stop;
use crate::dashboard::{self, Dashboard, DashboardError};
use crate::fleet::LeaseTiming;
use crate::grpc::{self, Door, Inbound, Token};
use crate::rejections::Rejections;
use crate::run::{Ending, Run, RunSettings};
use crate::runner::demo;
use crate::runner::local;
use crate::runner::otlp::Pusher;
use crate::runner::start::{StartError, Starter};
use crate::runner::{Files, Outcome, Owner};
use crate::tui::Live;
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, plain};
use report::files::Outputs;
use report::rows::{LimitRows, NoteKind, RunReport, Severity, UserVerdict, Verdict};
use report::style::Paint;
use report::{job_summary, json, terminal};

/// Messages of workers that may wait for the owner of the run; each connection has at most one there.
const INBOUND: usize = 1024;
/// Connections beyond those of the workers: room to tell those beyond the limit so, and for peers that
/// have yet to show what they are.
const SPARE_CONNECTIONS: usize = 320;
/// Connections that local workers may wait with.
const LOCAL_CONNECTIONS: usize = 16;

/// Carries a run out and reports it.
pub async fn run(mut options: Options, live: Live, stops: mpsc::Receiver<Stop>) -> Exit {
    let sandbox = match sandbox(&mut options).await {
        Ok(sandbox) => sandbox,
        Err(error) => return complain(Exit::Failed, &error),
    };
    let ready = match prepare(&options).await {
        Ok(ready) => ready,
        Err(error) => return complain(Exit::Usage, error.as_ref()),
    };
    let exit = conduct(options, ready, live, stops).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    exit
}

/// What must work before any load is sent.
struct Ready {
    listener: TcpListener,
    bound: SocketAddr,
    dashboard: Option<TcpListener>,
    /// None when the run waits: its load, and so its files, are not known yet.
    outputs: Option<Outputs>,
}

/// The sandbox backend of `--demo`, which becomes the host.
async fn sandbox(options: &mut Options) -> Result<Option<backend::Running>, backend::BackendError> {
    if !options.args.demo {
        return Ok(None);
    }
    let sandbox = backend::start(demo::sandbox(options.plan.seed)).await?;
    options.plan.base_url = format!("http://{}", sandbox.addr());
    options.facts.host = Some(format!("{} (sandbox backend)", options.plan.base_url));
    options.args.local_workers = options.args.local_workers.max(1);
    Ok(Some(sandbox))
}

/// Checks everything that can be checked, without leaving a file behind when something is wrong.
async fn prepare(options: &Options) -> Result<Ready, Box<dyn std::error::Error>> {
    let mut address = options.args.bind;
    if options.args.demo {
        address.set_port(0);
    }
    let verified = options.tls.as_ref().is_some_and(grpc::Tls::verifies_workers);
    let listener = grpc::bind(address, options.token.is_some() || verified)?;
    let dashboard = dashboard(options)?;
    if options.args.wait_for_start && dashboard.is_none() {
        return Err(Box::new(DashboardError::NobodyToStart));
    }
    crate::runner::preflight::await_service(&options.plan, options.args.host_max_wait).await?;
    let outputs = match options.args.wait_for_start {
        true => Outputs::rehearse(&options.outputs).map(|()| None),
        false => Outputs::open(options.outputs.clone()).map(Some),
    }?;
    Ok(Ready { bound: listener.local_addr()?, listener, dashboard, outputs })
}

/// Where the dashboard listens: as told, or where it usually does when somebody is there to look.
fn dashboard(options: &Options) -> Result<Option<TcpListener>, DashboardError> {
    if let Some(address) = options.args.dashboard {
        return dashboard::bind(address, options.token.is_some()).map(Some);
    }
    let somebody = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
    if options.args.no_dashboard || options.args.quiet || !somebody {
        return Ok(None);
    }
    let listener = dashboard::bind(dashboard::DEFAULT, options.token.is_some());
    if listener.is_err() {
        let taken = dashboard::DEFAULT;
        eprintln!("controller: no dashboard: {taken} is in use; name another address with --dashboard");
    }
    Ok(listener.ok())
}

async fn conduct(options: Options, ready: Ready, live: Live, stops: mpsc::Receiver<Stop>) -> Exit {
    let (inbound, messages) = mpsc::channel::<Inbound>(INBOUND);
    let mut starter = Starter::new(options, inbound.clone());
    let begun = match ready.outputs.map(|outputs| starter.begin(outputs)).transpose() {
        Ok(begun) => begun,
        Err(error @ StartError::Thread(_)) => return complain(Exit::Failed, &error),
        Err(error) => return complain(Exit::Usage, &error),
    };
    let options = starter.options();
    announce(options, ready.bound);
    let (orders, asked) = ControlSender::new();
    let files = begun.as_ref().map(|begun| begun.files.clone()).unwrap_or_default();
    let opened = ready.dashboard.map(|listener| open(options, files, listener, orders)).transpose();
    let dashboard = match opened {
        Ok(dashboard) => dashboard,
        Err(error) => return complain(Exit::Failed, &error),
    };
    let (over, shutdown) = oneshot::channel::<()>();
    let (local_door, locals) = mpsc::channel(LOCAL_CONNECTIONS);
    let door = Door {
        listener: ready.listener,
        tls: options.tls.clone(),
        connections: connections(options),
        locals,
    };
    let rejections = Arc::new(Rejections::default());
    let token = options.token.clone().or_else(|| own_token(options));
    let service = grpc::serve(door, token.clone(), Arc::clone(&rejections), inbound, async {
        let _ = shutdown.await;
    });
    let service = tokio::spawn(service);
    let locals = local::start(options.args.local_workers, &local_door, token.as_ref());
    let locals = match locals {
        Ok(locals) => locals,
        Err(error) => return complain(Exit::Failed, &error),
    };
    let pusher = match options.otlp.clone().map(Pusher::start).transpose() {
        Ok(pusher) => pusher,
        Err(error) => return complain(Exit::Failed, &error),
    };
    let zero = Instant::now();
    let run = match begun {
        Some(_) => Run::new(settings(options), Duration::ZERO),
        None => Run::waiting(settings(options)),
    };
    let owner = Owner::new(run, starter, zero, rejections, live)
        .with_ready(begun)
        .with_dashboard(dashboard.as_ref().map(Dashboard::publisher))
        .with_orders(asked)
        .with_pushes(pusher.as_ref().map(Pusher::publisher));
    let outcome = owner.carry_out(messages, stops).await;
    let _ = over.send(());
    // Farewells go out; a peer that keeps its connection open must not keep us.
    let _ = tokio::time::timeout(Duration::from_secs(1), service).await;
    for local in locals.into_iter().filter(local::LocalWorker::is_over) {
        if let Some(error) = local.error() {
            eprintln!("controller: a local worker could not go on: {error}");
        }
    }
    if let Some(pusher) = pusher {
        pusher.finish(&outcome.report).await;
    }
    let exit = finish(outcome);
    if let Some(dashboard) = dashboard {
        dashboard.close().await;
    }
    exit
}

/// Opens the dashboard and says where it is.
fn open(
    options: &Options,
    files: Vec<PathBuf>,
    listener: TcpListener,
    orders: ControlSender,
) -> std::io::Result<Dashboard> {
    let url = dashboard::url(listener.local_addr()?);
    let endpoints = options.plan.api.endpoints();
    let dashboard = Dashboard::start(listener, (options.token.clone(), orders), &endpoints, files)?;
    if !options.args.quiet {
        eprintln!("controller: dashboard at {url}");
        if options.args.wait_for_start {
            eprintln!("controller: no load begins until somebody presses Start there");
        }
    }
    Ok(dashboard)
}

/// A token that the local workers alone know, when users send headers that may be secrets and nobody was given
/// a token: else whoever attaches from this machine would be told them.
fn own_token(options: &Options) -> Option<Token> {
    let tells_headers = !options.plan.api.headers.is_empty();
    let verified = options.tls.as_ref().is_some_and(grpc::Tls::verifies_workers);
    if !tells_headers || verified {
        return None;
    }
    if options.args.local_workers > 0 {
        return Token::new(&nonce());
    }
    eprintln!(
        "controller: WARNING: whoever attaches from this machine is told the headers that users send; give a \
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
    if options.args.insecure {
        eprintln!(
            "controller: WARNING: --insecure accepts any certificate; the service's identity is not checked"
        );
    }
    if options.args.local_workers == 0 && !options.args.quiet {
        eprintln!("controller: workers attach with `worker --controller {bound}`");
    }
}

/// Most connections that may be open at a time. They may use up half of the descriptors that this
/// process can have: the results must still be written, whoever knocks.
fn connections(options: &Options) -> usize {
    let wanted = options.args.max_workers + SPARE_CONNECTIONS;
    // Without a raised limit there is room for fewer: no reason not to run.
    let _ = worker::open_files::raise_limit();
    let (descriptors, _) = worker::open_files::limits();
    wanted.min(usize::try_from(descriptors / 2).unwrap_or(usize::MAX))
}

fn settings(options: &Options) -> RunSettings {
    RunSettings {
        id: *uuid::Uuid::new_v4().as_bytes(),
        plan: wire::Plan::from(&options.plan),
        timeline: options.timeline.clone(),
        ladder: options.ladder.clone(),
        lease: LeaseTiming::default(),
        stop_timeout: options.args.stop_timeout,
        expect_workers: options.args.expect_workers.max(options.args.local_workers),
        expect_max_wait: options.args.expect_workers_max_wait,
        max_workers: options.args.max_workers,
    }
}

/// Writes the files, prints the summary, and says how it went.
fn finish(outcome: Outcome) -> Exit {
    let options = &outcome.options;
    let outputs = match outcome.files {
        Files::Kept(outputs) => outputs,
        Files::Lost => {
            eprintln!("controller: the thread that writes the results died; nothing more could be written");
            return Exit::Failed;
        }
        Files::NeverBegun => {
            eprintln!(
                "controller: stopped before anybody started the run; nothing was measured, no file was written"
            );
            return Exit::Failed;
        }
    };
    let written = outputs.finish(&outcome.report, &nonce());
    if let Err(error) = print(options, &outcome.report, &outputs) {
        eprintln!("controller: cannot print the summary: {error}");
    }
    if let Some(path) = std::env::var_os(job_summary::VARIABLE).filter(|path| !path.is_empty())
        && let Err(error) = job_summary::append(path.as_ref(), &outcome.report)
    {
        eprintln!("controller: no job summary: {error}");
    }
    match written {
        Err(error) => complain(Exit::Failed, &error),
        Ok(()) => verdict(options, outcome.end, outcome.aborted, &outcome.report),
    }
}

fn print(options: &Options, report: &RunReport, outputs: &Outputs) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if options.json_to_stdout {
        json::write(&mut out, report)?;
    } else if !options.args.quiet {
        let paint = Paint::wanted(std::io::stdout().is_terminal());
        out.write_all(terminal::summary(report, &outputs.files(), paint).as_bytes())?;
    }
    out.flush()
}

fn verdict(options: &Options, end: Ending, aborted: bool, report: &RunReport) -> Exit {
    match shortfall(options, end, aborted, report) {
        None => Exit::Passed,
        Some((exit, why)) => {
            eprintln!("controller: {why}");
            exit
        }
    }
}

/// Why the run does not count as passed, in one line. A threshold that cannot be told is no pass; one
/// that was missed outweighs it.
fn shortfall(options: &Options, end: Ending, aborted: bool, report: &RunReport) -> Option<(Exit, String)> {
    let unmeasured = |why| Some((Exit::Failed, why));
    let degraded = &report.facts.degraded;
    if aborted {
        unmeasured("stopped at once; the files hold what had arrived by then".to_owned())
    } else if end == Ending::NoWorkers || report.total.count == 0 {
        let worst = report.notes.iter().find(|note| note.severity == Severity::Error);
        unmeasured(worst.map_or_else(
            || "the run ended before anything was measured".to_owned(),
            |note| note.text.clone(),
        ))
    } else if let Some(outcome) =
        report.limits.as_ref().filter(|_| options.ladder.is_some()).and_then(unanswered)
    {
        Some(outcome)
    } else if options.ladder.is_some() && report.limits.is_none() {
        unmeasured(
            "the ladder ended before two rungs were measured; the files hold what had arrived".to_owned(),
        )
    } else if let Some(missed) = judged(report, Verdict::Fail) {
        Some((Exit::ThresholdMissed, format!("missed: {missed}")))
    } else if let Some(untold) = judged(report, Verdict::Undetermined) {
        unmeasured(format!("not to be told whether the run kept to {untold}; the report says why"))
    } else if options.args.fail_on_degraded && !degraded.is_empty() {
        unmeasured(format!(
            "--fail-on-degraded: {}; the report tells what that means",
            NoteKind::join(degraded)
        ))
    } else {
        None
    }
}

/// Why a search counts as none: not even its smallest rung held, or nothing could be told.
fn unanswered(limits: &LimitRows) -> Option<(Exit, String)> {
    let answer = plain(&limits.headline.join(" "), MAX_SENTENCE);
    match limits.users.verdict {
        UserVerdict::FailsAtFirst => Some((Exit::ThresholdMissed, answer)),
        UserVerdict::Undetermined if limits.users.low == 0 => Some((Exit::Failed, answer)),
        _ => None,
    }
}

/// The thresholds with this verdict, in one line.
fn judged(report: &RunReport, verdict: Verdict) -> Option<String> {
    let those: Vec<String> = report
        .thresholds
        .iter()
        .filter(|row| row.verdict == verdict)
        .map(|row| plain(&row.expr, MAX_TEXT))
        .collect();
    (!those.is_empty()).then(|| those.join(", "))
}
