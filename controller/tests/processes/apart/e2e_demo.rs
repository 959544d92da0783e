//! `controller --demo`, as the first thing anyone types.

use std::path::PathBuf;

use testkit::runs::{Process, RUN, Results, apart, binaries, folder};

const FILES: [&str; 11] = [
    "demo_stats.csv",
    "demo_stats_history.csv",
    "demo_failures.csv",
    "demo_exceptions.csv",
    "demo_streams.csv",
    "demo_streams_history.csv",
    "demo_stages.csv",
    "demo_workers.csv",
    "REPORT.md",
    "report.html",
    "summary.json",
];

#[test]
fn the_demo_passes_and_writes_every_file_that_it_names() {
    let _apart = apart();
    let place = folder();
    let mut command = binaries::controller();
    command.args(["--demo", "--seed", "7"]).current_dir(place.path());
    let finished = Process::start("demo", command).wait(RUN);
    finished.expect_code(0);

    // The last block of the summary: folder by folder, the files in it.
    let files = files(&finished.stdout);
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    for name in FILES {
        assert!(names.contains(&name), "no {name} among {names:?}");
    }
    for file in &files {
        let length =
            std::fs::metadata(place.path().join(file)).unwrap_or_else(|e| panic!("{file:?}: {e}")).len();
        assert!(length > 0, "{file:?} is empty");
    }
    let results = Results::read(&place.path().join(files[0].parent().unwrap()));
    assert_eq!(results.shape, "demo");
    assert_eq!(results.summary["run"]["end"], "completed");
    assert_eq!(results.number("/run/seed"), 7);
    assert_eq!(results.number("/run/users_peak"), 90);
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());

    // What it is there to show: its ten slots give way first.
    let limits = &results.summary["limits"];
    assert_eq!(limits["cause"]["kind"], "slot_pool", "{limits:#}");
    let slots = limits["slot_limit"]["estimate"].as_f64();
    assert!(slots.is_some_and(|slots| (9.0..=11.0).contains(&slots)), "{limits:#}");
    let said = finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("a slot pool held per stream"), "{}", finished.stdout);
    assert_eq!(limits["cause"]["or"].as_array().map(Vec::len), Some(0), "it alone: {limits:#}");
}

/// The files that the summary names: `Written to FOLDER:`, then their names with commas.
fn files(summary: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folder = None;
    for line in summary.lines() {
        if let Some(named) = line.strip_prefix("Written to ") {
            folder = Some(PathBuf::from(named.trim_end_matches(':')));
        } else if let Some(folder) = folder.as_ref().filter(|_| line.starts_with("  ")) {
            let names = line.split([',', ' ']).filter(|name| !name.is_empty());
            files.extend(names.map(|name| folder.join(name)));
        }
    }
    files
}
