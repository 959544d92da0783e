//! What bad input gets from the worker: a clear message on standard error that says what to do, and the
//! exit code 2, or 1 where a controller could not be reached.

mod addresses;
mod flags;
mod process;
mod refusals;
