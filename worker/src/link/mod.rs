//! The link to the controller: quotas in, deltas out, and what happens when it breaks.
//!
//! It runs on a thread of its own, so a busy load thread cannot make a worker look dead.
//!
//! ```text
//!            ┌────────────── controller ──────────────┐
//!   quota    │                                   delta │ ack
//!            ▼                                         │
//!   lease ─ Worker ── apply ──▶ Engine ── interval ──▶ Outbox
//! ```

mod address;
mod assigned_run;
mod clock;
mod connection;
mod lease;
mod outbox;
mod process;
mod route;
mod tls;
mod worker;

use std::time::Duration;

pub use address::{Address, AddressError};
pub use clock::RunClock;
pub(crate) use connection::{ConnectError, Session};
pub use lease::Lease;
pub use outbox::{Outbox, Waiting};
pub(crate) use process::host_name;
pub use route::Route;
pub use tls::Tls;

use crate::engine::EngineError;
use crate::http::TargetError;
use crate::request_log::LogError;
use common::plan::PlanError;

/// How a worker process is set up.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// The way to the controller.
    pub controller: Route,
    /// The worker's name in reports, unique among the workers of a run.
    pub name: String,
    /// Load threads.
    pub cores: usize,
    /// What proves to the controller that this worker belongs to it.
    pub token: Option<String>,
    /// How long to look for a controller that cannot be reached, and to keep deltas for one that is
    /// gone.
    pub patience: Duration,
}

/// How a worker ended without an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerEnd {
    /// The controller has everything and needs this worker no longer; its closing message.
    Finished(String),
    /// The worker was asked to leave and has handed everything over.
    Left,
    /// The worker was asked twice to end; what was not delivered is lost.
    Abandoned {
        /// Deltas that the controller had not acked.
        undelivered: usize,
    },
}

/// Why a worker cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The controller does not want this worker.
    #[error("the controller refused this worker: {message}")]
    Refused {
        /// The controller's sentence.
        message: String,
        /// Whether starting it differently would help.
        usage: bool,
    },
    /// The controller was not reached for too long.
    #[error(
        "no controller answered at {address} for {}: {reason}; start it, or name another with --controller",
        humantime::format_duration(*.patience)
    )]
    Unreachable {
        /// Where it was looked for.
        address: Route,
        /// How long.
        patience: Duration,
        /// Why the last attempt failed.
        reason: String,
    },
    /// The two ends do not fit: TLS against none, or certificates that are not accepted.
    #[error("cannot attach to the controller at {address}: {reason}")]
    Mismatch {
        /// Where it is.
        address: Route,
        /// What does not fit, and what to do.
        reason: String,
    },
    /// The plan is not valid.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The service under test cannot be addressed from here.
    #[error("this worker cannot use the target: {0}")]
    Target(#[from] TargetError),
    /// The load threads cannot be started.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The request log cannot be written here.
    #[error(transparent)]
    Log(#[from] LogError),
}

pub use worker::{StopRequest, run};
