//! The flags of `controller api try`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use common::plan::Plan;

use super::args::positive;
use super::error::OptionsError;
use super::options::certificates;
use super::{url, users};
use crate::api;

/// What a user asks who only tries.
const QUESTION: &str = "Say hello in one sentence.";

/// Flags of a trial.
#[derive(Debug, Args)]
pub(crate) struct TryArgs {
    /// A preset, or an API file
    #[arg(value_name = "NAME|FILE")]
    pub api: String,
    /// The service
    #[arg(
        short = 'H',
        long,
        value_name = "URL",
        env = "LOADTEST_BASE_URL",
        default_value = "http://localhost:8000"
    )]
    pub host: String,
    /// Header of every request, 'NAME: VALUE'; may be repeated. The variable has one on each line
    #[arg(
        long = "header",
        value_name = "HEADER",
        env = "LOADTEST_HEADERS",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub headers: Vec<String>,
    /// Who the user is: the last row of this file
    #[arg(long, value_name = "FILE")]
    pub users_file: Option<PathBuf>,
    /// What the user asks
    #[arg(long, value_name = "TEXT", default_value = QUESTION)]
    pub prompt: String,
    /// Longest time for everything
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = positive, allow_hyphen_values = true)]
    pub timeout: Duration,
    /// Show every event of the stream, and bodies whole
    #[arg(long)]
    pub all: bool,
    /// Connect there and ask for the name in --host
    #[arg(long, value_name = "HOST:PORT")]
    pub connect_to: Option<String>,
    /// Further certificate authorities for https, PEM
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
    /// Accept any certificate of the service
    #[arg(long)]
    pub insecure: bool,
}

impl TryArgs {
    /// What one user needs to know.
    ///
    /// # Errors
    /// The first flag that cannot be carried out, and what to do about it.
    pub(crate) fn plan(&self) -> Result<Plan, OptionsError> {
        let api = api::choose(Some(&self.api), &self.headers)?;
        Ok(Plan {
            base_url: url::host(&self.host, &api)?,
            connect_to: self.connect_to.as_deref().map_or(Ok(String::new()), url::connect_to)?,
            users: users::read(self.users_file.as_deref(), &api)?.map(Arc::new).unwrap_or_default(),
            insecure: self.insecure,
            ca_pem: self.ca_cert.as_deref().map_or(Ok(String::new()), certificates)?,
            api,
            ..Plan::default()
        })
    }
}
