//! The main job, end to end: the staged shape on one controller, three workers and a backend, each a
//! process of its own, held against the server's own counts.

use std::collections::BTreeMap;
use std::time::Duration;

use backend::Counts;
use common::class::{CLASSES, PerClass, UserClass};
use common::shape::Shape;
use serde_json::Value;
use testkit::runs::quotas::{Quotas, running};
use testkit::runs::relay::Relay;
use testkit::runs::results::{Row, number};
use testkit::runs::sandbox::totals;
use testkit::runs::{Backend, Controller, Process, RUN, Results, START, apart};

const SCALE: f64 = 0.05;
const WORKERS: [&str; 3] = ["w1", "w2", "w3"];

/// One run that every part of this test looks at.
struct Staged {
    results: Results,
    server: Counts,
    relay: Relay,
    shape: Shape,
}

#[test]
fn a_staged_run_is_exact_follows_its_shape_and_shares_the_users_evenly() {
    let _apart = apart();
    let run = staged();
    every_count_equals_the_servers_own(&run);
    every_face_agrees(&run.results);
    parts_add_up_to_the_whole(&run.results);
    users_follow_the_shape(&run);
    mixes_differ_by_one_user_at_most(&run);
    workers_follow_their_quotas(&run);
}

fn staged() -> Staged {
    let backend = Backend::start(&["--seed", "7", "--ttft", "60ms", "--tokens", "20", "--token-gap", "5ms"]);
    let scale = SCALE.to_string();
    let load = ["--shape", "staged", "--time-scale", &scale, "--seed", "7", "--expect-workers", "3"];
    let mut controller = Controller::start(&backend.url(), &load);
    let relay = Relay::start(&controller.address);
    let mut workers: Vec<Process> =
        WORKERS.iter().map(|name| controller.worker_at(&relay.addr.to_string(), name)).collect();
    let results = controller.passed(RUN);
    for worker in &mut workers {
        worker.wait(START).expect_code(0);
    }
    let shape = Shape::builtin("staged").unwrap().scaled(SCALE).unwrap();
    Staged { results, server: backend.settled(), relay, shape }
}

fn every_count_equals_the_servers_own(run: &Staged) {
    let mut expected = totals(&run.server);
    assert_eq!(expected.len(), 7, "every endpoint is used: {expected:?}");
    expected.insert("Aggregated".to_owned(), expected.values().sum());
    assert_eq!(run.results.csv_counts(), expected);
    assert_eq!(run.results.json_counts(), expected);
    assert_eq!(markdown_counts(&run.results), expected);
    assert_eq!(run.results.number("/total/failures"), 0);
    assert_eq!(run.results.number("/total/cut"), 0);
    assert_eq!(run.server.probes, 1);

    let server = &run.server.streams;
    let reported = |name: &str| run.results.number(&format!("/streams/{name}"));
    assert_eq!((server.aborted, server.failed, server.in_progress), (0, 0, 0));
    assert_eq!((reported("started"), reported("completed")), (server.started, server.completed));
    assert_eq!((reported("failed"), reported("cut"), reported("in_progress")), (0, 0, 0));
    assert_eq!(server.started, expected["POST /chat/stream"]);
    for name in ["started", "completed", "failed", "cut", "in_progress"] {
        let rows = run.results.csv("streams");
        let row = rows.iter().find(|row| row["Type"] == "COUNT" && row["Name"] == name).unwrap();
        assert_eq!(number(&row["Request Count"]), reported(name), "{name}");
    }
    let caption = format!(
        "{} started, {} completed, 0 failed, 0 cut",
        common::text::number::count(server.started),
        common::text::number::count(server.completed)
    );
    assert!(run.results.markdown.contains(&caption), "no {caption:?}");
}

fn markdown_counts(results: &Results) -> BTreeMap<String, u64> {
    results.table("Endpoints")[1..]
        .iter()
        .map(|row| {
            (format!("{} {}", row[0], row[1].trim_matches(['`', '*'])).trim().to_owned(), number(&row[2]))
        })
        .collect()
}

/// Every number of an endpoint that two faces show is the same number, rounded for people.
fn every_face_agrees(results: &Results) {
    const COLUMNS: [(&str, &str, &str); 8] = [
        ("Request Count", "count", "Count"),
        ("Failure Count", "failures", "Failed"),
        ("Requests/s", "rps", "Req/s"),
        ("50%", "p50_ms", "p50"),
        ("95%", "p95_ms", "p95"),
        ("99%", "p99_ms", "p99"),
        ("Max Response Time", "max_ms", "Max"),
        ("Average Response Time", "avg_ms", ""),
    ];
    let csv = results.csv("stats");
    let table = results.table("Endpoints");
    let json = results.summary["endpoints"].as_array().unwrap().iter().chain([&results.summary["total"]]);
    let json: Vec<&Value> = json.collect();
    assert_eq!((csv.len(), json.len(), table.len() - 1), (8, 8, 8));
    for ((csv, json), markdown) in csv.iter().zip(json).zip(&table[1..]) {
        assert_eq!(csv["Name"], json["name"].as_str().unwrap());
        assert_eq!(csv["Name"], markdown[1].trim_matches(['`', '*']));
        for (in_csv, in_json, in_markdown) in COLUMNS {
            let value: f64 = csv[in_csv].parse().unwrap();
            assert_eq!(Some(value), json[in_json].as_f64(), "{in_json} of {}", csv["Name"]);
            if let Some(place) = table[0].iter().position(|head| head == in_markdown) {
                // A call is a moment and a stream a whole answer: people see no time of both together.
                let is_mixed = csv["Name"] == "Aggregated" && in_json.ends_with("_ms");
                let said = match in_json {
                    _ if is_mixed => "–".to_owned(),
                    "count" | "failures" => common::text::number::count(value as u64),
                    "rps" => common::text::number::rounded(value),
                    _ => common::text::number::milliseconds(value),
                };
                assert_eq!(said, markdown[place], "{in_markdown} of {}", csv["Name"]);
            }
        }
    }
    let streams = results.csv("streams");
    for (metric, figures) in results.summary["streams"]["metrics"].as_object().unwrap() {
        let row = streams.iter().find(|row| row["Type"] == "STREAM" && row["Name"] == *metric).unwrap();
        for (in_csv, in_json) in [("Request Count", "count"), ("50%", "p50"), ("95%", "p95"), ("99%", "p99")]
        {
            assert_eq!(row[in_csv].parse::<f64>().ok(), figures[in_json].as_f64(), "{in_json} of {metric}");
        }
    }
}

fn parts_add_up_to_the_whole(results: &Results) {
    let sum = |rows: &[Row]| rows.iter().map(|row| number(&row["Request Count"])).sum::<u64>();
    let (stages, workers) = (results.csv("stages"), results.csv("workers"));
    assert_eq!((stages.len(), sum(&stages)), (6, results.count()));
    assert_eq!((workers.len(), sum(&workers)), (3, results.count()));
    let json = |list: &str, field: &str| -> u64 {
        results.summary[list].as_array().unwrap().iter().map(|row| row[field].as_u64().unwrap()).sum()
    };
    assert_eq!((json("stages", "count"), json("workers", "requests")), (results.count(), results.count()));
    for (heading, column) in [("Stages", "Count"), ("Workers", "Requests")] {
        let table = results.table(heading);
        let place = table[0].iter().position(|head| head == column).unwrap();
        let sum: u64 = table[1..].iter().map(|row| number(&row[place])).sum();
        assert_eq!(sum, results.count(), "{heading} in REPORT.md");
    }
    let history = results.csv("stats_history");
    assert_eq!(number(&history.last().unwrap()["Total Request Count"]), results.count());
    let seconds: f64 = history.iter().map(|row| row["Requests/s"].parse::<f64>().unwrap()).sum();
    assert_eq!(seconds as u64, results.count());
}

/// A row has the users at the end of its second. The three workers look at their users a moment
/// later, so the target may be that of any moment up to a tenth of a second on.
fn users_follow_the_shape(run: &Staged) {
    let history = run.results.csv("stats_history");
    let whole = run.shape.duration().as_secs() as usize;
    assert!(history.len() >= whole, "{} rows for {whole} seconds", history.len());
    for (second, row) in history.iter().enumerate() {
        let users = number(&row["User Count"]);
        let end = Duration::from_secs(second as u64 + 1);
        let targets = (0..=100).map(|ms| target(&run.shape, end + Duration::from_millis(ms)));
        let off = targets.map(|target| users.abs_diff(u64::from(target))).min();
        assert!(
            off <= Some(1),
            "{users} users at {end:?}, where the shape wants {}",
            target(&run.shape, end)
        );
    }
    let peak = history.iter().map(|row| number(&row["User Count"])).max();
    assert_eq!(peak, Some(100));
}

fn target(shape: &Shape, at: Duration) -> u32 {
    shape.target(at).map_or(0, |target| target.users)
}

/// What the controller sent to each worker, at every moment at which the shape moves.
fn mixes_differ_by_one_user_at_most(run: &Staged) {
    let quotas = Quotas::of(&run.relay);
    let end = run.shape.duration();
    let moves = run.shape.changes(Duration::ZERO, end).map(|(at, _)| at).filter(|at| *at < end);
    let mut looked_at = 0;
    for at in std::iter::once(Duration::ZERO).chain(moves) {
        let mixes: Vec<PerClass<u32>> = WORKERS.iter().map(|worker| quotas.mix(worker, at)).collect();
        let all: u32 = mixes.iter().flatten().sum();
        assert_eq!(all, target(&run.shape, at), "{mixes:?} at {at:?}");
        for class in 0..CLASSES {
            let counts = mixes.iter().map(|mix| mix[class]);
            let (least, most) = (counts.clone().min().unwrap(), counts.max().unwrap());
            assert!(most - least <= 1, "{} users at {at:?}: {mixes:?}", UserClass::ALL[class]);
        }
        looked_at += 1;
    }
    assert!(looked_at > 190, "100 users up and down are 199 moves, not {looked_at}");
}

/// What each worker measured at the end of each of its seconds is its quota, but for the
/// users that were to start or stop within a tenth of a second of it: their timer may be late, and so
/// may the look.
fn workers_follow_their_quotas(run: &Staged) {
    let quotas = Quotas::of(&run.relay);
    for worker in WORKERS {
        let measured = running(&run.relay, worker);
        assert!(measured.len() >= 38, "{worker} reported {} seconds", measured.len());
        for (at, mix) in measured.into_iter().filter(|(at, _)| *at < run.shape.duration()) {
            let first = at.saturating_sub(Duration::from_millis(100));
            let wanted: Vec<_> =
                (0..=200).map(|ms| quotas.mix(worker, first + Duration::from_millis(ms))).collect();
            for class in 0..CLASSES {
                let counts = wanted.iter().map(|mix| mix[class]);
                let (least, most) = (counts.clone().min().unwrap(), counts.max().unwrap());
                let fits = (least..=most).contains(&mix[class]);
                assert!(fits, "{worker} at {at:?} ran {mix:?}, its quota was {least} to {most}");
            }
        }
    }
}
