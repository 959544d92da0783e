//! The command line as it is typed: read, or told in one line why it cannot be.

use std::ffi::OsString;
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
    let typed: Vec<OsString> = std::env::args_os().collect();
    let mut command = C::command();
    command.build(); // so that flags can be shown as clap's messages show them
    let program = command.get_name().to_owned();
    let read = command.clone().try_get_matches_from(&typed).and_then(|matches| {
        conflict(&command, &matches, exclusive)?;
        C::from_arg_matches(&matches)
    });
    read.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody reads standard output: there is nobody to tell that to either.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{program}: {}; see {program} --help", complaint(&error, &command, &typed));
            ExitCode::from(USAGE)
        }
    })
}

/// Two flags of a pair, both typed.
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
fn complaint(error: &clap::Error, command: &Command, typed: &[OsString]) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    // clap takes any stray word after a flag for a subcommand.
    if let (ErrorKind::ArgumentConflict, Some(word)) = (error.kind(), text(ContextKind::InvalidSubcommand))
        && command.find_subcommand(word).is_none()
    {
        return format!("`{}` is neither a flag nor a command; leave it out", one_line(word));
    }
    let line = one_line(&paragraphs(&error.to_string()));
    match text(ContextKind::InvalidArg)
        .and_then(|flag| variable(flag, command, typed).map(|name| (flag, name)))
    {
        Some((flag, name)) => line.replacen(&format!("'{flag}'"), &format!("'{flag}' (set by {name})"), 1),
        None => line,
    }
}

/// The variable that a flag's value came from: the flag has one, and was not typed itself.
fn variable(flag: &str, command: &Command, typed: &[OsString]) -> Option<String> {
    let arg = command.get_arguments().find(|arg| arg.to_string() == flag)?;
    let name = arg.get_env()?.to_str()?;
    let long = arg.get_long().map(|long| format!("--{long}"));
    let short = arg.get_short().map(|short| format!("-{short}"));
    let is_typed = |word: &str| {
        long.as_deref().is_some_and(|long| {
            word == long || word.strip_prefix(long).is_some_and(|rest| rest.starts_with('='))
        }) || short.as_deref().is_some_and(|short| word.starts_with(short))
    };
    (!typed.iter().filter_map(|word| word.to_str()).any(is_typed)).then(|| name.to_owned())
}

/// The part of clap's message that says what is wrong: before the usage, without its label. Its
/// paragraphs are joined by semicolons.
fn paragraphs(message: &str) -> String {
    let telling = message.split("\n\n").take_while(|part| {
        !part.trim_start().starts_with("Usage:") && !part.trim_start().starts_with("For more information")
    });
    let parts: Vec<&str> = telling.map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join("; ").trim_start_matches("error: ").to_owned()
}

/// The text without line ends and other control characters.
fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        let flag = |id: &'static str| clap::Arg::new(id).long(id).value_name("N");
        let number = flag("number").short('n').env("USAGE_TEST_NUMBER").value_parser(clap::value_parser!(u8));
        let mut command = Command::new("x")
            .args([number, flag("a"), flag("b"), flag("c").conflicts_with_all(["a", "b"])])
            .subcommand(Command::new("sub").arg(clap::Arg::new("PATH").required(true)))
            .args_conflicts_with_subcommands(true);
        command.build();
        command
    }

    fn told(line: &str) -> String {
        let typed: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let read = command().try_get_matches_from(&typed);
        let read = read.and_then(|matches| conflict(&command(), &matches, &[("a", "b")]).map(|()| matches));
        complaint(&read.unwrap_err(), &command(), &typed)
    }

    #[test]
    fn every_complaint_is_one_line() {
        let table = [
            ("x --frob", "unexpected argument '--frob' found"),
            (
                "x --numbr 1",
                "unexpected argument '--numbr' found; tip: a similar argument exists: '--number'",
            ),
            ("x --number", "a value is required for '--number <N>' but none was supplied"),
            ("x --a 1 --b 2", "the argument '--a <N>' cannot be used with '--b <N>'"),
            ("x --c 1 --a 2 --b 3", "the argument '--c <N>' cannot be used with: --a <N> --b <N>"),
            ("x --a 1 stray", "`stray` is neither a flag nor a command; leave it out"),
            ("x --a 1 sub p", "the subcommand 'sub' cannot be used with '--a <N>'"),
            ("x sub", "the following required arguments were not provided: <PATH>"),
            ("x --number 300\n", "invalid value '300 ' for '--number <N>': invalid digit found in string"),
        ];
        for (line, complaint) in table {
            assert_eq!(told(line), complaint, "{line}");
        }
    }

    #[test]
    fn a_variable_is_blamed_unless_its_flag_was_typed() {
        let command = command();
        let from = |words: &[&str]| {
            let typed: Vec<OsString> = words.iter().map(OsString::from).collect();
            variable("--number <N>", &command, &typed)
        };
        assert_eq!(from(&["x", "--numbers"]).as_deref(), Some("USAGE_TEST_NUMBER"));
        for typed in ["--number", "--number=3", "-n", "-n3"] {
            assert_eq!(from(&["x", typed]), None, "{typed}");
        }
        assert_eq!(variable("--a <N>", &command, &[]), None, "it has no variable");
    }
}
