//! Thresholds in real runs: the exit code, what the terminal says first, what the files hold.

use serde_json::Value;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, Finished, RUN, Results, beside_others};

/// Nine users for five seconds, some hundred requests.
const SMALL: &[&str] = &["--local-workers", "1", "-u", "9", "-t", "5s", "--seed", "7", "--think", "20ms"];

/// Answers that begin after two seconds: far beyond what a busy machine could explain.
const SLOW: &[&str] =
    &["--stream-slots", "0", "--ttft", "2s", "--ttft-sigma", "0", "--tokens", "2", "--token-gap", "1ms"];

/// A whole run with these further flags, which must end with `code`.
fn run(backend: &Backend, flags: &[&str], code: i32) -> (Finished, Results) {
    let args: Vec<&str> = SMALL.iter().chain(flags).copied().collect();
    let mut controller = Controller::start(&backend.url(), &args);
    let finished = controller.process.wait(RUN);
    finished.expect_code(code);
    (finished, Results::read(&controller.results()))
}

/// (expression, verdict) of each threshold in `summary.json`.
/// An assumed threshold that nothing speaks against.
const KEPT: &str = "kept";

fn verdicts(results: &Results) -> Vec<(String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rows = results.summary["thresholds"].as_array().unwrap().iter();
    // Whether the few requests of a test prove a share below 1 % is a matter of the machine's speed; none failed.
    let verdict = |row: &Value| match text(row, "verdict") {
        verdict if text(row, "expr").ends_with("(assumed)") && verdict != "fail" => KEPT.to_owned(),
        verdict => verdict,
    };
    rows.map(|row| (text(row, "expr"), verdict(row))).collect()
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(expr, verdict)| ((*expr).to_owned(), (*verdict).to_owned())).collect()
}

#[test]
fn a_run_that_keeps_its_thresholds_ends_with_0() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let kept = [
        "p50<9s",
        "failures<=0%",
        "crud:p50<9s",
        "stage \"9 users\" GET /threads:max<10s",
        "ttft.p50<9s",
        "complete>=100%",
    ];
    let flags: Vec<&str> = kept.iter().flat_map(|expr| ["--threshold", expr]).collect();
    let (finished, results) = run(&backend, &flags, 0);
    assert_eq!(verdicts(&results), pairs(&kept.map(|expr| (expr, "pass"))));
    let lines: Vec<&str> = finished.stdout.lines().collect();
    assert!(lines[0].starts_with("✓ p50<9s: "), "thresholds come first:\n{}", finished.stdout);
    let row = &results.summary["thresholds"][0];
    let total = &results.summary["total"];
    assert_eq!(row["actual"].as_f64(), total["p50_ms"].as_f64(), "the same digits as everywhere");
    assert_eq!(
        row["samples"].as_u64().unwrap(),
        total["count"].as_u64().unwrap() - total["cut"].as_u64().unwrap()
    );
    assert_eq!((row["bound"].as_f64(), row["unit"].as_str()), (Some(9000.0), Some("ms")));
    let table = results.table("Thresholds");
    assert_eq!(table.len(), 1 + kept.len());
    assert!(table[1..].iter().all(|row| row[0] == "✓" && row[2] == "pass"), "{table:?}");
    let command = results.summary["run"]["command"].as_str().unwrap();
    assert!(command.contains("--threshold 'stage \"9 users\" GET /threads:max<10s'"), "{command}");
}

#[test]
fn a_missed_threshold_ends_with_99_whatever_else_is_undetermined() {
    let _beside = beside_others();
    let backend = Backend::start(SLOW);
    let flags = ["--threshold", "p99.99<9s", "--threshold", "max<1s", "--threshold", "ttft.p50<1s"];
    let (finished, results) = run(&backend, &flags, 99);
    let expected = pairs(&[
        ("p99.99<9s", "undetermined"),
        ("max<1s", "fail"),
        ("ttft.p50<1s", "fail"),
        ("failures<1% (assumed)", KEPT),
    ]);
    assert_eq!(verdicts(&results), expected);
    assert!(finished.stderr.ends_with("controller: missed: max<1s, ttft.p50<1s\n"), "{}", finished.stderr);
    assert!(finished.stdout.starts_with("? p99.99<9s: "), "{}", finished.stdout);
    assert!(finished.stdout.contains("\n✗ max<1s: "), "{}", finished.stdout);
}

#[test]
fn faults_of_the_server_miss_a_threshold_on_failures() {
    let _beside = beside_others();
    let flags: Vec<&str> = QUICK.iter().copied().chain(["--fault", "http_500=0.3"]).collect();
    let backend = Backend::start(&flags);
    let (_, results) = run(&backend, &["--threshold", "failures<1%"], 99);
    let row = &results.summary["thresholds"][0];
    let total = &results.summary["total"];
    let outcomes = total["count"].as_u64().unwrap() - total["cut"].as_u64().unwrap();
    let percent = total["failures"].as_u64().unwrap() as f64 / outcomes as f64 * 100.0;
    assert!((row["actual"].as_f64().unwrap() - percent).abs() <= 0.000_051, "{row} {percent}");
}

#[test]
fn what_is_undetermined_ends_with_1_and_says_so() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let (finished, results) = run(&backend, &["--threshold", "p99.99<9s", "--threshold", "max<60s"], 1);
    let asked: Vec<_> = verdicts(&results).into_iter().take(2).collect();
    assert_eq!(asked, pairs(&[("p99.99<9s", "undetermined"), ("max<60s", "pass")]));
    let said = "controller: undetermined whether the run kept to p99.99<9s; the report says why\n";
    assert!(finished.stderr.ends_with(said), "{}", finished.stderr);
    let why = results.summary["thresholds"][0]["why"].as_str().unwrap();
    assert_eq!(why, "too few samples to say what p99.99 is at most (it takes 36887); measure longer");
}

#[test]
fn a_run_is_ended_early_once_a_threshold_is_missed_beyond_doubt() {
    let _beside = beside_others();
    let backend = Backend::start(SLOW);
    let flags = ["--local-workers", "1", "-u", "12", "-t", "10m", "--classes", "stream", "--abort-on-fail"];
    let flags: Vec<&str> =
        flags.into_iter().chain(["--threshold", "rps<1", "--threshold", "ttft.p50<1s"]).collect();
    let mut controller = Controller::start(&backend.url(), &flags);
    let finished = controller.process.wait(RUN); // far less than ten minutes
    finished.expect_code(99);
    let results = Results::read(&controller.results());
    assert_eq!(results.summary["run"]["end"], "interrupted");
    assert!(
        finished.stdout.contains(": ended by a missed threshold\nA missed threshold ended the run: "),
        "{}",
        finished.stdout
    );
    let notes = results.summary["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["kind"] == "threshold_abort").expect("a note on the early end");
    assert!(
        note["text"].as_str().unwrap().contains(" because the threshold ttft.p50<1s was failed "),
        "{note}"
    );
    assert_eq!(backend.settled().streams.in_progress, 0, "it was drained");
}

#[test]
fn a_run_whose_every_request_failed_passes_without_any_threshold_no_more_than_with_one() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let folder = testkit::runs::folder();
    let api = folder.path().join("api.toml");
    // The list of threads is asked for before the load, and is there; what users ask for is not.
    let calls = ["create_thread", "rename_thread", "list_messages", "post_message", "delete_thread"];
    let skipped: String = calls.map(|call| format!("[{call}]\nskip = true\n")).concat();
    let text = format!("[probe]\npath = \"/threads\"\n[list_threads]\npath = \"/nowhere\"\n{skipped}");
    std::fs::write(&api, text).unwrap();
    let flags = ["--classes", "crud", "--api", api.to_str().unwrap()];
    let (finished, results) = run(&backend, &flags, 1);
    assert_eq!(results.summary["total"]["failures"], results.summary["total"]["count"]);
    assert!(finished.stderr.contains("controller: every request failed ("), "{}", finished.stderr);
    let missed = [&flags[..], &["--threshold", "failures<1%"]].concat();
    run(&backend, &missed, 99);
}

/// A shape file with `thresholds` and two stages.
fn file(thresholds: &str) -> String {
    format!(
        "thresholds = [\n  {thresholds}\n]\n\
         [[stage]]\nname = \"calm\"\nduration = \"2s\"\nusers = 2\nspawn_rate = 10.0\n\
         [[stage]]\nname = \"rush: 6\"\nduration = \"3s\"\nusers = 6\n"
    )
}

#[test]
fn a_shape_file_holds_thresholds_of_its_stages() {
    let _beside = beside_others();
    let backend = Backend::start(SLOW);
    let folder = testkit::runs::folder();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, file("'stage \"calm\":p50<9s', 'stage \"rush: 6\" stream:max<1s',")).unwrap();
    let args = [
        "--shape",
        path.to_str().unwrap(),
        "--local-workers",
        "1",
        "--think",
        "20ms",
        "--threshold",
        "max<60s",
    ];
    let mut controller = Controller::start(&backend.url(), &args);
    controller.process.wait(RUN).expect_code(99);
    let results = Results::read(&controller.results());
    let expected = pairs(&[
        ("stage \"calm\":p50<9s", "pass"),
        ("stage \"rush: 6\" stream:max<1s", "fail"),
        ("max<60s", "pass"),
        ("failures<1% (assumed)", KEPT),
    ]);
    assert_eq!(verdicts(&results), expected);
    let samples = results.summary["thresholds"][0]["samples"].as_u64().unwrap();
    let stage = &results.summary["stages"][0];
    // Only what started after the ramp and the settling is judged.
    let ended = stage["count"].as_u64().unwrap() - stage["cut"].as_u64().unwrap();
    assert!(0 < samples && samples < ended, "{samples} of {ended}");
    assert_eq!(stage["measured_from_s"].as_f64(), Some(0.575), "0.1 s of ramp, a quarter of the rest");
}

/// What a command line gets that must end with 2: all of standard error, and no load was sent.
fn refused(backend: &Backend, args: &[&str]) -> String {
    let mut controller = Controller::start(&backend.url(), &[&["--local-workers", "1"], args].concat());
    let finished = controller.process.wait(RUN);
    finished.expect_code(2);
    assert_eq!(finished.stdout, "");
    assert_eq!(backend.counts().requests.len(), 0, "load was sent");
    assert!(!controller.results().exists(), "files were left behind");
    finished.stderr
}

#[test]
fn a_bad_threshold_ends_with_2_and_a_caret_before_any_load() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    backend.reset();
    assert_eq!(
        refused(&backend, &["--threshold", "GET /threads:p95<200q"]),
        "controller: --threshold: a time needs a unit: us, ms, s or min, as in 200ms\n    \
         GET /threads:p95<200q\n                        ^\n"
    );
    assert_eq!(
        refused(&backend, &["-u", "5", "--threshold", "stage \"6 users\":p95<1s"]),
        "controller: --threshold: the shape has no stage \"6 users\" (did you mean `5 users`?); use one of \"5 users\"\n    \
         stage \"6 users\":p95<1s\n          ^\n"
    );
    assert_eq!(
        refused(&backend, &["--shape", "crud-only", "--threshold", "ttft.p95<1s"]),
        "controller: --threshold: this run sends no stream (crud users alone), so this could never be judged; leave \
         the threshold out\n    ttft.p95<1s\n    ^\n"
    );
    assert_eq!(
        refused(&backend, &["-u", "5", "--abort-on-fail"]),
        "controller: --abort-on-fail ends a run at a failed threshold, and there is none; add --threshold, or leave \
         it out\n"
    );
    let folder = testkit::runs::folder();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, file("'p95<1s',\n  'p95<=1'")).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(
        refused(&backend, &["--shape", path]),
        format!(
            "controller: --shape {path} line 3: thresholds: a time needs a unit: us, ms, s or min, as in 200ms\n    \
             p95<=1\n          ^\n"
        )
    );
}
