//! `--behind`: an application in front of a model, whose own share of the waits is known.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testkit::runs::sandbox::get;
use testkit::runs::{Backend, Controller, Process, RUN, Results, START, have_or_skip, run, searching, venv};

const TWIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/twin");
const APPLICATION: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/processes/behind_application/application.py");
/// A model of which each answer takes 200 ms to its first token and 380 ms in all.
const MODEL: &[&str] = &[
    "--model",
    "--stream-slots",
    "0",
    "--ttft",
    "200ms",
    "--ttft-sigma",
    "0",
    "--tokens",
    "10",
    "--tokens-sigma",
    "0",
    "--token-gap",
    "20ms",
];

/// The application, and where it listens.
struct Application {
    _process: Process,
    addr: SocketAddr,
}

impl Application {
    /// FastAPI in front of this model, which adds so many milliseconds; `None` where it cannot be installed.
    fn start(model: &Backend, passes: bool, adds: &str) -> Option<Application> {
        let wanted = std::fs::read_to_string(Path::new(TWIN).join("requirements.txt")).unwrap();
        let python = have_or_skip(venv::packages("twin", &wanted))?;
        let mut command = Command::new(python.join("python"));
        command.args([APPLICATION, &model.addr.to_string(), if passes { "1" } else { "0" }, adds]);
        let mut process = Process::start("application", command);
        let port = process.printed_after("application: listening on ", START);
        Some(Application { _process: process, addr: format!("127.0.0.1:{port}").parse().unwrap() })
    }

    fn load(&self, model: &Backend, users: &str) -> Results {
        let args = [
            "-u",
            users,
            "-r",
            "100",
            "-t",
            "8s",
            "--seed",
            "7",
            "--classes",
            "stream",
            "--think",
            "100ms..300ms",
            "--api",
            "openai",
            "--behind",
            &model.url(),
        ];
        run(&format!("http://{}", self.addr), &args, 1)
    }

    fn asked(&self) -> u64 {
        get(self.addr, "/_app/asked").parse().unwrap()
    }
}

/// Requests that the model has received since it was reset, by its own count.
fn received(model: &Backend) -> u64 {
    let page = get(model.addr, "/_sandbox/requests?limit=1");
    let header: Value = serde_json::from_str(page.lines().next().unwrap()).unwrap();
    header["received"].as_u64().unwrap()
}

/// The row of the whole run for this part.
fn row<'r>(results: &'r Results, part: &str) -> &'r Value {
    let rows = results.summary["behind"]["rows"].as_array().unwrap();
    rows.iter().find(|row| row["stage"] == "Aggregated" && row["part"] == part).unwrap()
}

fn ms(row: &Value, figure: &str) -> f64 {
    row[figure].as_f64().unwrap()
}

#[test]
fn the_applications_share_is_told_below_the_limit_of_its_pool_and_above_it() {
    let _alone = searching();
    let model = Backend::start(MODEL);
    let Some(application) = Application::start(&model, true, "30") else { return };

    // What the application itself takes, beside what it adds on purpose.
    let Some(plain) = Application::start(&model, true, "0") else { return };
    let itself = ms(row(&plain.load(&model, "5"), "first_token"), "application_p50_ms");
    assert!(itself < 10.0, "{itself}");
    model.reset();

    let below = application.load(&model, "5");
    let first = row(&below, "first_token");
    let added = ms(first, "application_p50_ms") - itself;
    assert!((29.0..=31.0).contains(&added), "{added} ms beside {itself} ms: {first}");
    assert!((198.0..206.0).contains(&ms(first, "model_p50_ms")), "{first}");
    assert!(ms(row(&below, "output"), "application_p50_ms") < 5.0, "tokens are handed on as they come");

    let behind = &below.summary["behind"];
    let asked = behind["asked"].as_u64().unwrap();
    assert!(asked > 30);
    assert_eq!(
        (asked, asked),
        (application.asked(), received(&model)),
        "the application and the model count the same"
    );
    for joined in ["by_trace", "served", "served_joined"] {
        assert_eq!(behind[joined].as_u64(), Some(asked), "{joined} in {behind}");
    }
    assert_eq!((behind["by_nonce"].as_u64(), behind["dropped"].as_u64()), (Some(0), Some(0)));
    let told = behind["sentence"].as_str().unwrap();
    assert!(told.contains("to the first token were spent in front of it"), "{told}");
    assert!(below.markdown.contains("## The model behind") && below.markdown.contains("by `traceparent`"));
    assert_eq!(below.csv("behind").len(), 6, "three parts of the stage, three of the run");

    // 40 users, ten threads held for 410 ms each: an answer every 41 ms, and the others wait.
    let above = application.load(&model, "40");
    let first = row(&above, "first_token");
    assert!(ms(first, "application_p50_ms") > 500.0, "{first}");
    assert!((198.0..230.0).contains(&ms(first, "model_p50_ms")), "{first}");
    let behind = &above.summary["behind"];
    assert_eq!(behind["by_trace"], behind["asked"], "{behind}");
    assert_eq!(application.asked(), asked + behind["asked"].as_u64().unwrap());
}

#[test]
fn an_application_that_passes_no_trace_on_is_joined_by_the_nonce() {
    let _alone = searching();
    let model = Backend::start(MODEL);
    let Some(application) = Application::start(&model, false, "30") else { return };
    let results = application.load(&model, "5");
    let behind = &results.summary["behind"];
    assert_eq!((&behind["by_nonce"], behind["by_trace"].as_u64()), (&behind["asked"], Some(0)), "{behind}");
    assert!(results.markdown.contains("by the nonce in front of the question"), "{}", results.markdown);
}

#[test]
fn a_search_says_that_the_wait_is_in_front_of_the_model() {
    let _alone = searching();
    let model = Backend::start(MODEL);
    let Some(application) = Application::start(&model, true, "30") else { return };
    let args = [
        "--shape",
        "ladder",
        "--classes",
        "stream",
        "--think",
        "0",
        "--threshold",
        "ttft.p95<1s",
        "--max-users",
        "60",
        "--search-time",
        "150s",
        "--seed",
        "7",
        "--api",
        "openai",
        "--behind",
        &model.url(),
    ];
    let mut controller = Controller::start(&format!("http://{}", application.addr), &args);
    let mut worker = controller.worker("w1");
    let results = controller.passed(Duration::from_secs(300));
    worker.wait(START).expect_code(0);
    let inside = results.summary["limits"]["cause"]["inside"].as_str().unwrap();
    assert!(inside.contains("were spent in front of it"), "{inside}");
    let kind = results.summary["limits"]["cause"]["kind"].as_str().unwrap();
    assert_ne!(kind, "batch_slots");
}

#[test]
fn a_model_that_is_none_is_refused_before_any_load_and_one_that_goes_away_costs_the_join_alone() {
    let _alone = searching();
    let backend = Backend::start(MODEL);
    let start = |behind: &str| {
        let args = ["-u", "2", "-t", "3s", "--classes", "stream", "--behind", behind];
        let mut controller =
            Controller::start(&backend.url(), &[args.as_slice(), &["--local-workers", "1"]].concat());
        controller.process.wait(RUN)
    };
    let ended = start("http://127.0.0.1:9");
    ended.expect_code(2);
    assert!(
        ended.stderr.contains("--behind http://127.0.0.1:9: no list of the model's requests"),
        "{}",
        ended.stderr
    );

    // Another that answers once, and never again.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let once = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let Ok((mut socket, _)) = listener.accept() else { return };
        let _ = socket.read(&mut [0; 2048]);
        let page = "{\"header\":true,\"newest\":0}\n";
        let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", page.len());
        let _ = socket.write_all(&[head.as_bytes(), page.as_bytes()].concat());
    });
    let results = run(&backend.url(), &["-u", "2", "-t", "4s", "--classes", "stream", "--behind", &once], 1);
    let behind = &results.summary["behind"];
    assert!(behind["missed"].as_u64() > Some(0) && behind["trouble"].is_string(), "{behind}");
    assert_eq!(
        (behind["by_trace"].as_u64(), behind["asked"].as_u64() > Some(0)),
        (Some(0), true),
        "{behind}"
    );
    assert!(results.markdown.contains("none was found at the model"), "{}", results.markdown);
}
