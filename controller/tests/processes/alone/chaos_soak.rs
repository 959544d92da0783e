//! A minute at full speed: memory stays where it is. `bench/soak` is the long form.

use std::time::Duration;

use testkit::runs::chaos;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, Process, RUN, START, alone};

/// The length of the run, and of its beginning, in which buffers grow to their size.
const LENGTH: &str = "60s";
const WARM_UP: Duration = Duration::from_secs(20);
/// What memory may grow after that. A leak of 16 bytes in each request would be more: a debug build does
/// 200,000 and more in the rest of the time, a release build several millions.
const ALLOWED_KIB: u64 = 3 * 1024;

/// What the process holds of its own. The pages of its program are not among them: those of the report are read when it
/// is written, and a kernel that takes back what is seldom used reads some twice.
fn own_kib(process: &Process) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[test]
fn memory_does_not_grow_with_the_requests() {
    let _alone = alone();
    let backend = Backend::start(QUICK);
    let load = ["-u", "30", "-t", LENGTH, "--think", "0", "--seed", "1"];
    let mut controller = Controller::start(&backend.url(), &load);
    let mut worker = controller.worker("soak");
    chaos::until("the first request", START, || chaos::requests(&backend.counts()) > 0);
    chaos::pause(WARM_UP);
    let sizes = |controller: &Process, worker: &Process| Some([own_kib(controller)?, own_kib(worker)?]);
    let warm = sizes(&controller.process, &worker).expect("both are there");
    let (mut most, warm_requests) = (warm, chaos::requests(&backend.counts()));
    while controller.process.is_running() && worker.is_running() {
        if let Some(now) = sizes(&controller.process, &worker) {
            most = [most[0].max(now[0]), most[1].max(now[1])];
        }
        chaos::pause(Duration::from_millis(500));
    }
    let results = controller.passed(RUN);
    worker.wait(START).expect_code(0);
    chaos::expect_exact(&results, &backend.settled());
    let requests = results.count() - warm_requests;
    println!(
        "KiB of controller and worker: {warm:?} after {WARM_UP:?}, {most:?} at most, {requests} requests later"
    );
    for (who, (warm, most)) in ["controller", "worker"].iter().zip(warm.iter().zip(most)) {
        assert!(
            most - warm <= ALLOWED_KIB,
            "the {who} grew from {warm} to {most} KiB in {requests} requests"
        );
    }
}
