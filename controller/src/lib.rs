//! The controller: runs a shape over workers, merges what they measured, writes the reports.

#![forbid(unsafe_code)]

pub mod api;
pub mod behind;
mod cli;
mod command;
mod container;
pub mod control;
mod dashboard;
pub mod exit;
pub mod fleet;
pub mod grpc;
mod idle_socket;
pub mod merge;
mod observe;
pub mod program;
mod prompts;
pub mod rejections;
mod replay;
pub mod run;
mod runner;
pub mod tui;
mod users_file;
mod values_file;
pub mod view;
