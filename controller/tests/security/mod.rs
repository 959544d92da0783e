//! What the attacks on the control plane share: a run that must not notice them, and a peer that says
//! whatever it likes.

#![allow(dead_code, unused_imports, reason = "each test program uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

pub mod peer;
pub mod relay;
pub mod victim;

pub use peer::{Answer, Peer, Raw, delta, latency, register};
pub use relay::Relay;
pub use victim::Victim;
