//! `controller report` on the CSV files of our own runs: one that came to its end, and one whose
//! controller was killed in the middle.

use std::path::Path;

use report::files::CsvFile;
use testkit::runs::page;
use testkit::runs::results::Results;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, Process, RUN, START, beside_others, binaries};

const FLAGS: [&str; 6] = ["--think", "20ms..60ms", "--seed", "7", "--local-workers", "1"];

#[test]
fn a_finished_run_gives_the_tables_of_its_own_report() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let flags: Vec<&str> = ["-u", "6", "-t", "3s"].into_iter().chain(FLAGS).collect();
    let mut controller = Controller::start(&backend.url(), &flags);
    let own = controller.passed(RUN);
    let made = Results::of_csv(&controller.results(), "constant");
    made.expect_endpoints_of_csv();
    for table in ["Endpoints", "Streams", "Stages"] {
        assert_eq!(made.table(table), own.table(table), "{table}");
    }
    assert_eq!(own.csv_counts(), own.json_counts());
    assert_eq!(made.csv_counts(), own.csv_counts());
    assert_eq!(page::counts(&controller.results().join("report.html")), own.csv_counts());
    // A folder stands for the one set in it, and the run's own report is not replaced.
    let mut command = binaries::controller();
    command.args(["report", ".", "--html", "made.html"]).current_dir(controller.results());
    let ended = Process::start("controller report", command).wait(START);
    ended.expect_code(0);
    assert_eq!(ended.stderr, "controller: wrote ./constant_REPORT.md\ncontroller: wrote made.html\n");
    assert_eq!(Results::read(&controller.results()).markdown, own.markdown);
    assert_eq!(page::counts(&controller.results().join("made.html")), own.csv_counts());
}

#[test]
fn a_killed_run_gives_a_report_of_what_was_measured() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let flags: Vec<&str> = ["-u", "6", "-t", "10m"].into_iter().chain(FLAGS).collect();
    let mut controller = Controller::start(&backend.url(), &flags);
    let folder = controller.results();
    wait_for_requests(&mut controller.process, &folder, 50);
    controller.process.kill();
    for file in CsvFile::ALL {
        assert!(file.path(&folder.join("constant")).is_file(), "{file:?} is not there");
    }
    assert!(!folder.join("REPORT.md").exists() && !folder.join("summary.json").exists());
    let made = Results::of_csv(&folder, "constant");
    made.expect_endpoints_of_csv();
    let counts = made.csv_counts();
    assert!(counts["Aggregated"] >= 50, "{counts:?}");
    // What is on disk was really served; the rest died with the controller.
    let served = backend.settled();
    for (endpoint, count) in counts.iter().filter(|(endpoint, _)| *endpoint != "Aggregated") {
        assert!(*count <= served.total(endpoint), "{endpoint}: {count} of {served:?}");
    }
    assert_eq!(counts["Aggregated"] * 2, counts.values().sum::<u64>());
}

/// Waits until the files on disk hold at least so many requests.
fn wait_for_requests(process: &mut Process, folder: &Path, least: u64) {
    let deadline = std::time::Instant::now() + START;
    loop {
        let on_disk = report::read_prefix(&folder.join("constant"));
        if on_disk.is_ok_and(|report| report.total.count >= least) {
            return;
        }
        let (running, late) = (process.is_running(), std::time::Instant::now() > deadline);
        assert!(running && !late, "no {least} requests on disk:\n{}", process.output());
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
}
