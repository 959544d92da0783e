//! The gRPC side: connections of workers, turned into messages for the one task that owns the run.

//!
//! ```text
//! accept ── Door: place, TLS ──▶ Guarded connection ──▶ HTTP/2 ── Service: token ──▶ owner of the run
//!              │                        │                                │
//!              └────────────────────────┴── Rejections: counted ◀─────────┘
//! ```

mod acceptor;
mod address;
mod connection;
mod service;
mod tls;
mod token;

pub use acceptor::Door;
pub(crate) use address::listen;
pub use address::{BindError, bind};
pub use connection::ATTACH_WITHIN;
pub use service::{Inbound, Outbox, serve};
pub use tls::Tls;
pub use token::Token;
