//! The controller's command line: what may be typed, and what it means.

mod abandon;
mod args;
mod arrivals;
mod asking;
mod compare;
mod criteria;
mod doctor;
mod error;
mod facts;
mod for_class;
mod load;
mod log;
mod options;
mod outputs;
mod pace;
mod repeat;
mod replay;
mod report;
mod service;
mod shape;
mod trial;
mod url;
mod users;
mod value;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use args::RunArgs;
pub(crate) use compare::{CompareArgs, Limit};
pub(crate) use doctor::DoctorArgs;
pub(crate) use error::OptionsError;
pub(crate) use load::{LoadChoice, LoadChoices};
pub(crate) use log::LogArgs;
pub(crate) use options::{DashboardChoice, Options};
pub(crate) use report::ReportArgs;
pub(crate) use trial::TryArgs;

use crate::exit::Exit;

/// Pairs of flags of which only one may be typed, by their ids. Variables give way to either.
pub(crate) const EXCLUSIVE: &[(&str, &str)] = &[("demo", "host"), ("demo", "api"), ("token", "token_file")];

/// Finds out how many users a chat backend holds: runs a load shape over workers, and reports.
#[derive(Debug, Parser)]
#[command(name = "controller", version, long_version = common::release::text(), max_term_width = 100, args_conflicts_with_subcommands = true,
          after_help = format!("Everything else, and examples, with --help.\n\n{}", exit_codes()),
          after_long_help = format!("{EXAMPLES}\n\n{}", exit_codes()))]
pub(crate) struct Cli {
    /// What to do; by default: run.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What people start with.
const EXAMPLES: &str = "\
Examples:
  controller --demo                                   nothing else is needed
  controller -H http://localhost:8000 --shape staged --local-workers 1
  controller -u 50 -r 5 -t 5m --local-workers 2 --threshold 'p95<200ms'
  controller --bind 0.0.0.0:5557 --token-file token --expect-workers 4
  controller report results/staged-20260102T030405Z   the report again
  controller compare --fail-on-regression 10% results/before results/after
  controller log requests.*.jsonl --where 'outcome=failed or latency>2s'
  controller doctor -H http://localhost:8000          is everything ready?
  controller completions zsh > ~/.zfunc/_controller";

fn exit_codes() -> String {
    let code = |exit: Exit| format!("\n  {}  {}", exit as u8, exit.meaning());
    format!("Exit codes:{}", Exit::ALL.map(code).concat())
}

/// What else the controller does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a report from a run's CSV files, ours or Locust's, or from its request logs
    #[command(after_long_help = "\
Examples:
  controller report results/staged-20260102T030405Z
  controller report requests.*.jsonl.zst again.md --json again.json")]
    Report(ReportArgs),
    /// Compare two runs: what differs, and how sure that is
    #[command(after_long_help = "\
Examples:
  controller compare results/before results/after
  controller compare --fail-on-regression 10% main/summary.json new/summary.json
  controller compare --allow host --markdown - results/a/staged results/b")]
    Compare(CompareArgs),
    /// Merge the request logs of a run's workers by time, filter and convert them
    #[command(after_long_help = "\
Examples:
  controller log requests.*.jsonl.zst --where outcome=failed
  controller log requests.*.jsonl --where 'call~chat and ttft>2s' --out slow.csv

A comparison is FIELD OPERATOR VALUE; the operators are = != < <= > >=, and ~
for a text that contains another. `and` binds tighter than `or`, brackets bind
tightest. A value with blanks stands in quotes; a time is microseconds, or has
a unit (250ms, 2s); none is what is not there.")]
    Log(LogArgs),
    /// List the APIs that come along, or print one as a file to begin your own with
    #[command(args_conflicts_with_subcommands = true)]
    Api {
        /// A preset, printed as it is; or a file, which is checked and printed whole
        #[arg(value_name = "NAME|FILE")]
        name: Option<String>,
        /// What to do with an API instead
        #[command(subcommand)]
        command: Option<ApiCommand>,
    },
    /// Check before a run whether machine, service and control port are ready
    #[command(after_long_help = "\
Examples:
  controller doctor -H https://chat.example.org --users 5000
  controller doctor -H http://chat:8000 --controller host:5557 --token-file key

It exits with 0 when nothing is in the way of a run, with 1 when something is,
and with 2 if a flag is wrong.")]
    Doctor(Box<DoctorArgs>),
    /// Make a development CA, and certificates of it for a controller and its workers
    Certs {
        /// Where they go; made if it is not there
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Name or IP address that workers call the controller by, beside localhost; may be repeated
        #[arg(long = "host", value_name = "NAME")]
        hosts: Vec<String>,
        /// Replace certificates that are there
        #[arg(long)]
        force: bool,
    },
    /// Print the completions of the command line for a shell
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
        /// The program: controller, worker or backend
        #[arg(value_name = "PROGRAM", default_value = "controller")]
        program: String,
    },
    /// Print the manual page, in the form that `man -l -` reads
    Man {
        /// The page of this command, or of `worker` or `backend`, instead of the one of `controller`
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

/// What else can be done with an API.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiCommand {
    /// Send one user once, and show every call, what was captured, and every event with what it was taken for
    #[command(after_long_help = "\
Examples:
  controller api try openai -H http://gpu-1:8000
  controller api try my.toml -H https://chat.example --users-file u.csv --all

Secrets are shown as ***. It exits with 1 if a call failed, and with 2 if the
file or a flag is wrong.")]
    Try(TryArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// clap breaks lines at the width of the terminal: those that are broken by hand must fit the narrowest usual one.
    #[test]
    fn what_stands_below_the_flags_fits_a_terminal_of_80_columns() {
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            for below in [command.get_after_help(), command.get_after_long_help()].into_iter().flatten() {
                for line in below.to_string().lines() {
                    assert!(common::text::escape::columns(line) <= 80, "{}: {line}", command.get_name());
                }
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }
}
