//! `controller completions` and `controller man`: the command line, described for shells and for `man`.

use std::io::Write;

use backend::BackendSettings;
use clap::CommandFactory;
use clap_complete::Shell;
use worker::cli::WorkerCli;

use super::{Exit, complain};
use crate::cli::Cli;
use common::shape::closest;

/// A program's name, and what describes its command line.
type Program = (&'static str, fn() -> clap::Command);

/// The programs that this binary is.
const PROGRAMS: [Program; 3] =
    [("controller", Cli::command), ("worker", WorkerCli::command), ("backend", BackendSettings::command)];

/// Prints the completions of a program for a shell.
pub(crate) fn completions(shell: Shell, program: &str) -> Exit {
    let Some((name, command)) = PROGRAMS.into_iter().find(|(name, _)| *name == program) else {
        return unknown("completions", "program", program, &PROGRAMS.map(|(name, _)| name));
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), name, &mut script);
    print(&script)
}

/// Prints the manual page of the controller, of one of its commands, or of another program.
pub(crate) fn manual(name: Option<&str>) -> Exit {
    let mut page = Cli::command();
    page.build();
    if let Some(wanted) = name {
        let program = PROGRAMS.into_iter().find(|(name, _)| *name == wanted);
        let found = program.map(|(_, command)| command()).or_else(|| page.find_subcommand(wanted).cloned());
        let Some(found) = found else {
            let commands = page.get_subcommands().map(clap::Command::get_name);
            let names: Vec<&str> = commands.chain(PROGRAMS.map(|(name, _)| name)).collect();
            return unknown("man", "command", wanted, &names);
        };
        page = found;
    }
    let mut text = Vec::new();
    match clap_mangen::Man::new(page).render(&mut text) {
        Ok(()) => print(&text),
        Err(error) => complain(Exit::Failed, &error),
    }
}

/// Says that there is nothing called so, and what was probably meant.
fn unknown(of: &str, kind: &str, wanted: &str, names: &[&str]) -> Exit {
    let tip = match closest(wanted, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.join(", ")),
    };
    let wanted = common::text::escape::plain(wanted, 80);
    eprintln!("controller: {of}: there is no {kind} `{wanted}`; {tip}");
    Exit::Usage
}

/// Nobody may read on: `controller man | head` is no fault.
pub(super) fn print(text: &[u8]) -> Exit {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => complain(Exit::Failed, &error),
        _ => Exit::Passed,
    }
}
