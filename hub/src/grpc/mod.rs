//! The gRPC side: connections of workers, turned into messages for the run loop.
//!
//! ```text
//! accept ── Acceptor: place, TLS ──▶ IdleSocket ──▶ HTTP/2 ── ControlService: token ──▶ run loop
//!                │                       │                        │
//!                └───────────────────────┴── Rejections: counted ◀─┘
//! ```

mod acceptor;
mod address;
mod connection;
mod service;
mod tls;
mod token;

pub use acceptor::Acceptor;
pub use address::{BindError, bind, listen};
pub use connection::ATTACH_WITHIN;
pub use service::{Inbound, MessageQueue, serve};
pub use tls::Tls;
pub use token::Token;
