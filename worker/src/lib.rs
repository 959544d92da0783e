//! The worker: user loops, the HTTP connection, the SSE parser and the link to the controller.

pub mod chat;
pub mod http;
pub mod sse;
pub mod interval;
