//! The program `controller`, and the others that its binary holds.

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::cli::{self, ApiCommand, Cli, Command, Options};
use crate::command;
use crate::container::{self, Program};
use crate::exit::Exit;
use crate::tui::Tui;
use hub::control::Stop;
use report::style::Paint;
use tokio::sync::mpsc;
use worker::usage;

/// Runs the program that this process was called as: the container image holds one binary under several names.
pub fn main() -> ExitCode {
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
        Some(Command::Report(args)) => command::report(&args),
        Some(Command::Compare(args)) => command::compare(&args),
        Some(Command::Log(args)) => command::log(&args),
        Some(Command::Api { command: Some(ApiCommand::Try(args)), .. }) => command::trial(&args).await,
        Some(Command::Api { name, .. }) => command::api(name.as_deref()),
        Some(Command::Doctor(args)) => command::doctor(*args).await,
        Some(Command::Completions { shell, program }) => command::completions(shell, &program),
        Some(Command::Man { command }) => command::manual(command.as_deref()),
        Some(Command::Certs { folder, hosts, force }) => command::certs(&folder, &hosts, force),
        None => run(cli.run).await,
    };
    ExitCode::from(exit as u8)
}

async fn run(args: cli::RunArgs) -> Exit {
    let (mut tui, log) = Tui::new(args.quiet);
    let level = if args.quiet { "error" } else { "warn" };
    let colour = Paint::wanted(std::io::stderr().is_terminal()).colour;
    worker::program::start_log(level, colour, move || log.clone());
    // Both https to the target and the preflight use the same library; the first caller may choose.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = match Options::new(args, u64::from(rand::random::<u32>()), jiff::Timestamp::now()) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("controller: {error}");
            return Exit::Usage;
        }
    };
    // The first signal drains, the second ends at once.
    let (stop, stops) = mpsc::channel(2);
    match worker::program::on_signals([Stop::Drain, Stop::Now], stop.clone()) {
        Ok(()) => {
            tui.listen(&stop);
            command::run(options, tui, stops).await
        }
        Err(error) => {
            eprintln!("controller: cannot listen to signals: {error}");
            Exit::Failed
        }
    }
}
