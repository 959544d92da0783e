//! Many viewers, with the charts of each second, and one that never reads, while a run goes at full speed.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use testkit::runs::sandbox::{QUICK, totals};
use testkit::runs::web::Web;
use testkit::runs::{Backend, Controller, RUN, START, alone};

const VIEWERS: usize = 20;
/// How long they watch.
const SPAN: Duration = Duration::from_secs(8);
const CHARTS: &str = "/api/v1/charts/overview";
/// Long enough to measure the cost of a second without them, which is only printed.
const BEFORE: Duration = Duration::from_secs(3);

#[test]
fn twenty_viewers_and_one_that_never_reads_change_nothing_but_a_little_cpu() {
    let _alone = alone();
    let backend = Backend::start(QUICK);
    let args = ["-u", "40", "-r", "40", "--think", "0", "--seed", "3", "--dashboard", "127.0.0.1:0"];
    let mut controller = Controller::start(&backend.url(), &args);
    let mut worker = controller.worker("full-speed");
    let web = Web::of(&mut controller);
    web.until_seconds(3);
    let pid = controller.process.pid();
    let alone = cost(pid, BEFORE);

    // One that asks for everything and takes nothing: a small window is full at once.
    let mut deaf = TcpStream::connect(&web.host).unwrap();
    write!(deaf, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n\r\n", web.host).unwrap();
    let read = Arc::new(AtomicU64::new(0));
    let viewers: Vec<_> = (0..VIEWERS)
        .map(|_| {
            let (web, read) = (web.clone(), Arc::clone(&read));
            std::thread::spawn(move || watch(&web, &read))
        })
        .collect();
    let watched = cost(pid, SPAN);
    println!(
        "the controller uses {alone:.3} of a core alone, {watched:.3} with {VIEWERS} viewers and one that never \
         reads: {:+.3}; the viewers read {} kB",
        watched - alone,
        read.load(Ordering::Relaxed) / 1000
    );

    controller.process.signal("INT");
    let results = controller.passed(RUN);
    worker.wait(START).expect_code(0);
    // Each viewer has every second, and the last document is the one on disk.
    for viewer in viewers {
        let (seconds, last) = viewer.join().unwrap();
        assert_eq!(seconds, results.csv("stats_history").len() as u64);
        assert_eq!(
            (&last["total"], &last["endpoints"]),
            (&results.summary["total"], &results.summary["endpoints"])
        );
    }
    // The totals are exact.
    let mut counts = results.csv_counts();
    assert_eq!(counts.remove("Aggregated"), Some(results.count()));
    assert_eq!(counts, totals(&backend.settled()));
    assert_eq!(results.number("/total/failures"), 0);
}

/// Reads until the run is over: how many seconds came, without gap, and the last state of the run.
fn watch(web: &Web, read: &AtomicU64) -> (u64, Value) {
    let (mut seconds, mut state, mut event) = (0, serde_json::Map::new(), String::new());
    for line in web.watch() {
        read.fetch_add(line.len() as u64, Ordering::Relaxed);
        if let Some(name) = line.strip_prefix("event: ") {
            event = name.to_owned();
        }
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let data: Value = serde_json::from_str(data).unwrap();
        match event.as_str() {
            "seconds" => {
                assert_eq!(data["from"], seconds, "no second is left out or sent twice");
                seconds += data["rows"].as_array().unwrap().len() as u64;
            }
            "edition" => {
                state.extend(data["parts"].as_object().unwrap().clone());
                read.fetch_add(web.get(CHARTS).body.len() as u64, Ordering::Relaxed);
            }
            "end" => break,
            _ => {}
        }
    }
    let drawn = web.json(CHARTS)["readouts"][0]["x"].as_array().unwrap().len() as u64;
    assert_eq!(drawn, seconds, "charts have every second at the end");
    (seconds, Value::Object(state))
}

/// CPU seconds of a process for each second of a span.
fn cost(pid: u32, span: Duration) -> f64 {
    let before = ticks(pid);
    std::thread::park_timeout(span);
    (ticks(pid) - before) as f64 / 100.0 / span.as_secs_f64()
}

/// User and system time in hundredths of a second, as Linux counts them on every machine of ours.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
