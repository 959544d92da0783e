//! Runs that fill the cores: one after the other.

mod chaos_soak;
mod dashboard_viewers;
mod e2e_starved;
