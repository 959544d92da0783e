//! Whether every second of a run holds what every link sent.

use std::error::Error;
use std::path::Path;

/// The seconds of a run.
#[derive(Debug, Clone, Copy)]
pub struct History {
    /// Seconds that hold one delta of every link, no more and no less.
    pub complete: usize,
    /// Seconds that should.
    pub expected: usize,
}

impl History {
    /// Reads `constant_stats_history.csv`. The first second and the last two are left out: links learn
    /// of the run within the first, and end within the last.
    pub fn read(results: &Path, requests: u64) -> Result<History, Box<dyn Error>> {
        let text = std::fs::read_to_string(results.join("constant_stats_history.csv"))?;
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default();
        let column = header.split(',').position(|name| name == "Total Request Count");
        let column = column.ok_or("the history has no total")?;
        let total = |line: &str| line.split(',').nth(column).and_then(|cell| cell.parse::<u64>().ok());
        let totals: Vec<u64> = lines.filter_map(total).collect();
        let seconds: Vec<u64> = totals.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let inner = seconds.get(..seconds.len().saturating_sub(2)).unwrap_or_default();
        let complete = inner.iter().filter(|count| **count == requests).count();
        Ok(History { complete, expected: inner.len() })
    }
}
