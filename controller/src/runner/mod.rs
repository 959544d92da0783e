//! One run carried out: the loop that owns it, and what that loop starts.

pub(crate) mod demo;
pub(crate) mod load_setup;
pub(crate) mod local;
pub(crate) mod model;
pub(crate) mod observers;
pub(crate) mod otlp;
pub(crate) mod preflight;
mod probe;
mod probe_call;
mod run_loop;
mod writer;

pub(crate) use run_loop::{Outcome, Parts, ResultFiles, RunLoop, Sinks};
