//! What the benchmark's programs share.
//!
//! They exist to be measured or to measure: [`responder`] is a server that is never the limit, the
//! binaries `hyperloop` and `userloop` are what is compared, `micro` times the parts alone.

pub mod clock;
pub mod responder;
