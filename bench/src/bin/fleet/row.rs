//! One try, as a line of the table and as JSON.

use super::controller::Spent;
use super::history::History;
use super::link::LinkTimes;

/// The head of the table.
pub const HEAD: &str = "\
| workers | samples | controller, of a core | links, of a core | memory | cut late p99 | to the ack p50 / p99 | seconds complete |
| --- | --- | --- | --- | --- | --- | --- | --- |";

/// What one number of workers came to.
#[derive(Debug)]
pub struct Row {
    /// Links.
    pub workers: usize,
    /// Samples of each distribution in each delta.
    pub samples: u64,
    /// By both sides, while every link sent.
    pub spent: Spent,
    /// What the links saw.
    pub times: LinkTimes,
    /// What the history holds.
    pub history: History,
}

impl Row {
    /// A line of the table.
    pub fn line(&self) -> String {
        format!(
            "| {} | {} | {:.0} % | {:.0} % | {:.0} MiB | {:.0} ms | {:.0} / {:.0} ms | {} of {} |",
            self.workers,
            self.samples,
            100.0 * self.spent.controller(),
            100.0 * self.spent.links(),
            self.spent.peak_bytes as f64 / 1_048_576.0,
            ms(&self.times.late, 990),
            ms(&self.times.waits, 500),
            ms(&self.times.waits, 990),
            self.history.complete,
            self.history.expected,
        )
    }

    /// The same for programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "workers": self.workers,
            "samples": self.samples,
            "controller_cores": self.spent.controller(),
            "links_cores": self.spent.links(),
            "peak_bytes": self.spent.peak_bytes,
            "cut_late_p99_ms": ms(&self.times.late, 990),
            "ack_p50_ms": ms(&self.times.waits, 500),
            "ack_p99_ms": ms(&self.times.waits, 990),
            "ack_max_ms": ms(&self.times.waits, 1000),
            "seconds_complete": self.history.complete,
            "seconds": self.history.expected,
        })
    }
}

/// The nearest rank of ascending microseconds, in milliseconds.
fn ms(ascending: &[u64], permille: usize) -> f64 {
    rank(ascending, permille) as f64 / 1000.0
}

/// The nearest rank of ascending values; 0 of none.
pub fn rank(ascending: &[u64], permille: usize) -> u64 {
    let place = (ascending.len() * permille).div_ceil(1000).max(1) - 1;
    ascending.get(place).copied().unwrap_or(0)
}
