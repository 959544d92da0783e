//! Why the backend could not start.

use std::net::SocketAddr;

use crate::fault::Fault;

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
        fault: Fault,
    },
    /// The shares that one endpoint can meet exceed the whole.
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
    /// A limit that another setting keeps from ever being met.
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
    /// The URL is not one that the driver understands.
    #[error("--database-url: {0}; write it as postgres://user:password@host:port/name")]
    DatabaseUrl(String),
}

/// Why [`start`](crate::start) gave up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting out of its range.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {addr}: {source}; stop what uses it or pass another --listen ADDR (port 0 picks a free one)"
    )]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database does not answer or refuses the tables.
    #[error(
        "cannot use the database at {place}: {reason}; check that it runs and that --database-url is right"
    )]
    Database {
        /// Hosts and database name, without credentials.
        place: String,
        /// What the driver or server said.
        reason: String,
    },
}

impl Error {
    /// Process exit code: 2 for a usage error, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) => 2,
            Self::Listen { .. } | Self::Database { .. } => 1,
        }
    }
}
