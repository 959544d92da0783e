//! The worker: user loops, the HTTP connection, the SSE parser and the link to the controller.

pub mod sse;
pub mod interval;
