//! The APIs of model servers: what a request asks for, what the answer is, how each API writes it.

mod answer;
mod ask;
mod completions;
mod dialect;
mod embeddings;
mod error;
mod generated;
mod listing;
mod messages;
mod name;
mod responses;
mod sse;

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use answer::Answer;
pub(crate) use ask::Ask;
pub(crate) use completions::ChatCompletions;
pub(crate) use dialect::{Dialect, StreamedEvents, WholeEvents};
pub(crate) use embeddings::embed;
pub(crate) use error::{ApiError, ErrorKind, ErrorShape};
pub(crate) use listing::{list, one};
pub(crate) use messages::Messages;
pub(crate) use responses::Responses;

/// The model that is listed; any name is answered to.
pub(crate) const MODEL: &str = "sandbox";

/// An API at which the model answers.
pub(crate) trait ModelApi: Send + 'static {
    /// Reads a request.
    ///
    /// # Errors
    /// What is wrong with it.
    fn read(body: &[u8]) -> Result<Ask, ApiError>;

    /// What writes an answer to `ask`.
    fn dialect(ask: &Ask) -> Box<dyn Dialect>;
}

/// Seconds since the Unix epoch, for what calls itself `created`.
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
