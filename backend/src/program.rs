//! The program `backend`: command line, signals, log and exit code.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::{BackendError, BackendSettings};

// In the words of the other programs. It stands alone, so it has their text, and not their crate.
#[path = "../../worker/src/usage/mod.rs"]
mod usage;

/// Runs the program to its end. The container image calls it too, under the name `backend`.
#[tokio::main]
pub async fn main() -> ExitCode {
    let settings = match usage::read::<BackendSettings>(&[]) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    match run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(ProgramError::Start(error)) => {
            eprintln!("backend: {error}");
            ExitCode::from(error.exit_code())
        }
        Err(ProgramError::System(error)) => {
            eprintln!("backend: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Why the process ends without success.
#[derive(Debug, thiserror::Error)]
enum ProgramError {
    #[error(transparent)]
    Start(#[from] BackendError),
    /// A signal handler cannot be set, or stdout is closed.
    #[error(transparent)]
    System(#[from] io::Error),
}

async fn run(settings: BackendSettings) -> Result<(), ProgramError> {
    raise_file_limit();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let is_model = settings.model;
    let running = crate::start(settings).await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "backend: listening on http://{}", running.addr())?;
    if is_model {
        let base = reachable(running.addr());
        writeln!(stdout, "backend: a model for your application: OPENAI_BASE_URL=http://{base}/v1")?;
        writeln!(stdout, "backend: or, by Anthropic's API: ANTHROPIC_BASE_URL=http://{base}")?;
        writeln!(stdout, "backend: any key, any model name; sandbox?ttft=200ms&tokens=50 sets its own")?;
    }
    stdout.flush()?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    running.stop().await;
    Ok(())
}

/// Where a client on this host finds what listens on `addr`.
fn reachable(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(if addr.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    addr
}

/// Each connection is a file; the usual soft limit of 1024 is soon met.
fn raise_file_limit() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}
