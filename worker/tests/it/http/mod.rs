//! A user's connection against a server that does exactly what its script says.

mod exchange;
mod faults;
mod limits;
pub(crate) mod peer;
mod stamps;
mod tls;
