//! The log of single requests: what is counted in it is what the report counts, and what the service saw.

mod again;
mod rebuilt;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use common::request_log::{LoggedRequest, Outcome};
use testkit::runs::sandbox::{QUICK, totals, with_status};
use testkit::runs::{
    Backend, Controller, Finished, Process, RUN, Results, START, beside_others, binaries, chaos,
};

use super::e2e_users::serve;
use rebuilt::Rebuilt;

type Requests = Vec<LoggedRequest<'static>>;

/// A run, its report, and where its workers have logged.
struct Logged {
    results: Results,
    /// Where the run's processes were started.
    place: PathBuf,
    /// Of each worker.
    ended: Vec<Finished>,
    _controller: Controller,
}

/// A run with `workers` worker processes that log into `log`.
fn logged(host: &str, log: &str, flags: &[&str], workers: usize) -> Logged {
    let count = workers.to_string();
    let args = [&["--expect-workers", &count, "--log", log], flags].concat();
    let mut controller = Controller::start(host, &args);
    let mut started: Vec<_> = (1..=workers).map(|n| controller.worker(&format!("w{n}"))).collect();
    let results = controller.passed(RUN);
    let ended = started.iter_mut().map(|worker| worker.wait(START)).collect();
    let place = controller.results().parent().unwrap().to_owned();
    Logged { results, place, ended, _controller: controller }
}

/// What `controller log ARGS…` writes, and what it says.
fn log(place: &Path, args: &[&str]) -> (Requests, Finished) {
    let out = place.join("merged.jsonl");
    let mut command = binaries::controller();
    command.arg("log").args(args).arg("--out").arg(&out).current_dir(place);
    let ended = Process::start("controller log", command).wait(START);
    ended.expect_code(0);
    let text = fs::read_to_string(&out).unwrap();
    let requests = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (requests, ended)
}

#[test]
fn counts_failures_tokens_and_percentiles_made_from_the_log_are_the_reports() {
    let _beside = beside_others();
    let faults = ["no_terminal=4%", "error_event=4%", "cut=4%", "http_500=3%", "http_429=3%", "html=3%"];
    let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
    let backend: Vec<&str> = QUICK.iter().copied().chain(["--seed", "11"]).chain(faults).collect();
    let backend = Backend::start(&backend);
    let load = ["-u", "48", "-r", "24", "-t", "6s", "--seed", "7", "--think", "20ms..100ms"];
    let run = logged(&backend.url(), "all.jsonl.zst", &load, 2);
    for ended in &run.ended {
        ended.expect_code(0);
    }

    let (requests, said) = log(&run.place, &["all.w1.jsonl.zst", "all.w2.jsonl.zst"]);
    let count = common::text::number::count(requests.len() as u64);
    assert!(said.stderr.contains(&format!("wrote {count} of {count} requests")), "{}", said.stderr);
    assert!(!said.stderr.contains("lacks") && !said.stderr.contains("no last line"), "{}", said.stderr);
    assert!(requests.is_sorted_by_key(|request| request.end), "merged by time");
    Rebuilt::of(&requests).expect(&run.results);
    again::expect_the_same(&run.place, &["all.w1.jsonl.zst", "all.w2.jsonl.zst"], &run.results);

    // The service counts the same, by status too.
    let server = backend.settled();
    let mut by_call = BTreeMap::<String, u64>::new();
    let mut by_status = BTreeMap::<u16, u64>::new();
    for request in &requests {
        *by_call.entry(request.call.to_string()).or_default() += 1;
        *by_status.entry(request.status.unwrap()).or_default() += 1;
    }
    assert_eq!(by_call, totals(&server));
    for (status, count) in by_status {
        assert_eq!(count, with_status(&server, status), "{status}");
    }
    // Every failure, by the expression that finds it.
    let (failed, _) = log(&run.place, &["all.w1.jsonl.zst", "all.w2.jsonl.zst", "--where", "outcome=failed"]);
    assert_eq!(failed.len() as u64, run.results.number("/total/failures"));
    let streams = "call~/chat/stream and outcome=ok and (tokens=8 or tokens=none)";
    let (streams, _) = log(&run.place, &["all.w1.jsonl.zst", "all.w2.jsonl.zst", "--where", streams]);
    assert_eq!(streams.len() as u64, run.results.number("/streams/completed"));
}

#[test]
fn what_is_cut_or_left_is_in_the_log_as_far_as_it_came() {
    let _beside = beside_others();
    let slow =
        ["--stream-slots", "0", "--ttft", "100ms", "--tokens", "400", "--token-gap", "10ms", "--seed", "3"];
    let backend = Backend::start(&slow);
    let load = [
        "-u",
        "20",
        "-t",
        "3s",
        "--seed",
        "7",
        "--think",
        "10ms..50ms",
        "--stop-timeout",
        "0s",
        "--classes",
        "stream",
        "--abandon",
        "0.5,150ms..1s",
    ];
    let run = logged(&backend.url(), "all.jsonl", &load, 1);
    let (requests, _) = log(&run.place, &["all.w1.jsonl"]);
    let cut = requests.iter().filter(|request| request.outcome == Outcome::Cut && request.sent.is_some());
    assert!(
        cut.clone().any(|request| request.chunks.is_some_and(|chunks| chunks > 10)),
        "streams in mid-text"
    );
    assert_eq!(cut.count() as u64, run.results.number("/total/cut"));
    assert!(run.results.number("/streams/abandoned") > 10);
    Rebuilt::of(&requests).expect(&run.results);
    again::expect_the_same(&run.place, &["all.w1.jsonl"], &run.results);
}

#[test]
fn the_first_request_of_an_arrival_was_to_start_when_that_was_due() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["--arrivals", "50/s", "-t", "3s", "--seed", "7", "--think", "10ms..50ms"];
    let run = logged(&backend.url(), "all.jsonl", &load, 1);
    let (requests, _) = log(&run.place, &["all.w1.jsonl"]);
    let waited = requests.iter().filter(|request| request.intended < request.start).count();
    assert_eq!(waited as u64, run.results.number("/arrivals/started"), "nobody starts before it is due");
    assert!(requests.iter().all(|request| request.intended <= request.start) && requests.len() > waited);
    assert_eq!(requests.len() as u64, run.results.number("/total/count"));
    again::expect_the_same(&run.place, &["all.w1.jsonl"], &run.results);
}

/// Who asked what with which ids: user, method, thread, message.
type Seen = BTreeMap<(u64, String, Option<String>, Option<String>), u64>;

async fn answer(State(seen): State<Arc<Mutex<Seen>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 10_000).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let id = |field: &str| body[field].as_str().map(str::to_owned);
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let named = path.split('/').find(|part| part.starts_with("lt-")).map(str::to_owned);
    let thread = named.or_else(|| id("thread_id")).or_else(|| id("id"));
    let message = id("id").filter(|_| path.ends_with("/messages"));
    if let Some(user) = parts.headers.get("x-loadtest-user") {
        let user = user.to_str().unwrap().parse().unwrap();
        *seen.lock().unwrap().entry((user, method.to_owned(), thread, message)).or_default() += 1;
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    match (method, path) {
        ("POST", "/chat/stream") => {
            let text = "data: {\"type\":\"token\",\"content\":\"a\"}\n\ndata: {\"type\":\"done\"}\n\n";
            ([(header::CONTENT_TYPE, "text/event-stream")], text).into_response()
        }
        ("GET", _) => (json, "[]").into_response(),
        _ => (StatusCode::CREATED, json, "{}").into_response(),
    }
}

#[test]
fn each_line_is_one_request_that_the_service_saw_by_its_ids() {
    let _beside = beside_others();
    let seen = Arc::<Mutex<Seen>>::default();
    let at = serve(Router::new().fallback(answer).with_state(Arc::clone(&seen)));
    let load =
        ["-u", "24", "-t", "4s", "--seed", "7", "--think", "10ms..60ms", "--log-ids", "thread,message"];
    let run = logged(&format!("http://{at}"), "all.jsonl", &load, 2);
    let (requests, _) = log(&run.place, &["all.w1.jsonl", "all.w2.jsonl"]);
    let mut logged = Seen::new();
    for request in &requests {
        let id = |name: &str| request.ids.get(name).map(|id| id.to_string());
        let method = request.call.split(' ').next().unwrap().to_owned();
        *logged.entry((request.user, method, id("thread"), id("message"))).or_default() += 1;
    }
    assert!(requests.len() > 500);
    assert_eq!(logged, *seen.lock().unwrap());
    // A turn of a session comes after the one before it, and each call of it has both numbers.
    let turns = requests.iter().filter(|request| request.class.name() == "mixed" && request.turn > 0);
    let mut last = BTreeMap::<u64, (u32, u32)>::new();
    for request in turns {
        let before = last.insert(request.user, (request.session, request.turn));
        assert!(before <= Some((request.session, request.turn)), "{request:?} after {before:?}");
    }
    assert!(last.values().any(|(session, turn)| *session > 1 && *turn > 1), "{last:?}");
}

#[test]
fn the_file_of_a_killed_worker_reads_to_its_last_whole_line() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    for path in ["all.jsonl", "all.jsonl.zst"] {
        let args = ["-u", "30", "-t", "9s", "--think", "20ms", "--expect-workers", "2", "--log", path];
        let mut controller = Controller::start(&backend.url(), &args);
        let mut workers = ["w1", "w2"].map(|name| controller.worker(name));
        let place = controller.results().parent().unwrap().to_owned();
        let own = |worker: &str| path.replacen("all", &format!("all.{worker}"), 1);
        let length = || fs::metadata(place.join(own("w2"))).map_or(0, |file| file.len());
        chaos::until("the log of three seconds", START, || length() > 0);
        let first = length();
        chaos::until("more of it", START, || length() > 3 * first);
        workers[1].kill();
        // Its successor is another process of the same name: it loses nothing of the first.
        let killed = fs::read(place.join(own("w2"))).unwrap();
        let mut again = controller.worker("w2");
        controller.process.wait(RUN).expect_code(0);
        again.wait(START);
        assert_eq!(fs::read(place.join(own("w2"))).unwrap(), killed, "nobody touches what is left");
        let (requests, said) = log(&place, &[&own("w2")]);
        assert!(said.stderr.contains("has no last line: its worker was killed"), "{}", said.stderr);
        assert!(requests.len() > 100, "{}", requests.len());
        let all = [own("w1"), own("w2"), own("w2-2")];
        let (merged, _) = log(&place, &all.each_ref().map(String::as_str));
        let of =
            |worker: &str| merged.iter().filter(|request| request.worker.as_deref() == Some(worker)).count();
        assert!(of("w1") > 100 && of("w2") > requests.len(), "{} {}", of("w1"), of("w2"));
    }
}

#[test]
fn a_disk_that_is_full_costs_lines_and_no_figure() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let args = ["-u", "40", "-t", "5s", "--think", "10ms", "--seed", "7", "--log", "all.jsonl"];
    let mut controller = Controller::start(&backend.url(), &args);
    let place = controller.results().parent().unwrap().to_owned();
    // No file may grow beyond 640 KiB, which has room for the first of the writes, however busy the machine is.
    let worker = binaries::worker();
    let mut command = Command::new("bash");
    command.args(["-c", "trap '' XFSZ; ulimit -f 640; exec \"$0\" \"$@\""]).arg(worker.get_program());
    command.args(worker.get_args()).args(["--controller", &controller.address, "--name", "w1"]);
    command.current_dir(&place);
    let mut worker = Process::start("worker", command);
    let results = controller.passed(RUN);
    worker.wait(START).expect_code(0);

    let mut counts = results.csv_counts();
    counts.remove("Aggregated");
    assert_eq!(counts, totals(&backend.settled()), "the report is exact");
    let (requests, said) = log(&place, &["all.w1.jsonl"]);
    let lacking = results.count() - requests.len() as u64;
    assert!(requests.len() > 100 && lacking > 100, "{} of {}", requests.len(), results.count());
    let note = chaos::note(&results, "log_incomplete").unwrap();
    let lack = format!("that of worker w1 lacks {lacking} requests and could not be written: File too large");
    assert!(note.contains(&lack), "{note}");
    assert!(!chaos::is_degraded_by(&results, "log_incomplete"), "no figure is weaker");
    assert!(said.stderr.contains("lacks") || said.stderr.contains("no last line"), "{}", said.stderr);
    let made = again::report(&place, &["all.w1.jsonl"]);
    assert_eq!(made["total"]["count"], requests.len());
    assert!(again::notes(&made).contains(&"log_partly"), "{}", made["notes"]);
}

#[test]
fn a_sample_keeps_its_share_and_every_failure_and_says_what_it_left_out() {
    let _beside = beside_others();
    let backend: Vec<&str> = QUICK.iter().copied().chain(["--seed", "5", "--fault", "http_500=2%"]).collect();
    let backend = Backend::start(&backend);
    let load = [
        "-u",
        "40",
        "-t",
        "6s",
        "--seed",
        "7",
        "--think",
        "10ms..40ms",
        "--classes",
        "crud",
        "--log-sample",
        "0.1",
    ];
    let run = logged(&backend.url(), "all.jsonl", &load, 1);
    let (requests, _) = log(&run.place, &["all.w1.jsonl"]);
    let failed = requests.iter().filter(|request| request.outcome == Outcome::Failed).count();
    assert_eq!(failed as u64, run.results.number("/total/failures"));
    let (good, slowest) =
        (requests.len() - failed, requests.iter().filter(|request| request.slowest).count());
    let share = (good - slowest) as f64 / (run.results.count() - failed as u64) as f64;
    assert!((0.07..0.13).contains(&share) && slowest > 6, "{share}, and {slowest} slowest");
    let text = fs::read_to_string(run.place.join("all.w1.jsonl")).unwrap();
    let footer: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let footer = &footer["footer"];
    assert_eq!((&footer["lines"], &footer["dropped"]), (&requests.len().into(), &0.into()));
    let made = again::report(&run.place, &["all.w1.jsonl"]);
    assert_eq!(made["total"]["failures"], run.results.summary["total"]["failures"]);
    let estimate = made["total"]["count"].as_f64().unwrap() / run.results.count() as f64;
    assert!((0.999..1.001).contains(&estimate), "{estimate}");
    assert!(again::notes(&made).contains(&"log_sampled"), "{}", made["notes"]);
    let left_out = footer["left_out"].as_u64().unwrap();
    assert_eq!(left_out + requests.len() as u64, run.results.count(), "each is written or counted");
    // The slowest of all is there: it is that of its second.
    let most = requests.iter().filter_map(LoggedRequest::latency).max().unwrap();
    let max_ms = run.results.summary["total"]["max_ms"].as_f64().unwrap();
    assert_eq!(most.nearest_us() as f64 / 1000.0, max_ms);
}

#[test]
fn a_log_that_cannot_be_written_is_refused_before_any_load() {
    let _beside = beside_others();
    let backend = Backend::start(QUICK);
    let folder = testkit::runs::folder();
    fs::write(folder.path().join("a.local-1.jsonl"), "my notes").unwrap();
    let below_a_file = folder.path().join("a.local-1.jsonl/b.jsonl").display().to_string();
    let foreign = folder.path().join("a.jsonl").display().to_string();
    for (path, said) in [(&below_a_file, "--log: cannot write"), (&foreign, "is there and is no log of ours")]
    {
        let args = ["-u", "1", "-t", "1s", "--local-workers", "1", "--log", path];
        let mut controller = Controller::start(&backend.url(), &args);
        let ended = controller.process.wait(START);
        ended.expect_code(2);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        // A worker elsewhere finds out when it attaches.
        let args = ["-u", "1", "-t", "1s", "--expect-workers-max-wait", "5s", "--log", path];
        let mut controller = Controller::start(&backend.url(), &args);
        let ended = controller.worker("local-1").wait(START);
        ended.expect_code(2);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        controller.process.wait(START).expect_code(1);
    }
    assert_eq!(totals(&backend.counts()).values().sum::<u64>(), 0, "no user has sent anything");
    assert_eq!(fs::read_to_string(folder.path().join("a.local-1.jsonl")).unwrap(), "my notes");
}
