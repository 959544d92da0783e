//! placeholder

pub mod sse;
