//! Services that say nothing, or only no: nothing of theirs passes, in a run or in a comparison.

use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, Finished, Process, RUN, Results, START, beside_others, binaries};

/// An API by which nothing that the sandbox sends is visible text.
const WORDLESS: &str = "[stream]\ntext = { field = \"type\", equals = \"nothing\" }\n";

/// How each service fails: the flags of the sandbox, and the class of its failures.
fn services() -> [(Vec<&'static str>, &'static str); 3] {
    let faulty = |fault: &'static str| QUICK.iter().copied().chain(["--fault", fault]).collect();
    [
        (faulty("http_500=1"), "http_5xx"),
        (faulty("http_429=1"), "http_429"),
        (faulty("error_event=1"), "error_event"),
    ]
}

const STREAMS: [&str; 8] = ["--local-workers", "1", "--classes", "stream", "--think", "20ms", "--seed", "7"];

fn run(backend: &Backend, flags: &[&str]) -> (Finished, Results) {
    let mut controller = Controller::start(&backend.url(), &[&STREAMS[..], flags].concat());
    let finished = controller.process.wait(RUN);
    (finished, Results::read(&controller.results()))
}

#[test]
fn a_run_against_a_service_that_only_fails_misses_its_thresholds() {
    let _beside = beside_others();
    for (flags, class) in services() {
        let backend = Backend::start(&flags);
        let asked = ["-u", "6", "-t", "4s", "--threshold", "ttft.p95<3s", "--threshold", "stream:p95<3s"];
        let (finished, results) = run(&backend, &asked);
        finished.expect_code(99);
        // A user who gets no thread asks for no stream: of those nothing is known, which is no pass.
        let streams = results.number("/streams/started") > 0;
        for row in results.summary["thresholds"].as_array().unwrap() {
            let of_streams = !row["expr"].as_str().unwrap().starts_with("failures");
            let expected = if of_streams && !streams { "undetermined" } else { "fail" };
            assert_eq!(row["verdict"], expected, "{class}: {row}");
            assert!(!of_streams || row["why"].is_string(), "{class}: {row}");
        }
        assert_eq!(streams, class == "error_event", "{class}");
        let reason = if streams { "failed and count as missed" } else { "nothing was measured there" };
        let words = finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(reason), "{class}:\n{}", finished.stdout);
        assert!(finished.stderr.contains("failures<1% (assumed)"), "{class}: {}", finished.stderr);
    }
}

#[test]
fn a_search_of_a_service_that_only_fails_ends_at_once_and_names_what_fails() {
    let _beside = beside_others();
    let (flags, _) = services()[0].clone();
    let backend = Backend::start(&flags);
    let (finished, results) = run(&backend, &["--shape", "ladder", "--max-users", "64"]);
    finished.expect_code(1);
    assert!(
        finished.stderr.contains("No limit was found: with the first 1 user already"),
        "{}",
        finished.stderr
    );
    assert!(finished.stderr.contains("500"), "its words: {}", finished.stderr);
    assert_eq!(results.summary["limits"]["cause"]["kind"], "broken", "{}", results.summary["limits"]);
    assert!(results.summary["run"]["duration_s"].as_f64().unwrap() < 60.0, "{}", results.summary["run"]);
}

#[test]
fn waived_failures_do_not_make_refusals_fast() {
    let _beside = beside_others();
    let (flags, _) = services()[1].clone();
    let backend = Backend::start(&flags);
    let asked = [
        "-u",
        "6",
        "-t",
        "3s",
        "--threshold",
        "p95<3s",
        "--threshold",
        "rps>1",
        "--threshold",
        "failures<100%",
    ];
    let (finished, _) = run(&backend, &asked);
    finished.expect_code(99);
    assert!(finished.stderr.contains("missed: p95<3s, rps>1, failures<100%"), "{}", finished.stderr);
    assert!(finished.stdout.contains("no good answer was measured"), "{}", finished.stdout);
}

/// The file of an API without words, and the folder that holds it.
fn wordless(more: &str) -> (tempfile::TempDir, String) {
    let folder = testkit::runs::folder();
    let path = folder.path().join("wordless.toml");
    std::fs::write(&path, format!("{WORDLESS}{more}")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn answers_without_text_are_failures_and_reported() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let (_folder, api) = wordless("");
    let asked = ["-u", "6", "-t", "4s", "--api", &api, "--threshold", "e2e.p95<5s"];
    let (finished, results) = run(&backend, &asked);
    finished.expect_code(99);
    assert!(finished.stdout.contains("answers showed no text"), "{}", finished.stdout);
    assert!(finished.stdout.contains("no good answer was measured"), "{}", finished.stdout);
    let failures = results.summary["failures"].as_array().unwrap();
    assert!(failures.iter().all(|row| row["class"] == "empty_answer"), "{failures:?}");
    let counts = &results.summary["streams"];
    assert_eq!(counts["completed"], 0, "{counts}");
    // Where the API allows them they are complete, and a note still mentions them.
    let (_folder, api) = wordless("empty_answer = \"ok\"\n");
    let (finished, results) = run(&backend, &["-u", "6", "-t", "3s", "--api", &api]);
    finished.expect_code(0);
    assert_eq!(results.summary["streams"]["failed"], 0);
    assert!(finished.stdout.contains("answers showed no text"), "{}", finished.stdout);
}

#[test]
fn an_empty_or_wholly_failed_run_is_worse_than_a_good_one() {
    let _beside = beside_others();
    let (refusing, _) = services()[1].clone();
    let (_folder, api) = wordless("");
    let measured = |sandbox: &[&str], more: &[&str]| {
        let backend = Backend::start(sandbox);
        let args = [&STREAMS[..], &["-u", "6", "-t", "4s"], more].concat();
        let mut controller = Controller::start(&backend.url(), &args);
        controller.process.wait(RUN);
        controller
    };
    let good = measured(QUICK, &[]);
    for bad in [measured(&refusing, &[]), measured(QUICK, &["--api", &api])] {
        let mut command = binaries::controller();
        command.args(["compare", "--allow", "host,api", "--fail-on-regression", "5%"]);
        command.args([good.results(), bad.results()]);
        let ended = Process::start("compare", command).wait(START);
        ended.expect_code(99);
        assert!(ended.stderr.contains("complete streams of streams"), "{}", ended.stderr);
    }
}
