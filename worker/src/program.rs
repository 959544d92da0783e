//! The program `worker`: command line, signals, log and exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::check;
use crate::cli::WorkerCli;
use crate::link::{self, LinkError, StopRequest, WorkerEnd};
use crate::usage;

/// Finished, or left when asked to.
const DONE: u8 = 0;
/// Could not go on.
const FAILED: u8 = 1;
/// The command line, or what it names, is wrong.
const USAGE: u8 = 2;

/// Runs the worker to its end. The controller's binary calls this too when it is started as `worker`.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> ExitCode {
    let cli = match usage::read::<WorkerCli>(&[("token", "token_file")]) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    if let Some(users) = cli.check {
        let door = cli.controller.map(|controller| cli.door.way_to(controller)).transpose();
        return match door {
            Ok(door) => check::check(users, door).await,
            Err(error) => ExitCode::from(fail(USAGE, &error)),
        };
    }
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    start_log("info", colour, std::io::stderr);
    raise_file_limit();
    ExitCode::from(run(cli).await)
}

async fn run(cli: WorkerCli) -> u8 {
    let settings = match cli.settings() {
        Ok(settings) => settings,
        Err(error) => return fail(USAGE, &error),
    };
    let (stop, stops) = mpsc::channel(2);
    if let Err(error) = on_signals([StopRequest::Leave, StopRequest::Abandon], stop) {
        return fail(FAILED, &error);
    }
    match link::run(settings, stops).await {
        Ok(WorkerEnd::Finished(message)) => {
            tracing::info!("finished: {message}");
            DONE
        }
        Ok(WorkerEnd::Left) => DONE,
        Ok(WorkerEnd::Abandoned { undelivered }) => {
            tracing::warn!("stopped at once; {undelivered} intervals were not delivered");
            FAILED
        }
        Err(
            error @ (LinkError::Refused { usage: true, .. } | LinkError::Mismatch { .. } | LinkError::Log(_)),
        ) => fail(USAGE, &error),
        Err(error) => fail(FAILED, &error),
    }
}

/// Each user is a connection, and a connection a file; the usual soft limit of 1024 is soon met.
fn raise_file_limit() {
    if let Err(error) = crate::open_files::raise_limit() {
        tracing::warn!(%error, "cannot raise the limit of open files; see `worker --check`");
    }
}

/// Sends one of `requests` at each Ctrl-C or SIGTERM, in their order; further signals do nothing.
///
/// # Errors
/// The system does not let this process handle signals.
pub fn on_signals<R: Send + 'static>(requests: [R; 2], requested: mpsc::Sender<R>) -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        for request in requests {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if requested.send(request).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    });
    Ok(())
}

/// Starts the log on `writer`: as `LOADTEST_LOG` asks for, else from this `level` up.
pub fn start_log<W>(level: &str, colour: bool, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_from_env("LOADTEST_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(colour)
        .with_writer(writer)
        .init();
}

fn fail(code: u8, error: &dyn std::error::Error) -> u8 {
    eprintln!("worker: {error}");
    code
}
