//! Who may ask the dashboard what, and what it answers.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::runs::sandbox::QUICK;
use testkit::runs::web::Web;
use testkit::runs::{Backend, Controller, Process, RUN, START, beside_others, binaries};

const OPEN: [&str; 8] = ["-u", "4", "-r", "4", "--local-workers", "1", "--dashboard", "127.0.0.1:0"];

fn start(backend: &Backend, args: &[&str]) -> (Controller, Web) {
    let mut controller = Controller::start(&backend.url(), &[&OPEN, args].concat());
    let web = Web::of(&mut controller);
    (controller, web)
}

#[test]
fn only_the_dashboards_own_page_and_the_token_steer_a_run() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let (mut controller, web) = start(&backend, &["--token", "open sesame"]);
    web.until_seconds(2);
    let (host, token) = (format!("host: {}", web.host), "authorization: Bearer open sesame");
    let json = "content-type: application/json";
    let refused = [
        (401, vec![host.as_str(), json]),
        (401, vec![&host, json, "authorization: Bearer open sesam"]),
        (401, vec![&host, json, "authorization: open sesame"]),
        (403, vec![&host, json, token, "origin: http://evil.example"]),
        (403, vec![&host, json, token, "origin: null"]),
        (403, vec![&host, json, token, "origin: http://127.0.0.1:1"]),
        (403, vec![&host, json, token, "sec-fetch-site: cross-site"]),
        (403, vec![&host, json, token, "sec-fetch-site: same-site"]),
        (415, vec![&host, token]),
        (415, vec![&host, token, "content-type: text/plain"]),
        (415, vec![&host, token, "content-type: application/x-www-form-urlencoded"]),
        (421, vec!["host: evil.example", json, token]),
        (421, vec!["host: 127.0.0.1.evil.example", json, token, "origin: http://127.0.0.1.evil.example"]),
    ];
    for (status, headers) in refused {
        let answer = web.ask("POST /api/v1/control/stop", &headers, "{}");
        assert_eq!(answer.status, status, "{headers:?}: {answer:?}");
        assert!(!answer.head.contains("access-control-"), "{answer:?}");
    }
    assert_eq!(web.get("/api/v1/control/stop").status, 405);
    assert_eq!(
        web.ask("OPTIONS /api/v1/control/stop", &[&host, "origin: http://evil.example"], "").status,
        405
    );
    assert_eq!(web.control("explode", &[token], "{}").status, 404);
    assert_eq!(web.json("/api/v1/run")["run"]["end"], "running", "none of them did anything");

    let stopped = web.control("stop", &[token], "{}");
    assert_eq!((stopped.status, stopped.body.as_str()), (200, r#"{"done":"stop"}"#));
    let results = controller.passed(RUN);
    assert_eq!(results.summary["run"]["end"], "interrupted");
    assert!(results.markdown.contains("By hand the run was stopped at second"), "{}", results.markdown);
}

/// A run that waits for its start, with a token.
const WAITS: [&str; 7] =
    ["--wait-for-start", "--local-workers", "1", "--dashboard", "127.0.0.1:0", "--token", "open sesame"];
const TOKEN: &str = "authorization: Bearer open sesame";

fn until_workers(web: &Web, workers: u64) {
    let deadline = Instant::now() + START;
    // The run's workers are those that have attached.
    while web.json("/api/v1/run")["run"]["workers"] != json!(workers) {
        assert!(Instant::now() < deadline, "{workers} workers never attach");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[test]
fn a_run_that_waits_begins_when_it_is_started_and_only_then() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let args = ["--shape", "staged", "--threshold", "failures<50%"];
    let mut controller = Controller::start(&backend.url(), &[&WAITS, &args[..]].concat());
    let web = Web::of(&mut controller);
    until_workers(&web, 1);
    let refused = [
        (401, vec![], "{}", "needs the token"),
        (401, vec!["authorization: Bearer wrong"], "{}", "needs the token"),
        (403, vec![TOKEN, "origin: http://evil.example"], "{}", "dashboard's own page"),
        (400, vec![TOKEN], "", "EOF"),
        (400, vec![TOKEN], r#"{"users": -1}"#, "-1"),
        (400, vec![TOKEN], r#"{"user": 1}"#, "unknown field `user`"),
        (400, vec![TOKEN], r#"{"shape": "stage"}"#, "cannot be started from here"),
        (400, vec![TOKEN], r#"{"shape": "/etc/hostname"}"#, "cannot be started from here"),
        (400, vec![TOKEN], r#"{"shape": "full", "users": 3}"#, "--users belongs to the constant shape"),
        (400, vec![TOKEN], r#"{"shape": "constant"}"#, "needs its users"),
        (400, vec![TOKEN], r#"{"users": 3, "spawn_rate": 0}"#, "--spawn-rate"),
        (400, vec![TOKEN], r#"{"users": 3, "run_time": "soon"}"#, "--run-time"),
        (400, vec![TOKEN], r#"{"time_scale": 0}"#, "scale"),
    ];
    for (status, headers, body, words) in refused {
        // A foreign origin must be the only one.
        let own = [format!("host: {}", web.host), "content-type: application/json".to_owned()];
        let headers: Vec<&str> = own.iter().map(String::as_str).chain(headers).collect();
        let answer = web.ask("POST /api/v1/control/start", &headers, body);
        assert_eq!(answer.status, status, "{headers:?} {body}: {answer:?}");
        assert!(answer.body.contains(words), "{body}: {answer:?}");
    }
    assert_eq!(web.control("pause", &[TOKEN], "{}").status, 409, "nobody runs yet");
    assert_eq!(web.json("/api/v1/files"), json!([]));
    assert!(!controller.results().exists(), "no file before its name is known");
    assert_eq!(testkit::runs::sandbox::totals(&backend.counts()).values().sum::<u64>(), 0, "no load so far");

    let body = r#"{"users": 3, "spawn_rate": 3, "run_time": "2s"}"#;
    let started = web.control("start", &[TOKEN], body);
    assert_eq!((started.status, started.body.as_str()), (200, r#"{"done":"start"}"#));
    let again = web.control("start", &[TOKEN], body);
    assert!(again.status == 409 && again.body.contains("started already"), "{again:?}");
    assert!(web.json("/api/v1/files").to_string().contains("constant_stats.csv"));

    let results = controller.passed(RUN);
    assert_eq!(
        (results.shape.as_str(), results.summary["run"]["end"].as_str()),
        ("constant", Some("completed"))
    );
    let command = results.summary["run"]["command"].as_str().unwrap();
    assert!(command.contains("--users 3 --spawn-rate 3 --run-time 2s"), "{command}");
    let note = "was started with --users 3 --spawn-rate 3 --run-time 2s";
    assert!(results.markdown.contains(note), "{}", results.markdown);
    assert!(controller.process.stderr().contains(note), "it is in the log");
    let mut counts = results.csv_counts();
    counts.remove("Aggregated");
    assert_eq!(counts, testkit::runs::sandbox::totals(&backend.settled()));
}

#[test]
fn a_start_may_change_what_users_do() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let mut controller = Controller::start(
        &backend.url(),
        &["--wait-for-start", "--dashboard", "127.0.0.1:0", "--expect-workers", "2", "-u", "4"],
    );
    let mut workers = ["a", "b"].map(|name| controller.worker(name));
    let web = Web::of(&mut controller);
    until_workers(&web, 2);
    // This shape leaves the streaming endpoint alone, which is not what was announced to the workers.
    assert_eq!(web.control("start", &[], r#"{"shape": "mock", "time_scale": 0.1}"#).status, 200);
    let results = controller.passed(RUN);
    for worker in &mut workers {
        worker.wait(START).expect_code(0);
    }
    assert_eq!((results.shape.as_str(), results.number("/run/workers")), ("mock", 2));
    let counts = backend.settled();
    assert_eq!(counts.streams.started, 0);
    let mut reported = results.csv_counts();
    reported.remove("Aggregated");
    assert_eq!(reported, testkit::runs::sandbox::totals(&counts));
}

#[test]
fn a_run_that_nobody_starts_ends_without_a_trace() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    for signals in [1, 2] {
        let mut controller = Controller::start(&backend.url(), &WAITS);
        until_workers(&Web::of(&mut controller), 1);
        for _ in 0..signals {
            controller.process.signal("INT");
        }
        let ended = controller.process.wait(START);
        ended.expect_code(1);
        let message =
            "controller: stopped before anybody started the run; nothing was measured, no file was written";
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
        assert!(ended.stdout.is_empty() && !controller.results().exists(), "{}", ended.stdout);
    }
    let place = testkit::runs::folder();
    let mut command: Command = binaries::controller();
    command.args(["--host", &backend.url(), "--bind", "127.0.0.1:0", "--wait-for-start"]);
    let ended = Process::start("controller", {
        command.current_dir(place.path());
        command
    })
    .wait(START);
    ended.expect_code(2);
    assert!(
        ended.stderr.starts_with("controller: --wait-for-start waits for somebody at the dashboard"),
        "{}",
        ended.stderr
    );
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    assert_eq!(testkit::runs::sandbox::totals(&backend.counts()).values().sum::<u64>(), 0);
}

#[test]
fn what_programs_read_is_the_report_and_every_second_of_it() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let (mut controller, web) = start(&backend, &[]);
    assert_eq!(web.get("/healthz").body, "ok\n");
    web.until_seconds(4);
    for path in ["/", "/assets/app.js", "/assets/charts.js", "/healthz", "/api/v1/run", "/nothing"] {
        let answer = web.get(path);
        for header in [
            "content-security-policy: default-src 'self'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(answer.head.contains(header), "{path}: {}", answer.head);
        }
    }
    assert!(!web.get("/").head.contains("unsafe-inline"));
    charts_hold_the_rows(&web);
    let run = web.json("/api/v1/run");
    assert_eq!((&run["schema"], &run["run"]["end"]), (&json!("loadtests/summary/v1"), &json!("running")));
    let history = web.json("/api/v1/history?from=2");
    let column =
        |name: &str| history["columns"].as_array().unwrap().iter().position(|other| other == name).unwrap();
    let rows = history["rows"].as_array().unwrap();
    assert_eq!((&rows[0][column("second")], &history["from"]), (&json!(2), &json!(2)));
    // What all endpoints did in a second is what each of them did.
    for (row, endpoints) in rows.iter().zip(history["endpoint_rows"].as_array().unwrap()) {
        let each = endpoints.as_array().unwrap().iter().filter_map(|cells| cells[0].as_f64());
        assert_eq!(each.sum::<f64>(), row[column("rps")].as_f64().unwrap(), "{row} {endpoints}");
    }

    // Files by their names, and nothing else.
    let files = web.json("/api/v1/files");
    assert!(
        files
            .as_array()
            .unwrap()
            .iter()
            .any(|file| file["name"] == "constant_stats.csv" && file["bytes"].as_u64() > Some(0))
    );
    assert!(web.get("/files/constant_stats.csv").body.starts_with("Type,Name,"));
    for path in
        ["/files/..%2f..%2fetc%2fpasswd", "/files/%2fetc%2fpasswd", "/files/../api/v1/run", "/files/none"]
    {
        assert_eq!(web.get(path).status, 404, "{path}");
    }

    // A viewer that goes on where it was gets what it lacks.
    let id = web.watch().find_map(|line| line.strip_prefix("id: ").map(str::to_owned)).unwrap();
    let (run, next) = id.split_once('-').unwrap();
    let from = |id: &str| -> Value {
        let resumed = Web { host: web.host.clone() };
        let mut socket = std::net::TcpStream::connect(&resumed.host).unwrap();
        std::io::Write::write_all(
            &mut socket,
            format!("GET /api/v1/events HTTP/1.1\r\nhost: {}\r\nlast-event-id: {id}\r\n\r\n", resumed.host)
                .as_bytes(),
        )
        .unwrap();
        let lines = std::io::BufRead::lines(std::io::BufReader::new(socket)).map_while(Result::ok);
        let hello = lines.skip_while(|line| line != "event: hello").nth(1).unwrap();
        serde_json::from_str::<Value>(hello.strip_prefix("data: ").unwrap()).unwrap()["from"].clone()
    };
    assert_eq!(from(&id), json!(next.parse::<u64>().unwrap()));
    assert_eq!(from(&format!("{run}-1")), json!(1));
    for other in ["", "x", "0123-7", &format!("{run}-x")] {
        assert_eq!(from(other), json!(0), "{other}");
    }

    controller.process.signal("INT");
    let results = controller.passed(RUN);
    assert_eq!(results.summary["run"]["end"], "interrupted");
}

/// The values of a view's charts, by the charts' names.
fn readouts(web: &Web, view: &str) -> BTreeMap<String, Value> {
    let charts = web.json(&format!("/api/v1/charts/{view}"));
    let markup = charts["markup"].as_str().unwrap();
    let name = |readout: &Value| readout["id"].as_str().unwrap().to_owned();
    let readouts = charts["readouts"].as_array().unwrap().iter().map(|one| (name(one), one.clone()));
    let readouts: BTreeMap<String, Value> = readouts.collect();
    assert_eq!(markup.matches("<figure ").count(), readouts.len());
    assert!(readouts.keys().all(|id| markup.contains(&format!("id=\"chart-{id}\""))), "{markup}");
    readouts
}

/// Each chart has every second, and its values are those of the history.
fn charts_hold_the_rows(web: &Web) {
    let (overview, total) = (readouts(web, "overview"), readouts(web, "total"));
    let history = web.json("/api/v1/history");
    let column = |name: &str| {
        let place = history["columns"].as_array().unwrap().iter().position(|other| other == name).unwrap();
        history["rows"].as_array().unwrap().iter().map(move |row| row[place].as_f64()).collect::<Vec<_>>()
    };
    let lines = [
        (&overview["overview-users"], vec!["users", "users_target"]),
        (&overview["overview-rate"], vec!["rps", "failures_per_s"]),
        (&overview["overview-latency"], vec!["calls_p50_ms", "calls_p95_ms", "calls_p99_ms"]),
        (&total["total-rate"], vec!["rps", "failures_per_s"]),
    ];
    for (readout, columns) in lines {
        let seconds = expect_seconds(readout);
        for (line, name) in columns.into_iter().enumerate() {
            expect_alike(&readout["y"][line], &column(name)[..seconds], name);
        }
    }
    let endpoints = history["endpoints"].as_array().unwrap();
    for place in 0..endpoints.len() {
        let charts = readouts(web, &format!("endpoint-{place}"));
        let rate = &charts[&format!("endpoint-{place}-rate")];
        let rows = web.json("/api/v1/history")["endpoint_rows"].as_array().unwrap().clone();
        let rates = rows.iter().map(|row| row[place][0].as_f64().or(Some(0.0))).collect::<Vec<_>>();
        expect_alike(&rate["y"][0], &rates[..expect_seconds(rate)], &endpoints[place].to_string());
    }
    for view in ["", "none", "endpoint-", "endpoint--1", &format!("endpoint-{}", endpoints.len())] {
        assert_eq!(web.get(&format!("/api/v1/charts/{view}")).status, 404, "{view}");
    }
}

/// How many seconds a chart has, without a gap from the first one.
fn expect_seconds(readout: &Value) -> usize {
    let seconds = readout["x"].as_array().unwrap().len();
    assert!(seconds >= 4, "{readout}");
    assert_eq!(readout["x"], json!((1..=seconds).map(|second| second as f64).collect::<Vec<_>>()));
    seconds
}

/// Values to four significant digits.
fn expect_alike(drawn: &Value, rows: &[Option<f64>], name: &str) {
    let drawn: Vec<Option<f64>> = drawn.as_array().unwrap().iter().map(Value::as_f64).collect();
    let alike = |(drawn, row): (&Option<f64>, &Option<f64>)| match (drawn, row) {
        (Some(drawn), Some(row)) => (drawn - row).abs() <= row.abs() / 1000.0,
        (drawn, row) => drawn == row,
    };
    assert!(drawn.len() == rows.len() && drawn.iter().zip(rows).all(alike), "{name}: {drawn:?} {rows:?}");
}

#[test]
fn an_address_that_cannot_be_had_ends_the_run_before_any_load() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let place = testkit::runs::folder();
    let ends = |args: &[&str]| {
        let mut command: Command = binaries::controller();
        command.args(["--host", &backend.url(), "-u", "1", "--bind", "127.0.0.1:0"]).args(args);
        command.current_dir(place.path());
        let finished = Process::start("controller", command).wait(START);
        finished.expect_code(2);
        finished.stderr
    };
    let in_use = ends(&["--dashboard", &taken]);
    assert!(in_use.contains(&format!("--dashboard {taken}: the port is in use")), "{in_use}");
    let open = ends(&["--dashboard", "0.0.0.0:0"]);
    assert!(open.contains("would let anyone on the network steer this run"), "{open}");
    assert_eq!(testkit::runs::sandbox::totals(&backend.counts()).values().sum::<u64>(), 0);
}

#[test]
fn the_users_of_a_constant_shape_are_changed_paused_and_resumed() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let args = ["-u", "6", "-r", "6", "-t", "10m", "--think", "100ms..200ms", "--dashboard", "127.0.0.1:0"];
    let mut controller = Controller::start(&backend.url(), &args);
    let mut workers = ["a", "b"].map(|name| controller.worker(name));
    let web = Web::of(&mut controller);
    let refused = web.control("users", &[], r#"{"users": -1, "spawn_rate": 1}"#);
    assert_eq!(refused.status, 400, "{refused:?}");
    web.until_users(6);
    assert_eq!(web.control("resume", &[], "{}").status, 409, "it is not paused");

    let steps = [
        ("users", r#"{"users": 15, "spawn_rate": 10}"#, 15),
        ("pause", "{}", 0),
        ("resume", "{}", 15),
        ("users", r#"{"users": 4, "spawn_rate": 100}"#, 4),
    ];
    for (what, body, users) in steps {
        let answer = web.control(what, &[], body);
        assert_eq!(answer.status, 200, "{what}: {answer:?}");
        web.until_users(users);
    }
    assert_eq!(web.control("stop", &[], "{}").status, 200);
    let results = controller.passed(RUN);
    for worker in &mut workers {
        worker.wait(START).expect_code(0);
    }

    // Each change is a stage and a sentence; never did more run than were wanted; nothing was lost.
    let stages: Vec<&str> = results.summary["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| stage["name"].as_str().unwrap())
        .collect();
    assert_eq!(stages, ["6 users", "15 users", "paused", "15 users", "4 users"]);
    for note in ["given 15 users at 10 a second", "paused", "resumed", "given 4 users", ", stopped"] {
        assert!(results.markdown.contains(note), "{note}: {}", results.markdown);
    }
    for row in results.csv("stats_history") {
        let number = |column: &str| testkit::runs::results::number(&row[column]);
        assert!(number("User Count") <= 15, "{row:?}");
    }
    let mut counts = results.csv_counts();
    assert_eq!(counts.remove("Aggregated"), Some(results.count()));
    assert_eq!(counts, testkit::runs::sandbox::totals(&backend.settled()));
    assert_eq!(results.number("/run/users_target_peak"), 15);

    // Another shape says for itself how many users there are.
    let full = ["--shape", "full", "--local-workers", "1", "--dashboard", "127.0.0.1:0"];
    let mut controller = Controller::start(&backend.url(), &full);
    let web = Web::of(&mut controller);
    web.until_seconds(1);
    let refused = web.control("pause", &[], "{}");
    assert!(
        refused.status == 409 && refused.body.contains("only the users of a constant shape"),
        "{refused:?}"
    );
    controller.process.signal("INT");
    controller.passed(RUN);
}
