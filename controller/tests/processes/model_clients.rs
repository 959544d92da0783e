//! `backend --model` by those who will ask it: the official clients, and our own presets, whose counts are its own.

use std::process::Command;
use std::time::Duration;

use testkit::runs::prerequisite::program;
use testkit::runs::{Backend, Controller, Process, RUN, beside_others, have_or_skip, sandbox::QUICK, venv};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/processes/model_clients.py");
const CLIENTS: &str = "openai==3.57.0 anthropic==2.14.0";

fn model() -> Backend {
    Backend::start(&[QUICK, &["--model"]].concat())
}

#[test]
fn the_official_clients_read_what_the_model_says() {
    if have_or_skip(program("python3", "apt-get install python3-venv")).is_none() {
        return;
    }
    let Some(programs) = have_or_skip(venv::packages("model-clients", CLIENTS)) else { return };
    let _beside = beside_others();
    let model = model();
    let mut command = Command::new(programs.join("python"));
    command.arg(SCRIPT).arg(model.url());
    Process::start("clients", command).wait(Duration::from_secs(120)).expect_code(0);
    let streams = model.settled().streams;
    assert_eq!(streams.aborted, 0, "{streams:?}");
}

#[test]
fn what_a_preset_counts_is_what_the_model_counts() {
    let _beside = beside_others();
    for (preset, endpoint) in [
        ("openai", "POST /v1/chat/completions"),
        ("openai-responses", "POST /v1/responses"),
        ("anthropic", "POST /v1/messages"),
    ] {
        let model = model();
        let flags = ["--api", preset, "--classes", "stream", "-u", "8", "-r", "8", "-t", "4s", "--seed", "3"];
        let flags = [&flags[..], &["--think", "20ms..60ms", "--local-workers", "1"]].concat();
        let results = Controller::start(&model.url(), &flags).passed(RUN);
        let counts = model.settled();
        assert_eq!(results.number("/total/failures"), 0, "{preset}: {}", results.markdown);
        let asked = results.json_counts().values().copied().max();
        assert_eq!(asked, Some(counts.total(endpoint)), "{preset}: {counts:?}");
        assert!(
            counts.streams.completed > 50 && counts.streams.completed == counts.streams.started,
            "{counts:?}"
        );
    }
}
