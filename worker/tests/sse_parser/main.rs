//! The SSE parser against a table of nasty streams, three oracles, and random
//! documents cut at random places.

mod differential;
mod early_stop;
mod linear;
mod nasty;
mod oracle;
