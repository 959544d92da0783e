//! One user's connection: HTTP/1.1 with keep-alive, at most one socket, nothing sent twice.
//!
//! A connection has no task of its own: the user's task reads and writes its socket, so no answer
//! passes through two tasks, and dropping an exchange half-way closes its socket at once.

mod answer;
mod answering;
mod buffers;
mod client;
mod dial;
mod exchange;
mod fault;
mod link;
mod message;
mod sending;
mod socket;
mod target;
mod timer;
mod tls;
mod wire;

pub(crate) use answering::{Answering, Frame, Unwanted};
pub use client::Client;
pub use exchange::{Exchange, Limits, Request};
pub use fault::Fault;
pub(crate) use sending::Sent;
pub use target::{Target, TargetError};
pub use tls::TlsError;
