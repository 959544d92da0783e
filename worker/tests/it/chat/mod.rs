//! Streamed answers, byte by byte.

mod faults;
mod stream;
