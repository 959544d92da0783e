//! Why the backend could not start.

use std::net::SocketAddr;

use crate::settings::SettingsError;

/// Why [`start`](crate::start) gave up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// A setting out of its range.
    #[error(transparent)]
    BackendSettings(#[from] SettingsError),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {addr}: {source}; stop what uses it or pass another --listen ADDR (port 0 picks a free one)"
    )]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The database does not answer or refuses the tables.
    #[error(
        "cannot use the database at {place}: {reason}; check that it runs and that --database-url is right"
    )]
    Database {
        /// Hosts and database name, without credentials.
        place: String,
        /// The error of the driver or the server.
        reason: String,
    },
}

impl BackendError {
    /// Process exit code: 2 for a usage error, else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::BackendSettings(_) => 2,
            Self::Listen { .. } | Self::Database { .. } => 1,
        }
    }
}
