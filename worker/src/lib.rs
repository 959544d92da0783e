//! The worker: user loops, the HTTP connection, the SSE parser and the link to the controller.

pub mod chat;
pub mod check;
pub mod cli;
pub mod engine;
pub mod http;
pub mod interval;
pub mod link;
pub mod open_files;
pub mod program;
pub mod recorder;
pub mod sse;
pub mod usage;
pub mod user;
