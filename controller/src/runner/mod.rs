//! One run carried out: the loop that owns it, and what that loop starts.

pub mod demo;
pub mod local;
pub mod otlp;
pub mod preflight;
pub mod probe;
mod run_loop;
pub mod start;
pub mod writer;

pub use run_loop::{Files, Outcome, Owner};
