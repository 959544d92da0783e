//! How a service writes its stream, compiled for the hot path.

use common::api::StreamDialect;

use crate::sse::scan::PathError;

/// A [`StreamDialect`] with its paths split. Made once for each worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect;

/// A dialect that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// A path that leads nowhere.
    #[error("the stream's {0}: {1}")]
    Path(&'static str, PathError),
}

impl Dialect {
    /// Splits the paths.
    pub fn compile(_dialect: &StreamDialect) -> Result<Dialect, DialectError> {
        Ok(Dialect)
    }
}
