//! `controller report` on the CSV files of a real Locust run: Locust from PyPI, run here against the
//! sandbox, with and without `--csv-full-history`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::text::number::{count, milliseconds, rounded};
use testkit::runs::results::{Results, Row, number};
use testkit::runs::{Backend, Process, beside_others, have_or_skip};

/// The release of Locust that is run.
const VERSION: &str = "2.47.0";
const LOCUSTFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/processes/locustfile.py");

/// Longest time that a Locust run of eight seconds may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Eight seconds of four users that write `<folder>/<name>_stats.csv` and its siblings.
fn start(locust: &Path, backend: &Backend, folder: &Path, name: &str, more: &[&str]) -> Process {
    let mut command = Command::new(locust);
    for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LOCUST_"))
    {
        command.env_remove(variable);
    }
    command.args(["-f", LOCUSTFILE, "--headless", "-u", "4", "-r", "4", "-t", "8s", "--only-summary"]);
    command.args(["--exit-code-on-error", "0", "--host", &backend.url(), "--csv", name]).args(more);
    // Settings of the person who runs the tests must not count.
    command.current_dir(folder).env("HOME", folder);
    Process::start(&format!("locust {name}"), command)
}

fn compare_endpoints(results: &Results) {
    results.expect_endpoints_of_csv();
    for (row, cells) in results.csv("stats").iter().zip(&results.table("Endpoints")[1..]) {
        let said = |column: &str, people: fn(f64) -> String| people(row[column].parse().unwrap());
        assert_eq!(cells[4], said("Requests/s", rounded), "{row:?}");
        for (cell, column) in [(5, "50%"), (6, "95%"), (7, "99%"), (8, "Max Response Time")] {
            assert_eq!(cells[cell], said(column, milliseconds), "{column} of {row:?}");
        }
    }
}

fn compare_failures(results: &Results) {
    let occurrences = |row: &Row| number(&row["Occurrences"]);
    let all: u64 = results.csv("failures").iter().map(occurrences).sum();
    assert_eq!(results.table("Failures")[1], ["`unclassified`".to_owned(), count(all)]);
    assert_eq!(results.csv("failures").len(), 1);
    for row in results.csv("exceptions") {
        let line = format!("{} × a task, with \"quotes\" and a second line on local", row["Count"]);
        assert!(results.markdown.contains(&line), "{line}:\n{}", results.markdown);
    }
}

/// The whole run in one sentence, and as key figures.
fn compare_totals(results: &Results) {
    let total = results.csv("stats").into_iter().find(|row| row["Name"] == "Aggregated").unwrap();
    let [requests, failures] = ["Request Count", "Failure Count"].map(|column| count(number(&total[column])));
    assert!(results.markdown.contains(&format!(": {requests} requests in ")), "{}", results.markdown);
    assert!(results.markdown.contains(&format!(", {failures} failed (")), "{}", results.markdown);
    assert_eq!(results.table("Key figures")[1], ["Requests".to_owned(), requests]);
}

/// Locust's own counts by endpoint.
fn counts(results: &Results) -> BTreeMap<String, u64> {
    let mut counts = results.csv_counts();
    assert_eq!(counts.remove("Aggregated"), Some(counts.values().sum()));
    counts
}

#[test]
fn a_report_from_locusts_files_says_what_they_say() {
    let Some(locust) = have_or_skip(testkit::runs::venv::package("locust", VERSION)) else { return };
    let locust = locust.join("locust");
    let _alone = beside_others();
    let backend = Backend::start(&[]);
    let folder = testkit::runs::folder();
    let sets: [(&str, &[&str], &str); 2] = [
        ("plain", &[], "its p95 is that of everything since the start."),
        ("full", &["--csv-full-history"], "its p95 speak of about the last ten seconds."),
    ];
    let runs = sets.map(|(name, more, _)| start(&locust, &backend, folder.path(), name, more));
    for mut run in runs {
        run.wait(LIMIT).expect_code(0);
    }
    let mut all = BTreeMap::<String, u64>::new();
    for (name, _, history) in sets {
        let results = Results::of_csv(folder.path(), name);
        compare_endpoints(&results);
        compare_failures(&results);
        compare_totals(&results);
        assert!(
            results.markdown.contains("| Made from | the CSV files of a Locust run |"),
            "{}",
            results.markdown
        );
        assert!(results.markdown.contains(history), "{}", results.markdown);
        let counts = counts(&results);
        let names: Vec<&str> = counts.keys().map(String::as_str).collect();
        assert_eq!(names, ["GET /nope/[id]", "GET /threads", "POST /threads", "POST /threads/[id]/messages"]);
        assert_eq!(counts["POST /threads"], 4, "one for each user");
        for (endpoint, count) in counts {
            *all.entry(endpoint.replace("GET /nope/[id]", "OTHER")).or_default() += count;
        }
    }
    // Locust's files are up to a second old at its end: the server has seen no less.
    let served = backend.settled();
    for (endpoint, count) in all {
        assert!(count <= served.total(&endpoint), "{endpoint}: {count} of {served:?}");
    }
}
