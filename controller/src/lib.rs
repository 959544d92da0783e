//! The controller: runs a shape over workers, merges what they measured, writes the reports.

#![forbid(unsafe_code)]

pub mod api;
mod cli;
mod command;
mod container;
mod dashboard;
pub mod exit;
mod model_page;
pub mod program;
mod prompts;
mod replay;
mod runner;
pub mod tui;
mod users_file;
mod values_file;
pub mod view;
