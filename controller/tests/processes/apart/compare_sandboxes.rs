//! `controller compare` of real runs: one a fifth slower is told from an equal one.

use std::path::Path;

use testkit::runs::{Backend, Controller, RUN, apart};

use crate::compare_runs::compared;

/// A sandbox run of twenty-five seconds: streams alone, of `percent` of the usual length.
fn sandbox_run(percent: u32) -> Controller {
    let ms = |usual: u32| format!("{}ms", usual * percent / 100);
    let (ttft, gap) = (ms(200), ms(20));
    let steady = ["--stream-slots", "0", "--ttft-sigma", "0", "--tokens", "20", "--tokens-sigma", "0"];
    let backend = Backend::start(&[&steady[..], &["--ttft", &ttft, "--token-gap", &gap]].concat());
    let args = [
        "-u",
        "16",
        "-t",
        "25s",
        "--think",
        "0",
        "--seed",
        "7",
        "--classes",
        "stream",
        "--local-workers",
        "1",
    ];
    let mut controller = Controller::start(&backend.url(), &args);
    controller.process.wait(RUN).expect_code(0);
    controller
}

#[test]
fn sandbox_runs_a_fifth_slower_say_so_and_equal_ones_do_not() {
    let _apart = apart();
    // At the same time, so that whatever else goes on meets all three.
    let [a, same, slow] = std::thread::scope(|scope| {
        [100, 100, 120]
            .map(|percent| scope.spawn(move || sandbox_run(percent)))
            .map(|run| run.join().unwrap())
    });
    let flags = ["--allow", "host", "--fail-on-regression", "10%"];
    let equal = compared(&a.results(), &same.results(), &flags);
    println!("{}", equal.stdout);
    equal.expect_code(0);
    let slower = compared(&a.results(), &slow.results(), &flags);
    println!("{}", slower.stdout);
    slower.expect_code(99);
    assert!(slower.stdout.starts_with("B is worse in "), "{}", slower.stdout);
    assert!(slower.stderr.contains("worse by 10 % or more: "), "{}", slower.stderr);

    // By any name: a folder, its summary, the prefix of its CSV files.
    for name in ["summary.json", "constant"] {
        compared(&a.results().join(name), &slow.results().join(name), &flags).expect_code(99);
    }
    // A summary without the files beside it compares endpoints and streams.
    let place = testkit::runs::folder();
    let alone = place.path().join("summary.json");
    std::fs::copy(a.results().join("summary.json"), &alone).unwrap();
    let ended = compared(&alone, &slow.results(), &flags);
    ended.expect_code(99);
    assert!(ended.stdout.contains("no _stats_history.csv"), "{}", ended.stdout);
    // Hosts differ, and nobody said that this is meant.
    compared(&a.results(), &slow.results(), &flags[2..]).expect_code(1);
    compared(&a.results(), &slow.results(), &[]).expect_code(0);
    compared(&a.results(), Path::new("/nowhere/summary.json"), &[]).expect_code(2);
    let page = compared(&a.results(), &slow.results(), &["--allow", "host", "--markdown", "-"]);
    assert!(page.stdout.starts_with("# Comparison of two runs\n"), "{}", page.stdout);
}
