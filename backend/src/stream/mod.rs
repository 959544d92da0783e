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

pub(crate) use body::{ChatStream, StreamRequest};
pub(crate) use buffered::buffered;
pub(crate) use chat::Chat;
