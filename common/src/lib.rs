//! What controller and workers share: shapes, quota split, statistics, settings, the protocol.
//!
//! Nothing here opens a socket or reads a clock, and nothing but `named_file` touches a disk, so everything here is
//! tested without time or network.

#![forbid(unsafe_code)]

pub mod api;
pub mod arrivals;
pub mod ask;
pub mod asking;
pub mod class;
pub mod distribution;
pub mod failure;
pub mod micros;
pub mod mix;
pub mod named_file;
pub mod plan;
pub mod protocol;
pub mod quota;
pub mod release;
pub mod replay;
pub mod request_log;
pub mod segment;
pub mod shape;
pub mod slowest;
pub mod stats;
pub mod text;
pub mod timeline;
pub mod totals;
pub mod trace;
pub mod users;
mod wire_enum;
