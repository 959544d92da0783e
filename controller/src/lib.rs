//! The controller: runs a shape over workers, merges what they measured, writes the reports.

pub mod api;
pub mod cli;
pub mod command;
pub mod container;
pub mod control;
pub mod dashboard;
pub mod exit;
pub mod fleet;
pub mod grpc;
pub mod ladder;
pub mod merge;
pub(crate) mod prompts;
pub mod rejections;
pub mod run;
pub mod runner;
pub mod tui;
pub mod view;
