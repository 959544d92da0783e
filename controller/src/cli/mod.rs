//! The controller's command line: what may be typed, and what it means.

mod args;
mod options;
mod question;
mod repeat;
mod shape;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use args::RunArgs;
pub use options::{Options, OptionsError};
pub(crate) use repeat::quoted;

use crate::command::Exit;

/// Pairs of flags of which only one may be typed, by their ids. Variables give way to either.
pub const EXCLUSIVE: &[(&str, &str)] = &[("demo", "host"), ("token", "token_file")];

/// Finds out how many users a chat backend holds: runs a load shape over any number of workers,
/// merges what they measure, and writes the report.
#[derive(Debug, Parser)]
#[command(name = "controller", version, max_term_width = 100, args_conflicts_with_subcommands = true,
          after_help = exit_codes())]
pub struct Cli {
    /// What to do; by default: run.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The run.
    #[command(flatten)]
    pub run: RunArgs,
}

fn exit_codes() -> String {
    let code = |exit: Exit| format!("\n  {}  {}", exit as u8, exit.meaning());
    format!("Exit codes:{}", Exit::ALL.map(code).concat())
}

/// What else the controller does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a report from the CSV files of a run, of ours or of Locust's
    Report {
        /// Prefix of the CSV files: `results/x/staged` for `results/x/staged_stats.csv`
        #[arg(value_name = "PREFIX")]
        prefix: PathBuf,
        /// Where the report goes [default: REPORT.md beside our files, PREFIX_REPORT.md for Locust's]
        #[arg(value_name = "OUT.md")]
        out: Option<PathBuf>,
        /// Make the HTML report too, here
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
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
}
