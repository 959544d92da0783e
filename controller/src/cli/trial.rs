//! The flags of `controller api try`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use common::plan::Plan;

use super::error::OptionsError;
use super::service::ServiceArgs;
use super::users;
use super::value::positive;
use crate::api;

/// What a user asks who only tries.
const QUESTION: &str = "Say hello in one sentence.";

/// Flags of a trial.
#[derive(Debug, Args)]
pub(crate) struct TryArgs {
    /// A preset, or an API file
    #[arg(value_name = "NAME|FILE")]
    pub api: String,
    /// Where the service is.
    #[command(flatten)]
    pub service: ServiceArgs,
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
}

impl TryArgs {
    /// What one user needs to know.
    ///
    /// # Errors
    /// The first flag that cannot be carried out, and what to do about it.
    pub(crate) fn plan(&self) -> Result<Plan, OptionsError> {
        let api = api::choose(Some(&self.api), &self.service.headers)?;
        let users = users::read(self.users_file.as_deref(), &api)?.map(Arc::new).unwrap_or_default();
        Ok(Plan { users, ..self.service.plan(api)? })
    }
}
