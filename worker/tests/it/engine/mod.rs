//! The load engine against a real server that counts for itself.

mod counts;
mod failures;
mod orders;
mod run;
mod seeds;
mod service;
mod stops;
mod traces;
