//! Why an engine cannot start.

use crate::user::CompileError;

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
    /// The plan's API description cannot be used.
    #[error(transparent)]
    Plan(#[from] CompileError),
}
