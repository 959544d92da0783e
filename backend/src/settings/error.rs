//! What is wrong with the settings.

use crate::fault::FaultKind;

/// A setting out of its range: the caller's mistake, exit code 2.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A number outside its range.
    #[error("--{flag} must be {range}, not {value}")]
    Range {
        /// Flag without its dashes.
        flag: &'static str,
        /// The range in words.
        range: &'static str,
        /// What was given.
        value: String,
    },
    /// One kind of fault given twice.
    #[error("--fault {} is given twice; give each kind one share", fault.name())]
    FaultTwice {
        /// The kind.
        fault: FaultKind,
    },
    /// The fault shares of one endpoint add up to more than 1.
    #[error("--fault shares of {endpoints} add up to {sum:.4}; lower them to at most 1")]
    FaultShares {
        /// Which endpoints.
        endpoints: &'static str,
        /// Their sum.
        sum: f64,
    },
    /// A pool without a database.
    #[error("--pool {0} needs --database-url postgres://…")]
    PoolWithoutDatabase(usize),
    /// A limit that can never be reached because of another setting.
    #[error(
        "--threads-per-chunk {threads} never queues behind --stream-slots {slots}; pass --stream-slots 0 or more slots than threads"
    )]
    ThreadsNeverQueue {
        /// Threads asked for.
        threads: usize,
        /// Streams that produce at the same time.
        slots: usize,
    },
    /// A flag without the one that it belongs to.
    #[error("--{flag} needs {needs}")]
    Needs {
        /// Flag without its dashes.
        flag: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// Two flags of which one leaves the other without effect.
    #[error("--{flag} and --{other} do not go together: {why}")]
    Conflict {
        /// Flag without its dashes.
        flag: &'static str,
        /// The other, also without.
        other: &'static str,
        /// What would be wrong.
        why: &'static str,
    },
    /// The URL is not one that the driver understands.
    #[error("--database-url: {0}; write it as postgres://user:password@host:port/name")]
    DatabaseUrl(String),
}
