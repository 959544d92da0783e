//! `controller`: runs a load shape over workers and reports what it found.

use std::io::IsTerminal;
use std::process::ExitCode;

use controller::cli::{self, Cli, Command, Options};
use controller::command;
use controller::container::{self, Program};
use controller::control::Stop;
use controller::exit::Exit;
use controller::tui::{Live, LogWriter};
use report::style::Paint;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use worker::usage;

/// The container image holds this binary alone, under several names.
fn main() -> ExitCode {
    match Program::called(std::env::args_os().next()) {
        Program::Controller => controller(),
        Program::Worker => worker::program::main(),
        Program::Backend => backend::program::main(),
        Program::Health => container::health(),
        Program::AsOwnerOf => container::as_owner_of(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn controller() -> ExitCode {
    let cli = match usage::read::<Cli>(cli::EXCLUSIVE) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let exit = match cli.command {
        Some(Command::Report { prefix, out, html }) => {
            command::report(&prefix, out.as_deref(), html.as_deref())
        }
        Some(Command::Compare(args)) => command::compare(&args),
        Some(Command::Api { name }) => command::api(name.as_deref()),
        Some(Command::Completions { shell }) => command::completions(shell),
        Some(Command::Man { command }) => command::manual(command.as_deref()),
        Some(Command::Certs { folder, hosts, force }) => command::certs(&folder, &hosts, force),
        None => run(cli.run).await,
    };
    ExitCode::from(exit as u8)
}

async fn run(args: cli::RunArgs) -> Exit {
    let (mut live, log) = Live::new(args.quiet);
    start_log(log, args.quiet);
    // Both https to the target and the preflight use the same library; the first caller may choose.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = match Options::new(args, u64::from(rand::random::<u32>()), jiff::Timestamp::now()) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("controller: {error}");
            return Exit::Usage;
        }
    };
    match stops() {
        Ok((stop, stops)) => {
            live.listen(&stop);
            command::run(options, live, stops).await
        }
        Err(error) => {
            eprintln!("controller: cannot listen to signals: {error}");
            Exit::Failed
        }
    }
}

/// The first Ctrl-C or SIGTERM drains, the second ends at once.
fn stops() -> std::io::Result<(mpsc::Sender<Stop>, mpsc::Receiver<Stop>)> {
    let (stop, stops) = mpsc::channel(2);
    let send = stop.clone();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        for stop in [Stop::Drain, Stop::Now] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if send.send(stop).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    });
    Ok((stop, stops))
}

fn start_log(log: LogWriter, quiet: bool) {
    let default = if quiet { "error" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("LOADTEST_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(Paint::wanted(std::io::stderr().is_terminal()).colour)
        .with_writer(move || log.clone())
        .init();
}
