//! The answer of one chat stream: planned from the seed, paced by deadlines.

mod alarm;
mod body;
mod buffer;
mod course;
mod events;
mod pace;
mod plan;
mod slots;

pub(crate) use body::{Answer, ChatStream};
pub(crate) use buffer::collected;
pub(crate) use events::MAX_TOKENS;
pub(crate) use plan::{Lengths, spread};
pub(crate) use slots::Slots;
