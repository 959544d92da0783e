//! The worker's command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::link::{Address, Settings};

/// Runs virtual users for a controller, and measures what they see.
#[derive(Debug, Parser)]
#[command(name = "worker", version, max_term_width = 100)]
pub struct Cli {
    /// Controller to work for
    #[arg(long, value_name = "HOST:PORT", env = "LOADTEST_CONTROLLER")]
    pub controller: Address,

    /// Name in reports, unique among the workers of a run [default: host name and process id]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,

    /// Load threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Token that the controller wants
    #[arg(long, value_name = "TOKEN", env = "LOADTEST_TOKEN", hide_env_values = true)]
    pub token: Option<String>,

    /// File that holds the token
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    pub token_file: Option<PathBuf>,

    /// How long to look for a controller, and to keep results for one that is gone
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = common::shape::parse_duration)]
    pub patience: Duration,
}

/// A command line that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The token file cannot be read.
    #[error("--token-file {path}: {source}; name a readable file that holds the token alone")]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Cli {
    /// The settings that the command line asks for.
    pub fn settings(self) -> Result<Settings, CliError> {
        let token = match self.token_file {
            Some(path) => {
                let text = std::fs::read_to_string(&path);
                Some(text.map_err(|source| CliError::TokenFile { path, source })?.trim().to_owned())
            }
            None => self.token,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Settings {
            controller: self.controller,
            name: self.name.unwrap_or_else(default_name),
            cores: self.threads.map_or(cores, usize::from),
            token: token.filter(|token| !token.is_empty()),
            patience: self.patience,
        })
    }
}

fn default_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.trim().chars().filter(|c| is_name(*c)).take(48).collect();
    format!("{}-{}", if host.is_empty() { "worker" } else { &host }, std::process::id())
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn name(text: &str) -> Result<String, String> {
    match (1..=64).contains(&text.len()) && text.chars().all(is_name) {
        true => Ok(text.to_owned()),
        false => Err("a name is 1 to 64 letters, digits, `.`, `_` or `-`".to_owned()),
    }
}
