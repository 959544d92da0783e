//! Runs with real processes: controller, workers, sandbox, each a process of its own.
//!
//! Tests begin in the order of their names: first those that need the machine for themselves, then those that need it
//! with others of their kind, then the searches, which last longest, so that nothing waits for them at the end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]
#![allow(clippy::await_holding_lock, reason = "each test has a runtime of its own")]

mod alone;
mod apart;
mod arrivals;
mod behind_application;
mod bottleneck_fastapi;
mod bottleneck_rate;
mod bottleneck_sandbox;
mod chaos_clocks;
mod chaos_controller_kill;
mod chaos_endings;
mod chaos_freeze;
mod chaos_restart;
mod cli_locust;
mod cli_report;
mod compare_runs;
mod dashboard_http;
mod described_software;
mod e2e_abandon;
mod e2e_api;
mod e2e_cache;
mod e2e_database;
mod e2e_faults;
mod e2e_identity;
mod e2e_log;
mod e2e_pace;
mod e2e_prompts;
mod e2e_proxy;
mod e2e_seed;
mod e2e_shapes;
mod e2e_traces;
mod e2e_try;
mod e2e_try_ways;
mod e2e_users;
mod faces_machine;
mod faces_prometheus;
mod live_terminal;
mod model_clients;
mod observed_inside;
mod run_edges;
mod security;
mod security_limits;
mod security_peers;
mod security_tls;
mod silence;
mod threshold_runs;
