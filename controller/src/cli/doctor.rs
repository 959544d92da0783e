//! The flags of `controller doctor`.

use std::net::SocketAddr;

use clap::Args;
use common::plan::Plan;
use worker::cli::DoorArgs;
use worker::link::Address;

use super::error::OptionsError;
use super::service::ServiceArgs;
use super::value::address;
use crate::api;

/// Flags of the doctor.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Where the service is.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Its API: a preset, or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub api: Option<String>,
    /// Users at a time that there is to be room for
    #[arg(short, long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    pub users: u64,
    /// Address that workers are to connect to: whether a controller could listen there
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:5557", value_parser = address)]
    pub bind: SocketAddr,
    /// Go to this running controller instead, as a worker on this machine would; no worker is registered
    #[arg(long, value_name = "HOST:PORT", env = "LOADTEST_CONTROLLER", conflicts_with = "bind")]
    pub controller: Option<Address>,
    /// What proves that the worker may come in.
    #[command(flatten)]
    pub door: DoorArgs,
}

impl DoctorArgs {
    /// What one user needs to know.
    ///
    /// # Errors
    /// The first flag that cannot be carried out, and what to do about it.
    pub(crate) fn plan(&self) -> Result<Plan, OptionsError> {
        self.service.plan(api::choose(self.api.as_deref(), &self.service.headers)?)
    }

    /// Whether strangers would be kept out of the control port.
    pub(crate) fn is_protected(&self) -> bool {
        self.door.token.is_some() || self.door.token_file.is_some() || self.door.tls_ca.is_some()
    }
}
