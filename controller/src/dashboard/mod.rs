//! The live dashboard: a small web server beside the run.
//!
//! ```text
//! owner ── Publisher: rows, report ──▶ Board ──▶ press ── Edition (JSON, once for all) ──▶ viewers
//!   ▲                                                                                        │
//!   └───────────────── ControlRequest: stop, users, pause ── asks for the token ◀─────────────────────┘
//! ```
//!
//! The server lives on a thread of its own: what viewers do, or fail to do, costs the owner of the run
//! nothing but a lock held for the length of a copy. Nothing here computes a number; pages get rows.

mod address;
mod api;
mod board;
mod control;
mod edition;
mod files;
mod gate;
mod metrics;
mod pages;
mod patience;
mod push;
mod server;

pub use address::{DEFAULT, DashboardError, bind};
pub use board::{News, Publisher};
pub use server::{Dashboard, Desk, url};
