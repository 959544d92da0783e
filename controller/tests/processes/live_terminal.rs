//! The live view in a real terminal, recorded through tmux: sizes, keys, colours, and none of it where
//! nobody looks.

use std::process::Command;

use testkit::runs::{Backend, RUN, START, Tmux, beside_others, binaries, have_or_skip, sandbox::QUICK};

/// A run that lasts until it is stopped, with failures to show.
fn command(backend: &Backend, results: &std::path::Path) -> Command {
    let mut command = binaries::controller();
    command.args([
        "--host",
        &backend.url(),
        "--bind",
        "127.0.0.1:0",
        "--local-workers",
        "1",
        "--no-dashboard",
    ]);
    command.args(["-u", "6", "-r", "6", "-t", "10m", "--think", "50ms", "--seed", "7"]);
    command.args(["--threshold", "failures<50%"]).arg("--results").arg(results.join("run"));
    command
}

fn backend() -> Backend {
    Backend::start(&[QUICK, &["--fault", "http_500=0.05"]].concat())
}

/// The live view stands: curves, endpoints, failures, keys.
fn stands(screen: &str) -> bool {
    [
        "constant  ",
        "requests  ",
        "p95 ",
        "busiest endpoints",
        "latest failures",
        "http_5xx",
        "q stops the run",
    ]
    .iter()
    .all(|part| screen.contains(part))
}

#[test]
fn it_fits_80_by_24_and_200_by_50_and_q_ends_it_with_the_summary() {
    let _alone = beside_others();
    if have_or_skip(Tmux::there()).is_none() {
        return;
    }
    for (columns, rows) in [(80, 24), (200, 50)] {
        let (backend, place) = (backend(), testkit::runs::folder());
        let terminal = Tmux::start(columns, rows, &command(&backend, place.path()));
        let screen = terminal.wait(START, |screen| stands(screen) && !screen.contains(" 0/s now"));
        println!("--- {columns}×{rows}\n{screen}");
        for line in screen.lines() {
            assert!(common::text::escape::columns(line) < usize::from(columns), "{line}");
        }
        assert_eq!(screen.matches("busiest endpoints").count(), 1, "drawn over and over:\n{screen}");
        terminal.keys("x"); // no key of ours
        terminal.keys("q");
        let screen = terminal.wait(RUN, |screen| screen.contains("ended with"));
        println!("--- the end\n{screen}");
        assert!(screen.contains("ended with 0"), "{screen}");
        assert!(screen.contains("Written to ") && !screen.contains("q stops the run"), "{screen}");
        let summary = std::fs::read_to_string(place.path().join("run/summary.json")).unwrap();
        assert!(summary.contains("\"end\": \"interrupted\""), "q is a graceful stop");
        // The terminal echoes again.
        terminal.keys("echoed");
        terminal.wait(START, |screen| screen.contains("echoed"));
    }
}

#[test]
fn keys_change_the_users_and_pause_them_as_the_dashboard_does() {
    let _alone = beside_others();
    if have_or_skip(Tmux::there()).is_none() {
        return;
    }
    let (backend, place) = (Backend::start(QUICK), testkit::runs::folder());
    let terminal = Tmux::start(100, 30, &command(&backend, place.path()));
    let at = |users: &str| {
        let line = format!("users     {users}");
        terminal.wait(START, |screen| screen.contains(&line))
    };
    let screen = at("6 of 6 ");
    assert!(screen.contains("q stops the run   + more users   - fewer users   p pauses"), "{screen}");
    terminal.keys("++");
    at("6 of 6, going to 8");
    at("8 of 8 ");
    terminal.keys("-");
    at("7 of 7 ");
    terminal.keys("p");
    let screen = at("0 of 0, paused");
    assert!(screen.contains("p goes on with the users it had") && !screen.contains("+ more"), "{screen}");
    terminal.keys("+"); // means nothing now
    terminal.keys("p");
    at("7 of 7 ");
    terminal.keys("q");
    terminal.wait(RUN, |screen| screen.contains("ended with 0"));
    let summary = std::fs::read_to_string(place.path().join("run/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let stages: Vec<&str> =
        summary["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(stages, ["6 users", "8 users", "7 users", "paused", "7 users"]);
    let report = std::fs::read_to_string(place.path().join("run/REPORT.md")).unwrap();
    for note in ["By hand the run was given 8 users", "given 7 users", "paused at", "resumed at"] {
        assert!(report.contains(note), "{note}: {report}");
    }
}

#[test]
fn only_keys_that_do_something_are_named() {
    let _alone = beside_others();
    if have_or_skip(Tmux::there()).is_none() {
        return;
    }
    let (backend, place) = (Backend::start(QUICK), testkit::runs::folder());
    let mut command = binaries::controller();
    command.args(["--host", &backend.url(), "--bind", "127.0.0.1:0", "--local-workers", "1"]);
    command.args(["--shape", "full", "--no-dashboard", "--results"]).arg(place.path().join("run"));
    let terminal = Tmux::start(80, 24, &command);
    let screen = terminal.wait(START, |screen| screen.contains("busiest endpoints"));
    assert!(screen.contains("q stops the run") && !screen.contains("p pauses"), "{screen}");
    terminal.keys("+p");
    terminal.keys("q");
    terminal.wait(RUN, |screen| screen.contains("ended with 0"));
    let report = std::fs::read_to_string(place.path().join("run/REPORT.md")).unwrap();
    assert!(!report.contains("By hand"), "{report}");
}

#[test]
fn colours_go_with_no_color_and_the_view_goes_with_ci() {
    let _alone = beside_others();
    if have_or_skip(Tmux::there()).is_none() {
        return;
    }
    let (backend, place) = (backend(), testkit::runs::folder());
    let mut coloured = command(&backend, place.path());
    coloured.env_remove("NO_COLOR");
    let terminal = Tmux::start(80, 24, &coloured);
    terminal.wait(START, stands);
    assert!(terminal.coloured().contains("\u{1b}[31m"), "failures are red");
    drop(terminal);

    let terminal = Tmux::start(80, 24, &command(&backend, place.path()));
    terminal.wait(START, stands);
    assert!(!terminal.coloured().contains("\u{1b}[3"), "NO_COLOR");
    drop(terminal);

    let mut plain = command(&backend, place.path());
    plain.env("CI", "true");
    let terminal = Tmux::start(120, 24, &plain);
    let screen = terminal
        .wait(START, |screen| screen.contains("failure: http_5xx on") && screen.contains(" req/s | "));
    assert!(!screen.contains("busiest endpoints"), "plain lines in CI:\n{screen}");
}
