//! The gRPC side: connections of workers, turned into messages for the one task that owns the run.

mod address;
mod service;
mod token;

pub use address::{BindError, bind};
pub use service::{Inbound, Outbox, serve};
pub use token::Token;
