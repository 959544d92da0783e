//! What the benchmark's programs share.
//!
//! [`responder`] is a server that is never the limit; the binaries `hyperloop` and `userloop` are
//! compared with each other, and `parts` measures the parts of the hot path alone.

#![forbid(unsafe_code)]

pub mod clock;
pub mod responder;
