//! Runs with real processes: controller, workers, sandbox, each a process of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]
#![allow(clippy::await_holding_lock, reason = "each test has a runtime of its own")]

mod arrivals;
mod behind_application;
mod bottleneck_fastapi;
mod bottleneck_sandbox;
mod chaos_clocks;
mod chaos_controller_kill;
mod chaos_endings;
mod chaos_freeze;
mod chaos_restart;
mod chaos_soak;
mod chaos_worker_kill;
mod cli_locust;
mod cli_report;
mod compare_runs;
mod dashboard_http;
mod dashboard_viewers;
mod described_software;
mod e2e_abandon;
mod e2e_api;
mod e2e_cache;
mod e2e_database;
mod e2e_demo;
mod e2e_faults;
mod e2e_identity;
mod e2e_log;
mod e2e_pace;
mod e2e_prompts;
mod e2e_proxy;
mod e2e_seed;
mod e2e_shapes;
mod e2e_staged;
mod e2e_starved;
mod e2e_traces;
mod e2e_try;
mod e2e_try_ways;
mod e2e_users;
mod faces_machine;
mod faces_prometheus;
mod live_terminal;
mod model_clients;
mod observed_inside;
mod rate_search;
mod replay;
mod run_edges;
mod security;
mod security_limits;
mod security_peers;
mod security_tls;
mod silence;
mod threshold_runs;
