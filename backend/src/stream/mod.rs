//! Chat streams: each is planned from the seed and sent by absolute deadlines.

mod body;
mod buffered;
mod chat;
mod deadlines;
mod events;
mod plan;
mod prefix_cache;
mod schedule;
mod slots;
mod timer;
mod unheard;

pub(crate) use body::{ChatStream, StoredAnswer, StreamRequest};
pub(crate) use buffered::buffered;
pub(crate) use chat::Chat;
pub(crate) use events::{AnswerEvents, SandboxEvents, word};
pub(crate) use plan::AnswerChange;
pub(crate) use prefix_cache::PromptTokens;
