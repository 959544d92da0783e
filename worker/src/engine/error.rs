//! Why an engine cannot start.

use crate::chat::DialectError;
use crate::sse::scan::PathError;

/// An engine that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No core to run on.
    #[error("the engine needs at least one core; ask for --threads 1 or more")]
    NoCores,
    /// A thread or its runtime could not be made.
    #[error(
        "a load thread could not start ({0}); lower --threads, or raise the limits on processes and open files"
    )]
    Thread(#[from] std::io::Error),
    /// A load thread ended before it was ready.
    #[error("a load thread ended before it was ready; its panic message stands above this one")]
    Died,
    /// A method that HTTP does not allow.
    #[error("`{0}` is no HTTP method; correct the API description")]
    Method(String),
    /// A header name that HTTP does not allow.
    #[error("`{0}` is no name of an HTTP header; correct `user_header` in the API description")]
    UserHeader(String),
    /// A path to the thread's id that leads nowhere.
    #[error("`thread_id_field` in the API description: {0}")]
    ThreadId(PathError),
    /// Paths in the stream's dialect that lead nowhere.
    #[error("the API description is not usable: {0}")]
    Dialect(#[from] DialectError),
}
