//! The flags that say where a service is and how it is spoken to.

use std::path::PathBuf;

use clap::Args;
use common::api::Api;
use common::plan::Plan;

use super::error::OptionsError;
use super::options::certificates;
use super::url;

/// Where the service is. A run has the same flags, under headings of its own.
#[derive(Debug, Args)]
pub(crate) struct ServiceArgs {
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

impl ServiceArgs {
    /// What one user of this API needs to know.
    ///
    /// # Errors
    /// The first flag that cannot be carried out, and what to do about it.
    pub(super) fn plan(&self, api: Api) -> Result<Plan, OptionsError> {
        Ok(Plan {
            base_url: url::host(&self.host, &api)?,
            connect_to: self.connect_to.as_deref().map_or(Ok(String::new()), url::connect_to)?,
            insecure: self.insecure,
            ca_pem: self.ca_cert.as_deref().map_or(Ok(String::new()), certificates)?,
            api,
            ..Plan::default()
        })
    }
}
