//! The worker: user loops, the HTTP connection, the SSE parser and the link to the controller.

mod backoff;
pub mod boot_clock;
pub mod chat;
pub mod check;
pub mod cli;
pub mod engine;
mod gate;
pub mod http;
pub mod interval;
pub mod link;
pub mod open_files;
pub mod program;
pub mod recorder;
pub mod request_log;
pub mod sse;
pub mod tls_files;
pub mod usage;
pub mod user;
