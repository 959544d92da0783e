//! The live dashboard: a small web server beside the run.
//!
//! ```text
//! run loop ── Publisher: rows, report ──▶ RunState ──▶ Snapshot (JSON, made once for all) ──▶ viewers
//!   ▲                                                                                            │
//!   └───────────────── ControlRequest: stop, users, pause ── asks for the token ◀─────────────────────────┘
//! ```
//!
//! The server lives on a thread of its own: what viewers do, or fail to do, costs the run loop nothing but
//! a lock held for the length of a copy. Nothing here computes a number; pages get rows, and drawings of them.

mod address;
mod api;
mod app_state;
mod charts;
mod control;
mod events;
mod files;
mod gate;
mod listener;
mod metrics;
mod pages;
mod server;
mod snapshot;
mod state;

pub(crate) use address::{DEFAULT, DashboardError, bind};
pub(crate) use server::{Dashboard, DashboardParts, url};
pub(crate) use state::{Publisher, Update};
