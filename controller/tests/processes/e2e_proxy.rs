//! With a proxy in the environment everything goes the way that users go: straight to the service.

use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, Process, RUN, START, beside_others, binaries, folder, searching};

/// Nobody listens there.
const PROXIES: [(&str, &str); 4] = [
    ("HTTP_PROXY", "http://127.0.0.1:9"),
    ("http_proxy", "http://127.0.0.1:9"),
    ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ("ALL_PROXY", "http://127.0.0.1:9"),
];

#[test]
fn a_run_and_its_canary_take_no_notice_of_a_proxy_of_the_environment() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let ladder = [
        "--shape",
        "ladder",
        "--max-users",
        "2",
        "--classes",
        "stream",
        "--think",
        "0",
        "--local-workers",
        "1",
    ];
    let mut controller = Controller::start_with(&backend.url(), &ladder, |command| {
        command.envs(PROXIES);
    });
    let results = controller.passed(RUN);
    let counts = backend.settled();
    assert!(results.count() > 0);
    assert!(counts.probes > 5, "the canary came through: {}", counts.probes);
    let canary = results.summary["limits"]["rungs"][0]["canary_p50_ms"].as_f64();
    assert!(canary.is_some_and(|canary| canary < 1_000.0), "{canary:?}");
}

#[test]
fn a_plain_run_passes_its_preflight() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["-u", "2", "-t", "2s", "--think", "50ms"];
    let mut controller = Controller::start_with(&backend.url(), &load, |command| {
        command.envs(PROXIES);
    });
    let mut worker = controller.worker("w1");
    let results = controller.passed(RUN);
    worker.wait(START).expect_code(0);
    testkit::runs::chaos::expect_exact(&results, &backend.settled());
}

#[test]
fn the_demo_works_behind_a_proxy() {
    let _searching = searching();
    let place = folder();
    let mut command = binaries::controller();
    command.args(["--demo", "--seed", "7"]).envs(PROXIES).current_dir(place.path());
    Process::start("demo", command).wait(RUN).expect_code(0);
}
