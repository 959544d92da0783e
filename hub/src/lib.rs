//! The hub: where what all workers send meets. Who is attached and what each may run, what they measured merged once,
//! the state of the run, and the messages to and from them.
//!
//! What a message or a second of a worker goes through is here and nowhere else of the controller, so this crate is
//! optimised and `controller`, which does things once a second or once a run, need not be.

#![forbid(unsafe_code)]

pub mod behind;
pub mod control;
pub mod fleet;
pub mod grpc;
pub mod idle_socket;
pub mod merge;
pub mod rejections;
pub mod run;
