//! What must work before any load is sent.

use std::io::IsTerminal;
use std::net::SocketAddr;

use hub::grpc::{self, BindError};
use tokio::net::TcpListener;

use crate::cli::{DashboardChoice, Options};
use crate::dashboard::{self, DashboardError};
use crate::model_page::{Behind, ModelPage};
use crate::runner::local;
use crate::runner::preflight::{self, PreflightError};
use report::files::{OutputError, Outputs};
use worker::request_log::{LogError, rehearse};

/// What a run needs of its machine.
pub(super) struct Prepared {
    /// Where workers connect to.
    pub listener: TcpListener,
    pub bound: SocketAddr,
    pub dashboard: Option<TcpListener>,
    /// None when the run waits: its load, and so its files, are not known yet.
    pub outputs: Option<Outputs>,
    /// Number of the last request that the model behind the service has finished.
    pub model_newest: Option<u64>,
}

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrepareError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Dashboard(#[from] DashboardError),
    #[error(transparent)]
    Service(#[from] PreflightError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(
        "--behind {place}: no list of the model's requests there: {why}; start it, as with `backend --model`, or name another"
    )]
    Model { place: String, why: String },
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("--bind: cannot find out which port the system gave: {0}; name one with --bind")]
    Address(#[from] std::io::Error),
}

/// Checks everything that can be checked, without leaving a file behind when something is wrong.
pub(super) async fn prepare(options: &Options) -> Result<Prepared, PrepareError> {
    let protected = options.token.is_some() || options.verifies_workers();
    let listener = grpc::bind(options.workers.bind, protected)?;
    let dashboard = bind_dashboard(options)?;
    let waits = options.load_choice.is_some();
    if waits && dashboard.is_none() {
        return Err(DashboardError::NobodyToStart.into());
    }
    if let Some(log) = &options.plan.log {
        (1..=options.workers.local).try_for_each(|number| rehearse(log, &local::name(number)))?;
    }
    preflight::await_service(&options.plan, options.host_max_wait).await?;
    let model_newest = match &options.behind {
        Some(behind) => Some(newest(behind).await?),
        None => None,
    };
    let outputs = match waits {
        true => Outputs::rehearse(&options.outputs).map(|()| None),
        false => Outputs::open(options.outputs.clone()).map(Some),
    }?;
    Ok(Prepared { bound: listener.local_addr()?, listener, dashboard, outputs, model_newest })
}

/// Asks the model what it has finished last.
async fn newest(behind: &Behind) -> Result<u64, PrepareError> {
    let blame = |why| PrepareError::Model { place: behind.to_string(), why };
    let page = ModelPage::at(behind).map_err(blame)?;
    page.read(0, 1).await.map(|page| page.newest).map_err(blame)
}

fn bind_dashboard(options: &Options) -> Result<Option<TcpListener>, DashboardError> {
    let bind = |address| dashboard::bind(address, options.token.is_some());
    match options.dashboard {
        DashboardChoice::At(address) => bind(address).map(Some),
        DashboardChoice::Usual if somebody_looks() => {
            let listener = bind(dashboard::DEFAULT);
            if listener.is_err() {
                let taken = dashboard::DEFAULT;
                eprintln!(
                    "controller: no dashboard: {taken} is in use; name another address with --dashboard"
                );
            }
            Ok(listener.ok())
        }
        DashboardChoice::Usual | DashboardChoice::Off => Ok(None),
    }
}

fn somebody_looks() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("CI").is_none()
}
