//! Reads a command line; what is wrong with it is said in one line.

mod slip;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, Parser};

/// Exit code of a command line that cannot be carried out.
const USAGE: u8 = 2;

/// Reads this process's command line. Help and version go to standard output; what cannot be read is
/// one line on standard error. `exclusive` are pairs of flags of which only one may be typed; that a
/// variable sets the other one is no conflict, for flags win over variables.
///
/// # Errors
/// The code to exit with: 0 after help or version, else 2.
pub fn read<C: Parser>(exclusive: &[(&str, &str)]) -> Result<C, ExitCode> {
    let mut command = C::command();
    command.build(); // so that flags can be shown as clap's messages show them
    let program = command.get_name().to_owned();
    let read = command.clone().try_get_matches().and_then(|matches| {
        conflict(&command, &matches, exclusive)?;
        C::from_arg_matches(&matches)
    });
    read.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // If nobody reads standard output, nobody reads a complaint about it either.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{program}: {}; see {program} --help", slip::message(&error, &command));
            ExitCode::from(USAGE)
        }
    })
}

/// An error if both flags of a pair were typed.
fn conflict(command: &Command, matches: &ArgMatches, exclusive: &[(&str, &str)]) -> Result<(), clap::Error> {
    let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let Some((one, other)) = exclusive.iter().find(|(one, other)| typed(one) && typed(other)) else {
        return Ok(());
    };
    let shown = |id: &str| command.get_arguments().find(|arg| arg.get_id() == id).map(ToString::to_string);
    let mut error = clap::Error::new(ErrorKind::ArgumentConflict).with_cmd(command);
    for (kind, id) in [(ContextKind::InvalidArg, one), (ContextKind::PriorArg, other)] {
        error.insert(kind, ContextValue::String(shown(id).unwrap_or_else(|| id.to_string())));
    }
    Err(error)
}
