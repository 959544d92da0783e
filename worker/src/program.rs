//! The program `worker`: command line, signals, log and exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::check;
use crate::cli::Cli;
use crate::link::{self, Ended, LinkError, Stop};
use crate::usage;

/// Finished, or left when asked to.
const DONE: u8 = 0;
/// Could not go on.
const FAILED: u8 = 1;
/// The command line, or what it names, is wrong.
const USAGE: u8 = 2;

/// Runs it to its end. The image's one binary calls this too, under the name of `worker`.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> ExitCode {
    let cli = match usage::read::<Cli>(&[("token", "token_file")]) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    if let Some(users) = cli.check {
        return check::check(users).await;
    }
    start_log();
    raise_file_limit();
    ExitCode::from(run(cli).await)
}

async fn run(cli: Cli) -> u8 {
    let settings = match cli.settings() {
        Ok(settings) => settings,
        Err(error) => return fail(USAGE, &error),
    };
    let (stop, stops) = mpsc::channel(2);
    if let Err(error) = watch_signals(stop) {
        return fail(FAILED, &error);
    }
    match link::run(settings, stops).await {
        Ok(Ended::Finished(message)) => {
            tracing::info!("finished: {message}");
            DONE
        }
        Ok(Ended::Left) => DONE,
        Ok(Ended::Abandoned { undelivered }) => {
            tracing::warn!("stopped at once; {undelivered} intervals were not delivered");
            FAILED
        }
        Err(error @ (LinkError::Refused { usage: true, .. } | LinkError::Mismatch { .. })) => {
            fail(USAGE, &error)
        }
        Err(error) => fail(FAILED, &error),
    }
}

/// Each user is a connection, and a connection a file; the usual soft limit of 1024 is soon met.
fn raise_file_limit() {
    if let Err(error) = crate::open_files::raise_limit() {
        tracing::warn!(%error, "cannot raise the limit of open files; see `worker --check`");
    }
}

/// The first Ctrl-C or SIGTERM leaves in good order, the second at once.
fn watch_signals(stop: mpsc::Sender<Stop>) -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        for request in [Stop::Leave, Stop::Abandon] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if stop.send(request).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    });
    Ok(())
}

fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LOADTEST_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr)
        .init();
}

fn fail(code: u8, error: &dyn std::error::Error) -> u8 {
    eprintln!("worker: {error}");
    code
}
