//! What the attacks on the control plane share: a run that must not notice them, and a peer that says
//! whatever it likes.

pub mod peer;
pub mod relay;
pub mod victim;

pub use peer::{Answer, Peer, Raw, delta, latency, register};
pub use relay::Relay;
pub use victim::Victim;
