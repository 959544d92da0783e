//! A real run: backend, controller and one worker as processes, and load that goes on meanwhile.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;

use testkit::runs::sandbox::{QUICK, totals};
use testkit::runs::{Backend, Controller, Process, RUN, Results, START};

/// A run under attack.
pub struct Victim {
    /// The service under test.
    pub backend: Backend,
    /// The controller.
    pub controller: Controller,
    worker: Process,
}

impl Victim {
    /// Starts a run with further flags for the controller and for its worker, and waits until it sends
    /// load.
    pub fn start(controller: &[&str], worker: &[&str]) -> Victim {
        let backend = Backend::start(QUICK);
        let mut args = vec!["-u", "6", "-r", "6", "--think", "50ms..100ms", "--seed", "5"];
        args.extend(controller);
        let controller = Controller::start(&backend.url(), &args);
        let worker = controller.worker_with("honest", worker);
        let victim = Victim { backend, controller, worker };
        victim.wait_for_load(1);
        victim
    }

    fn wait_for_load(&self, requests: u64) {
        let deadline = Instant::now() + START;
        while totals(&self.backend.counts()).values().sum::<u64>() < requests {
            assert!(Instant::now() < deadline, "no load:\n{}", self.controller.process.output());
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// Where the controller listens.
    pub fn address(&self) -> SocketAddr {
        self.controller.address.parse().unwrap()
    }

    /// Ends the run: load went on to the last, controller and worker pass, and the server's own counts
    /// are the report's, but for what `claimed` says that a worker of ours never sent.
    pub fn unharmed(&mut self, claimed: &[(&str, u64)]) -> Results {
        let so_far: u64 = totals(&self.backend.counts()).values().sum();
        self.wait_for_load(so_far + 50);
        self.controller.process.signal("INT");
        let results = self.controller.passed(RUN);
        self.worker.wait(START).expect_code(0);
        let mut counts = results.csv_counts();
        assert_eq!(counts.remove("Aggregated"), Some(results.count()));
        for (endpoint, claim) in claimed {
            *counts.get_mut(*endpoint).unwrap() -= claim;
        }
        assert_eq!(counts, totals(&self.backend.settled()));
        let honest = worker_row(&results, "honest");
        assert_eq!((&*honest["Duplicates"], &*honest["Refused"], &*honest["State"]), ("0", "0", "finished"));
        results
    }
}

/// The row of a worker in `_workers.csv`.
pub fn worker_row(results: &Results, name: &str) -> BTreeMap<String, String> {
    let rows = results.csv("workers");
    rows.into_iter().find(|row| row["Worker"] == name).unwrap_or_else(|| panic!("no worker {name}"))
}

/// The text of the note of this kind; empty when there is none.
pub fn note(results: &Results, kind: &str) -> String {
    let notes = results.summary["notes"].as_array().unwrap();
    let text = |note: &Value| note["text"].as_str().unwrap().to_owned();
    notes.iter().filter(|note| note["kind"] == kind).map(text).collect::<Vec<_>>().join("\n")
}

/// The number that stands before `what` in a note: `3` of "3 connections that …".
pub fn counted(note: &str, what: &str) -> u64 {
    let before = note.split(what).next().filter(|before| before.len() < note.len());
    let word = before.and_then(|before| before.trim_end().rsplit([' ', '(']).next());
    word.and_then(|word| word.parse().ok()).unwrap_or(0)
}
