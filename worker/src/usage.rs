//! Reads a command line; what is wrong with it is said in one line.

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
            eprintln!("{program}: {}; see {program} --help", complaint(&error, &command));
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

/// What is wrong, in one line without an end.
fn complaint(error: &clap::Error, command: &Command) -> String {
    // clap takes any stray word after a flag for a subcommand.
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word))
            if error.kind() == ErrorKind::ArgumentConflict && command.find_subcommand(word).is_none() =>
        {
            format!("`{}` is neither a flag nor a command; leave it out", one_line(word))
        }
        _ => in_our_words(error).unwrap_or_else(|| one_line(&paragraphs(&error.to_string()))),
    }
}

/// The commonest slips, without the words of the library.
fn in_our_words(error: &clap::Error) -> Option<String> {
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) if !text.is_empty() => Some(one_line(text)),
        Some(ContextValue::Strings(texts)) => texts.first().map(|text| one_line(text)),
        _ => None,
    };
    let typed = said(ContextKind::InvalidArg)?;
    match error.kind() {
        ErrorKind::UnknownArgument if typed.starts_with('-') => {
            let tip = said(ContextKind::SuggestedArg);
            let tip = tip.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Some(format!("there is no flag `{typed}`{tip}"))
        }
        ErrorKind::InvalidValue if said(ContextKind::InvalidValue).is_none() => {
            Some(format!("nothing stands behind `{typed}`; write its value there"))
        }
        _ => None,
    }
}

/// The part of clap's message that says what is wrong: before the usage, without its label. Its
/// paragraphs are joined by semicolons.
fn paragraphs(message: &str) -> String {
    let relevant = message.split("\n\n").take_while(|part| {
        !part.trim_start().starts_with("Usage:") && !part.trim_start().starts_with("For more information")
    });
    let parts: Vec<&str> = relevant.map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join("; ").trim_start_matches("error: ").to_owned()
}

/// The text without line ends and other control characters.
fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}
