//! `controller completions` and `controller man`: the command line, described for shells and for `man`.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Exit, complain};
use crate::cli::Cli;
use common::shape::closest;

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "controller", &mut script);
    print(&script)
}

/// Prints the manual page of the controller, or of one of its commands.
pub(crate) fn manual(command: Option<&str>) -> Exit {
    let mut page = Cli::command();
    page.build();
    if let Some(wanted) = command {
        let Some(found) = page.find_subcommand(wanted) else {
            let names: Vec<&str> = page.get_subcommands().map(clap::Command::get_name).collect();
            let near = closest(wanted, &names);
            let tip = near.map_or_else(
                || format!("there are {}", names.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            eprintln!(
                "controller: man: there is no command `{}`; {tip}",
                common::text::escape::plain(wanted, 80)
            );
            return Exit::Usage;
        };
        page = found.clone();
    }
    let mut text = Vec::new();
    match clap_mangen::Man::new(page).render(&mut text) {
        Ok(()) => print(&text),
        Err(error) => complain(Exit::Failed, &error),
    }
}

/// Nobody may read on: `controller man | head` is no fault.
pub(super) fn print(text: &[u8]) -> Exit {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => complain(Exit::Failed, &error),
        _ => Exit::Passed,
    }
}
