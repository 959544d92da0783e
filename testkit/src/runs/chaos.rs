//! What tests that break things look at afterwards.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use backend::Counts;
use jiff::Timestamp;

use super::results::{Row, number};
use super::{Results, sandbox};

/// The lease that the controller gives, and how much longer it waits before it gives users away.
pub const LEASE: Duration = Duration::from_millis(5_050);

/// Waits. The clock is what these tests are about, so they may.
pub fn pause(time: Duration) {
    let end = Instant::now() + time;
    while let Some(rest) = end.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
        std::thread::park_timeout(rest);
    }
}

/// Waits until `done`, or fails with `what`.
pub fn until(what: &str, timeout: Duration, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + timeout;
    while !done() {
        assert!(Instant::now() < end, "{what} took longer than {timeout:?}");
        pause(Duration::from_millis(20));
    }
}

/// Every count of the report is the server's own, and all faces of the report agree.
pub fn expect_exact(results: &Results, counts: &Counts) {
    expect_consistent(results);
    let mut server = sandbox::totals(counts);
    server.insert("Aggregated".to_owned(), requests(counts));
    assert_eq!(
        results.csv_counts(),
        server,
        "report (left) and server (right); {:?}",
        results.summary["notes"]
    );
}

/// CSV, JSON and Markdown hold the same counts, the parts add up, and so do the workers.
pub fn expect_consistent(results: &Results) {
    let csv = results.csv_counts();
    assert_eq!(csv, results.json_counts(), "CSV and JSON");
    assert_eq!(csv, markdown_counts(results), "CSV and Markdown");
    assert_eq!(csv.values().sum::<u64>(), 2 * results.count(), "the endpoints add up to the total");
    let workers: u64 = results.csv("workers").iter().map(|row| number(&row["Request Count"])).sum();
    assert_eq!(workers, results.count(), "the workers' requests add up to the total");
    let stages: u64 = results.csv("stages").iter().map(|row| number(&row["Request Count"])).sum();
    assert_eq!(stages, results.count(), "the stages' requests add up to the total");
    let history = results.csv("stats_history");
    let last = history.last().map_or(0, |row| number(&row["Total Request Count"]));
    assert_eq!(last, results.count(), "the history's last row holds the total");
}

fn markdown_counts(results: &Results) -> std::collections::BTreeMap<String, u64> {
    let rows = results.table("Endpoints");
    let name = |row: &[String]| format!("{} {}", row[0], row[1].trim_matches(['`', '*'])).trim().to_owned();
    rows[1..].iter().map(|row| (name(row), number(&row[2]))).collect()
}

/// All requests that the server has counted.
pub fn requests(counts: &Counts) -> u64 {
    sandbox::totals(counts).values().sum()
}

/// The run clock at a moment, in seconds.
pub fn run_clock(results: &Results, at: Timestamp) -> f64 {
    let started: Timestamp = results.summary["run"]["started"].as_str().unwrap().parse().unwrap();
    at.duration_since(started).as_secs_f64()
}

/// The users at the end of each second of the run; the history must have a row for each.
pub fn users_by_second(results: &Results) -> Vec<u64> {
    let rows = results.csv("stats_history");
    let stamps: Vec<u64> = rows.iter().map(|row| number(&row["Timestamp"])).collect();
    assert!(stamps.windows(2).all(|pair| pair[1] == pair[0] + 1), "the history has a gap: {stamps:?}");
    rows.iter().map(|row| number(&row["User Count"])).collect()
}

/// The rows of `_workers.csv` of workers called `name`, in the order of the file.
pub fn workers(results: &Results, name: &str) -> Vec<Row> {
    results.csv("workers").into_iter().filter(|row| row["Worker"] == name).collect()
}

/// The only row of the worker called `name`.
pub fn worker(results: &Results, name: &str) -> Row {
    let mut rows = workers(results, name);
    assert_eq!(rows.len(), 1, "rows of {name} in {:?}", results.csv("workers"));
    rows.remove(0)
}

/// The text of the report's note of a kind, if it has one.
pub fn note(results: &Results, kind: &str) -> Option<String> {
    let notes = results.summary["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["kind"] == kind)?;
    let text = note["text"].as_str().unwrap();
    let written = text.replace(['`', '*', '_', '\\'], "");
    let markdown = results.markdown.replace(['`', '*', '_', '\\'], "");
    assert!(markdown.contains(&written), "not in REPORT.md: {text}\n{}", results.markdown);
    Some(text.to_owned())
}

/// Whether a flag is among those that weaken the run.
pub fn is_degraded_by(results: &Results, kind: &str) -> bool {
    results.summary["run"]["degraded"].as_array().unwrap().iter().any(|flag| flag == kind)
}

/// Looks at a sandbox's counts again and again, and remembers.
#[derive(Debug)]
pub struct Watch {
    seen: Arc<Mutex<Vec<(Instant, Counts)>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to look.
    pub fn start(addr: SocketAddr) -> Watch {
        Watch::start_with(move || serde_json::from_str(&sandbox::get(addr, "/_sandbox/counts")).unwrap())
    }

    /// The same with another way to get the counts.
    pub fn start_with(look: impl Fn() -> Counts + Send + 'static) -> Watch {
        let (seen, stop) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicBool>::default());
        let (log, over) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let before = Instant::now();
                log.lock().unwrap().push((before, look()));
                pause(Duration::from_millis(40));
            }
        });
        Watch { seen, stop, thread: Some(thread) }
    }

    /// The moment at which the first request of the load had been counted.
    pub fn first_request(&self) -> Option<Instant> {
        let seen = self.seen.lock().unwrap();
        seen.iter().find(|(_, counts)| requests(counts) > 0).map(|(at, _)| *at)
    }

    /// Most streams in progress at any look that began within a span.
    pub fn most_streams(&self, span: &std::ops::Range<Instant>) -> u64 {
        let seen = self.seen.lock().unwrap();
        let looks = seen.iter().filter(|(at, _)| span.contains(at));
        looks.map(|(_, counts)| counts.streams.in_progress).max().unwrap_or(0)
    }

    /// The last look that began at `at` or before it.
    pub fn at(&self, at: Instant) -> Counts {
        let seen = self.seen.lock().unwrap();
        seen.iter().rev().find(|(when, _)| *when <= at).map(|(_, counts)| counts.clone()).unwrap_or_default()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A panic in there has been reported by then.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
