//! Workers whose wall clocks are hours apart give one time series.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, RUN, START, beside_others, binaries, chaos, have_or_skip};

const USERS: u64 = 12;
/// The workers, and by how many hours their wall clocks are wrong.
const WORKERS: [(&str, i64); 3] = [("behind", -7), ("right", 0), ("ahead", 13)];

fn library() -> Result<PathBuf, String> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/local/lib"];
    let found = folders.iter().map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1"));
    found.into_iter().find(|path| path.exists()).ok_or_else(|| {
        "this test gives workers wrong wall clocks; install libfaketime (Debian: apt-get install libfaketime)".to_owned()
    })
}

#[test]
fn wall_clocks_hours_apart_leave_no_trace_in_the_time_series() {
    let Some(library) = have_or_skip(library()) else { return };
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["-u", "12", "-t", "8s", "--think", "50ms", "--expect-workers", "3", "--seed", "4"];
    let mut controller = Controller::start(&backend.url(), &load);
    let mut workers: Vec<_> = WORKERS
        .iter()
        .map(|(name, hours)| {
            let mut command = binaries::worker();
            command.args(["--controller", &controller.address, "--name", name]);
            command.env("LD_PRELOAD", &library).env("FAKETIME", format!("{hours:+}h"));
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
            testkit::runs::Process::start(name, command)
        })
        .collect();
    let results = controller.passed(RUN);
    for (worker, (name, hours)) in workers.iter_mut().zip(WORKERS) {
        let ended = worker.wait(START);
        ended.expect_code(0);
        // The test means nothing unless the clock was wrong: the log's stamps are its wall clock.
        let stamp = ended.stderr.split_whitespace().next().and_then(|stamp| stamp.parse::<Timestamp>().ok());
        let stamp = stamp.unwrap_or_else(|| panic!("no stamp in the log of {name}: {}", ended.stderr));
        let wrong = stamp.duration_since(Timestamp::now());
        assert!(
            (wrong - SignedDuration::from_hours(hours)).abs() < SignedDuration::from_mins(5),
            "{name}: {wrong}"
        );
    }

    chaos::expect_exact(&results, &backend.settled());
    let users = chaos::users_by_second(&results);
    assert!((8..=10).contains(&users.len()), "a history of eight seconds and the drain: {users:?}");
    assert!(users[1..7].iter().all(|users| *users == USERS), "{users:?}");
    let first = &results.csv("stats_history")[0]["Timestamp"];
    let started: Timestamp = results.summary["run"]["started"].as_str().unwrap().parse().unwrap();
    assert_eq!(first.parse(), Ok(started.as_second() + 1), "the controller's wall clock, and no other");
    for (name, _) in WORKERS {
        let row = chaos::worker(&results, name);
        let figure =
            |column: &str| row[column].parse::<f64>().unwrap_or_else(|_| panic!("{column} in {row:?}"));
        let (offset, uncertainty) = (figure("Clock Offset"), figure("Clock Uncertainty"));
        // Both count from about the start of the run, whatever their wall clocks say.
        assert!(offset.abs() < Duration::from_secs(60).as_millis() as f64, "{row:?}");
        assert!(uncertainty > 0.0 && uncertainty < 1_000.0, "{row:?}");
        assert_eq!((row["State"].as_str(), row["Lost Spans"].as_str()), ("finished", ""), "{row:?}");
        assert!((8.0..10.0).contains(&figure("Last Delta")), "{row:?}");
    }
}
