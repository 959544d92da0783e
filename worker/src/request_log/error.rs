//! Why no log can be kept.

use std::io;
use std::path::PathBuf;

/// A log that cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be made or read.
    #[error(
        "--log: cannot write `{}` ({source}); check permissions and free space, or choose another path", path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else writes there.
    #[error("--log: another worker is writing to `{}`; choose another path, or wait until it has ended", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// There is something else, which is not ours to replace.
    #[error("--log: `{}` is there and is no log of ours; choose another path, or move it away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
}
