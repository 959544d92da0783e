//! `--observe`: what a service says of its inside stands beside the load and in the verdict, and what is hostile costs
//! its own series alone.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use testkit::postgres::PrivatePostgres;
use testkit::runs::chaos::pause;
use testkit::runs::sandbox::totals;
use testkit::runs::{Backend, Controller, Results, beside_others, run, searching};

/// A server that does this to whoever asks, for as long as the test lasts.
fn server(serve: impl Fn(TcpStream) + Copy + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = socket.read(&mut [0; 2048]);
                serve(socket);
            });
        }
    });
    address
}

/// Lines without end: 200 MB, of a million series, or as much as is taken.
fn endless(mut socket: TcpStream) {
    let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    for number in 0..7_000_000 {
        if socket.write_all(format!("own_series{{number=\"{number}\"}} 1\n").as_bytes()).is_err() {
            return;
        }
    }
}

fn slow(mut socket: TcpStream) {
    while socket.write_all(b"H").is_ok() {
        pause(Duration::from_secs(1));
    }
}

fn silent(socket: TcpStream) {
    pause(Duration::from_secs(60));
    drop(socket);
}

fn invalid(mut socket: TcpStream) {
    let page = b"tgi_queue_size{a=\"\xff\xfe\"} 7\n\xff\xff\xff 1\n\0\0\n";
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", page.len());
    let _ = socket.write_all(&[head.as_bytes(), page].concat());
}

fn zipped(mut socket: TcpStream) {
    let _ = socket
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\0");
}

fn elsewhere(mut socket: TcpStream) {
    let _ =
        socket.write_all(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n");
}

/// Mean and maximum over the run of each series of an observer.
fn series(results: &Results, observer: &str) -> BTreeMap<String, (f64, f64)> {
    let rows = results.summary["observed"]["series"].as_array().unwrap();
    let of_it = rows.iter().filter(|row| row["name"] == observer);
    let figures = |row: &serde_json::Value| {
        let figure = |name: &str| row[name].as_f64().unwrap();
        (row["series"].as_str().unwrap().to_owned(), (figure("mean"), figure("max")))
    };
    of_it.map(figures).collect()
}

#[test]
fn hostile_observers_cost_their_own_series_and_the_run_is_exact() {
    let _alone = beside_others();
    let Some(database) = PrivatePostgres::start_or_skip(&[]) else { return };
    let backend = Backend::start(&["--database-url", &database.url(), "--pool", "4"]);
    let observers = [
        format!("huge=http://{}/metrics", server(endless)),
        format!("slow=http://{}/metrics", server(slow)),
        format!("hangs=postgres://bob:hunter2@{}/d", server(silent)),
        format!("odd=http://{}/metrics", server(invalid)),
        format!("zip=http://{}/metrics", server(zipped)),
        format!("moved=http://{}/metrics", server(elsewhere)),
        "gone=http://127.0.0.1:9/metrics".to_owned(),
        "dead=pid:4294967295".to_owned(),
        format!("db={}", database.url()),
        format!("app={}/_sandbox/metrics", backend.url()),
        format!("self=pid:{}", std::process::id()),
    ];
    let load = ["-u", "12", "-t", "8s", "--seed", "7", "--think", "20ms..60ms", "--observe-series", "own_*"];
    let observing = observers.iter().flat_map(|one| ["--observe", one.as_str()]);
    let results = run(&backend.url(), &load.into_iter().chain(observing).collect::<Vec<_>>(), 1);
    let server = backend.settled();
    let mut expected = totals(&server);
    expected.insert("Aggregated".to_owned(), expected.values().sum());
    assert_eq!(results.csv_counts(), expected, "the run is exact");

    let looks = |name: &str| {
        let rows = results.summary["observed"]["observers"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == name).unwrap().clone();
        (row["answered"].as_u64().unwrap(), row["missed"].as_u64().unwrap(), row["trouble"].to_string())
    };
    for (name, why) in [
        ("huge", "longer than 8 MiB"),
        ("slow", "longer than 5 s"),
        ("hangs", "longer than 5 s"),
        ("zip", "compressed"),
        ("moved", "not followed"),
        ("gone", "refused"),
        ("dead", "no process"),
    ] {
        let (answered, missed, trouble) = looks(name);
        assert!(
            answered == 0 && missed > 0 && trouble.contains(why),
            "{name}: {answered} {missed} {trouble}"
        );
    }
    for name in ["odd", "db", "app", "self"] {
        let (answered, missed, trouble) = looks(name);
        assert!(answered >= 4 && missed == 0, "{name}: {answered} {missed} {trouble}");
    }
    assert_eq!(series(&results, "odd").into_values().collect::<Vec<_>>(), [(7.0, 7.0)]);
    let sessions = series(&results, "db");
    assert_eq!(sessions["postgres_max_connections"], (100.0, 100.0));
    let (_, most) = sessions["postgres_sessions{state=\"idle\"}"];
    assert!((1.0..=4.0).contains(&most), "a pool of four: {sessions:?}");
    assert!(sessions["rate(postgres_transactions)"].1 > 10.0, "{sessions:?}");
    assert!(series(&results, "app")["sandbox_streams_open"].1 >= 1.0);
    assert!(series(&results, "self")["threads"].1 >= 2.0);
    let text = results.summary.to_string();
    assert!(!text.contains("hunter2") && text.contains("postgres://bob@"), "a password is never shown");
    assert!(results.summary["run"]["degraded"].as_array().unwrap().iter().all(|kind| kind != "observer"));
}

/// From outside ten slots are estimated; from inside they are counted, and the sentence cites them.
#[test]
fn a_search_names_the_pool_from_inside_with_its_figures() {
    let _searching = searching();
    let backend = Backend::start(&[
        "--stream-slots",
        "10",
        "--ttft",
        "30ms",
        "--ttft-sigma",
        "0.3",
        "--tokens",
        "20",
        "--tokens-sigma",
        "0.3",
        "--token-gap",
        "10ms",
        "--seed",
        "11",
    ]);
    let observe = format!("app={}/_sandbox/metrics", backend.url());
    let load = ["--shape", "ladder", "--max-users", "64", "--threshold", "ttft.p95<150ms", "--seed", "11"];
    let users = ["--classes", "stream", "--think", "0", "--local-workers", "1", "--observe", &observe];
    // What gives way has been seen by then; how many users it holds exactly is the business of `bottleneck_sandbox`.
    let enough = ["--search-time", "95s"];
    let mut controller = Controller::start(&backend.url(), &[&load[..], &users, &enough].concat());
    controller.process.wait(Duration::from_secs(420)).expect_code(0);
    let results = Results::read(&controller.results());
    let limits = &results.summary["limits"];
    assert_eq!(limits["cause"]["kind"], "slot_pool", "{limits:#}");
    assert_eq!(limits["slot_limit"]["estimate"], 10.0, "{limits:#}");
    let inside = limits["cause"]["inside"].as_str().unwrap();
    assert!(inside.starts_with("The slots of the service were full: 10 ran and "), "{inside}");
    let headline = limits["headline"].to_string();
    assert!(headline.contains("`sandbox_slots_waiting` of app"), "{headline}");
    let busy = series(&results, "app")["sandbox_slots_busy"];
    assert_eq!(busy.1, 10.0);
    let lines = std::fs::read_to_string(controller.results().join("ladder_observed.csv")).unwrap();
    assert!(lines.lines().any(|line| line.contains(",app,sandbox_slots_waiting,")), "{lines}");
}
