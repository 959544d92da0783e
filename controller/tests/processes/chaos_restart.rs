//! A worker that is killed and started again under its name is another process, with a row of its own.

use std::time::Duration;

use testkit::runs::chaos;
use testkit::runs::results::number;
use testkit::runs::sandbox::{QUICK, totals};
use testkit::runs::{Backend, Controller, RUN, START, beside_others};

#[test]
fn a_restarted_worker_is_another_row_of_the_same_name() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["-u", "20", "-t", "14s", "--think", "100ms", "--expect-workers", "2", "--seed", "2"];
    let mut controller = Controller::start(&backend.url(), &load);
    let (mut first, mut other) = (controller.worker("again"), controller.worker("other"));
    chaos::until("the first request", START, || chaos::requests(&backend.counts()) > 0);
    chaos::pause(Duration::from_secs(3));
    first.kill();
    let mut second = controller.worker("again");
    let results = controller.passed(RUN);
    for worker in [&mut other, &mut second] {
        worker.wait(START).expect_code(0);
    }

    chaos::expect_consistent(&results);
    let rows = chaos::workers(&results, "again");
    assert_eq!(rows.len(), 2, "{rows:?}");
    let (lost, kept): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["State"] == "lost");
    assert_eq!((lost.len(), kept.len()), (1, 1), "{rows:?}");
    assert_eq!((kept[0]["State"].as_str(), kept[0]["Lost Spans"].as_str()), ("finished", ""));
    assert_eq!(number(&lost[0]["Peak Users"]), 10);
    assert!(number(&kept[0]["Request Count"]) > 0 && number(&kept[0]["Peak Users"]) > 0, "{rows:?}");

    // Only the first one's undelivered work is missing: ten users, at most ten requests a second each.
    let (server, report) = (totals(&backend.settled()), results.csv_counts());
    let missing = |(endpoint, server): (&String, &u64)| server.checked_sub(report[endpoint]).unwrap();
    let missing: u64 = server.iter().map(missing).sum();
    assert!(missing <= 10 * (2 * 10 + 1), "{missing} requests are missing");
    assert!(chaos::users_by_second(&results).iter().all(|users| *users <= 20));
    let note = chaos::note(&results, "worker_lost").unwrap();
    assert!(note.starts_with("Worker again was lost at second "), "{note}");
}
