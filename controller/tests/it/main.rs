//! Everything of the controller that needs no run of its own: pure logic, command lines, documents.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod cli_bad_input;
mod cli_doctor;
mod cli_help;
mod cli_manual;
mod cli_readme;
mod decisions;
mod deploy_manifests;
mod documents;
mod fuzz_harness;
mod golden_faces;
mod live_screen;
mod named_files;
mod rooms;
mod services;
mod slips;
mod threshold_grammar;
