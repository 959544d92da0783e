//! `controller doctor` and `worker --check` on this machine, with what is there and what is not.

use std::process::Command;

use testkit::runs::{Backend, Controller, binaries, sandbox::QUICK};

/// What a command prints, and its exit code. No line is wider than a terminal.
fn seen(mut command: Command) -> (String, i32) {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (text, output.status.code().unwrap())
}

fn doctor(args: &[&str]) -> Command {
    let mut command = binaries::controller();
    command.args(["doctor", "--users", "5", "--bind", "127.0.0.1:0"]).args(args);
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(proxy);
    }
    command
}

/// The verdict on what, in a screen.
fn verdict(screen: &str, what: &str) -> String {
    let its = |line: &&str| line.get(13..).is_some_and(|rest| rest.starts_with(what));
    let line = screen.lines().find(its).unwrap_or_else(|| panic!("no {what}:\n{screen}"));
    line[..13].trim_end().to_owned()
}

#[test]
fn what_is_there_is_ok_and_what_is_not_cannot_work() {
    let backend = Backend::start(QUICK);
    let (screen, code) = seen(doctor(&["-H", &backend.url()]));
    assert_eq!(code, 0, "{screen}");
    for what in ["open files", "local ports", "proxies", "service", "control port"] {
        assert_eq!(verdict(&screen, what), "ok", "{screen}");
    }
    assert!(screen.contains("Nothing is in the way of 5 users."), "{screen}");

    let mut behind = doctor(&["-H", "http://127.0.0.1:9"]);
    let (screen, code) = seen({
        behind.env("HTTPS_PROXY", "http://me:secret@proxy:1");
        behind
    });
    assert_eq!((code, verdict(&screen, "service").as_str()), (1, "cannot work"), "{screen}");
    assert_eq!(verdict(&screen, "proxies"), "change this", "{screen}");
    assert!(screen.contains("HTTPS_PROXY is set") && !screen.contains("secret"), "{screen}");
}

#[test]
fn few_open_files_are_no_room_for_users() {
    let controller = binaries::controller();
    let mut limited = Command::new("sh");
    let line = format!(
        "ulimit -n 66; exec {} doctor --users 5 -H http://127.0.0.1:9",
        controller.get_program().display()
    );
    limited.args(["-c", &line]).env_remove("LOADTEST_CONTROLLER");
    let (screen, code) = seen(limited);
    assert_eq!((code, verdict(&screen, "open files").as_str()), (1, "cannot work"), "{screen}");
    assert!(screen.contains("66: room for 2 users") && screen.contains("ulimit -Hn"), "{screen}");
}

#[test]
fn a_controller_lets_in_whoever_has_its_token_and_starts_no_run_for_that() {
    let backend = Backend::start(QUICK);
    let controller =
        Controller::start(&backend.url(), &["-u", "1", "-t", "1s", "--no-dashboard", "--token", "right"]);
    let address = &controller.address;
    for (token, code, word, says) in [
        ("right", 0, "ok", "lets this worker in without TLS"),
        ("wrong", 1, "cannot work", "refuses this worker: wrong or missing"),
    ] {
        let mut check = binaries::worker();
        check.args(["--check=5", "--controller", address, "--token", token]);
        let (screen, ended) = seen(check);
        assert_eq!((ended, verdict(&screen, "controller").as_str()), (code, word), "{screen}");
        assert!(screen.split_whitespace().collect::<Vec<_>>().join(" ").contains(says), "{screen}");
    }
    let mut asked = binaries::controller();
    asked.args(["doctor", "--users", "5", "-H", &backend.url(), "--controller", address, "--token", "right"]);
    let (screen, code) = seen(asked);
    assert_eq!((code, verdict(&screen, "controller").as_str()), (0, "ok"), "{screen}");
    assert!(!controller.process.output().contains("1 of 1"), "{}", controller.process.output());
}
