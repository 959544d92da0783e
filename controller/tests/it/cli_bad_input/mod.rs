//! What bad input gets: one clear line on standard error that names the flag (and file and line) and
//! says what to do, the right exit code, no load, and no file left behind.
//!
//! Every case is a real process with a service behind it that counts its requests.

mod apis;
mod case;
mod flags;
mod hosts;
mod log;
mod outputs;
mod peer;
mod report;
mod shapes;
mod variables;
mod versions;
