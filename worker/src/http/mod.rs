//! One user's connection: HTTP/1.1 with keep-alive, at most one socket, nothing sent twice.
//!
//! The connection's future is polled together with the request that waits for it, inside the user's
//! own task. A task for each connection would be simpler by a few lines, but every frame would then
//! pass through two tasks; and this way dropping an exchange half-way closes its socket at once.

mod answer;
mod answering;
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

pub(crate) use answer::{judge, retry_after};
pub(crate) use answering::{Answering, Frame, Unwanted};
pub use client::Client;
pub use exchange::{Exchange, Limits, Request};
pub use fault::Fault;
pub(crate) use sending::Sent;
pub use target::{Target, TargetError};
pub use tls::TlsError;
