//! One user's connection: HTTP/1.1 with keep-alive, at most one socket, nothing sent twice.
//!
//! The connection's future is polled together with the request that waits for it, inside the user's
//! own task. A task for each connection would be simpler by a few lines, but every frame would then
//! pass through two tasks; and this way dropping an exchange half-way closes its socket at once.

mod client;
mod exchange;
mod fault;
mod target;

pub use client::Client;
pub use exchange::{Exchange, Limits, Request};
pub use fault::Fault;
pub use target::{Target, TargetError};
