//! The worker's command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use common::named_file;

use crate::link::{Address, Route, Tls, WorkerSettings, host_name};
use crate::tls_files::{TlsError, TlsFiles};

/// Runs virtual users for a controller, and measures what they see.
#[derive(Debug, Parser)]
#[command(name = "worker", version, long_version = common::release::text(), max_term_width = 100)]
pub struct WorkerCli {
    /// Controller to work for
    #[arg(long, value_name = "HOST:PORT", env = "LOADTEST_CONTROLLER", required_unless_present = "check")]
    pub controller: Option<Address>,

    /// Name in reports, unique among the workers of a run [default: host name and process id]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,

    /// Load threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// How it is reached.
    #[command(flatten)]
    pub door: DoorArgs,

    /// How long to look for a controller, and to keep results for one that is gone
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = common::shape::parse_duration,
          allow_hyphen_values = true)]
    pub patience: Duration,

    /// Check whether this machine is ready for USERS, and whether the controller lets it in if one is
    /// named, then exit: 0 when nothing is in the way, else 1 [default USERS: 10000]
    #[arg(long, value_name = "USERS", num_args = 0..=1, require_equals = true,
          default_missing_value = "10000", value_parser = clap::value_parser!(u64).range(1..))]
    pub check: Option<u64>,
}

/// What a worker needs to be let in.
#[derive(Debug, Clone, Default, Args)]
pub struct DoorArgs {
    /// Token that the controller wants
    #[arg(long, value_name = "TOKEN", env = "LOADTEST_TOKEN", hide_env_values = true)]
    pub token: Option<String>,

    /// File that holds the token
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// Certificate of the CA that issued the controller's; turns TLS on
    #[arg(long, value_name = "FILE", env = "LOADTEST_TLS_CA")]
    pub tls_ca: Option<PathBuf>,

    /// Certificate that this worker shows, PEM
    #[arg(long, value_name = "FILE", env = "LOADTEST_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of --tls-cert
    #[arg(long, value_name = "FILE", env = "LOADTEST_TLS_KEY")]
    pub tls_key: Option<PathBuf>,

    /// Name that the controller's certificate must be for [default: the host of --controller]
    #[arg(long, value_name = "NAME", env = "LOADTEST_TLS_NAME")]
    pub tls_name: Option<String>,
}

impl DoorArgs {
    /// The way to the controller at this address, and the token to carry there.
    ///
    /// # Errors
    /// The token cannot be read, or is empty; TLS flags that do not go together, or name no usable file.
    pub fn way_to(self, controller: Address) -> Result<(Route, Option<String>), CliError> {
        let token = match (self.token_file, self.token) {
            (Some(path), _) => {
                let text = named_file::text(&path, named_file::BY_HAND);
                let text = text.map_err(|source| CliError::TokenFile { path, source })?;
                Some(token(&text).ok_or(CliError::NoToken("--token-file"))?)
            }
            (None, Some(text)) => Some(token(&text).ok_or(CliError::NoToken("--token (LOADTEST_TOKEN)"))?),
            (None, None) => None,
        };
        let files = TlsFiles { cert: self.tls_cert, key: self.tls_key, ca: self.tls_ca };
        let tls = Tls::new(&files, self.tls_name.as_deref(), &controller)?;
        Ok((Route::Network { address: controller, tls }, token))
    }
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
    /// A token that is empty, or that no header can carry.
    #[error(
        "{0} holds no token: it must be at least one character, on one line, of printable ASCII; give it the \
         controller's token, or leave it out"
    )]
    NoToken(&'static str),
    /// No controller is named.
    #[error(
        "--controller is missing; name the controller as HOST:PORT, with the flag or LOADTEST_CONTROLLER"
    )]
    NoController,
    /// The TLS flags.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl WorkerCli {
    /// The settings that the command line asks for.
    ///
    /// # Errors
    /// The token cannot be read, or is empty; TLS flags that do not go together, or name no usable file.
    pub fn settings(self) -> Result<WorkerSettings, CliError> {
        let controller = self.controller.ok_or(CliError::NoController)?;
        let (controller, token) = self.door.way_to(controller)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(WorkerSettings {
            controller,
            name: self.name.unwrap_or_else(default_name),
            cores: self.threads.map_or(cores, usize::from),
            token,
            patience: self.patience,
        })
    }
}

/// The token in a text: what is left of it without blanks around it. `None` if that is empty, or no header can
/// carry it.
pub fn token(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = |c: char| c == ' ' || c.is_ascii_graphic();
    (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned())
}

fn default_name() -> String {
    let host: String = host_name().chars().filter(|c| is_name(*c)).take(48).collect();
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
