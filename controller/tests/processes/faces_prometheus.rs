//! A real Prometheus scrapes a real run: its counts are the report's, and the Grafana dashboard's queries
//! return data from it.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::runs::{
    Backend, Controller, Process, RUN, Results, START, beside_others, have_or_skip, sandbox::QUICK,
};

fn there() -> Result<(), String> {
    let found = ["prometheus", "promtool"].map(|program| Command::new(program).arg("--version").output());
    match found.iter().all(Result::is_ok) {
        true => Ok(()),
        false => Err("prometheus and promtool are not there; apt-get install prometheus".to_owned()),
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A Prometheus with the configuration that we ship, but for the address that it scrapes and how often.
struct Prometheus {
    _process: Process,
    port: u16,
}

impl Prometheus {
    fn start(folder: &Path, target: u16) -> Prometheus {
        let shipped = include_str!("../../../deploy/prometheus/prometheus.yml");
        let config = shipped.replace("localhost:8089", &format!("127.0.0.1:{target}"));
        assert_ne!(config, shipped, "it scrapes the dashboard's usual address");
        let path = folder.join("prometheus.yml");
        std::fs::write(&path, config.replace("scrape_interval: 2s", "scrape_interval: 1s")).unwrap();
        let checked = Command::new("promtool").args(["check", "config"]).arg(&path).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let port = free_port();
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", path.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let mut process = Process::start("prometheus", command);
        process.printed_after("Server is ready to receive web requests", START);
        Prometheus { _process: process, port }
    }

    /// The values of a query now, by method and endpoint, or by whatever other label there is.
    fn query(&self, query: &str) -> BTreeMap<String, f64> {
        self.query_at(query, None)
    }

    fn query_at(&self, query: &str, time: Option<f64>) -> BTreeMap<String, f64> {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let time = time.map(|time| format!("&time={time}")).unwrap_or_default();
        let path = format!("/api/v1/query?query={encoded}{time}");
        let text = testkit::runs::sandbox::get(([127, 0, 0, 1], self.port).into(), &path);
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["status"], "success", "{query}: {text}");
        let series = answer["data"]["result"].as_array().unwrap();
        let one = |series: &Value| {
            let labels = series["metric"].as_object().unwrap();
            let labels =
                ["method", "endpoint", "class", "worker"].iter().filter_map(|name| labels.get(*name));
            let key: Vec<&str> = labels.filter_map(Value::as_str).collect();
            (key.join(" "), series["value"][1].as_str().unwrap().parse().unwrap())
        };
        series.iter().map(one).collect()
    }
}

/// Every query of the dashboard, with the title of its panel.
fn panels() -> Vec<(String, String)> {
    let dashboard: Value =
        serde_json::from_str(include_str!("../../../deploy/grafana/loadtests.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let queries = |panel: &Value| -> Vec<(String, String)> {
        let title = panel["title"].as_str().unwrap().to_owned();
        let targets = panel["targets"].as_array().unwrap().iter();
        targets.map(|target| (title.clone(), target["expr"].as_str().unwrap().to_owned())).collect()
    };
    panels.flat_map(queries).collect()
}

#[test]
fn prometheus_ends_with_the_reports_counts_and_every_panel_has_data() {
    let _alone = beside_others();
    if have_or_skip(there()).is_none() {
        return;
    }
    let (backend, place, port) = (
        Backend::start(&[QUICK, &["--fault", "http_500=0.05"]].concat()),
        testkit::runs::folder(),
        free_port(),
    );
    let prometheus = Prometheus::start(place.path(), port);
    let address = format!("127.0.0.1:{port}");
    let args = [
        "-u",
        "8",
        "-t",
        "12s",
        "--think",
        "20ms",
        "--seed",
        "7",
        "--local-workers",
        "1",
        "--dashboard",
        &address,
    ];
    let mut controller = Controller::start(&backend.url(), &args);

    let deadline = Instant::now() + START;
    while prometheus.query("sum(loadtest_requests_total) > 100").is_empty() {
        assert!(Instant::now() < deadline, "nothing was scraped");
        std::thread::park_timeout(Duration::from_millis(200));
    }
    let page = testkit::runs::sandbox::get(address.parse().unwrap(), "/metrics");
    check(&page);
    controller.process.wait(RUN).expect_code(0);

    let results = Results::read(&controller.results());
    let mut csv = results.csv_counts();
    csv.remove("Aggregated");
    let last = |name: &str| prometheus.query(&format!("last_over_time({name}[5m])"));
    let whole = |values: BTreeMap<String, f64>| -> BTreeMap<String, u64> {
        values.into_iter().map(|(name, value)| (name, value as u64)).collect()
    };
    assert_eq!(whole(last("loadtest_requests_total")), csv, "the last scrape came after the last figure");
    assert_eq!(whole(last("loadtest_failures_total")), results.failures());
    assert_eq!(whole(last("loadtest_stream_tokens_total"))[""], results.number("/streams/tokens"));
    let count = last("loadtest_request_duration_seconds_count");
    let cut = last("loadtest_requests_cut_total");
    for (endpoint, sent) in &csv {
        assert_eq!(count[endpoint] + cut[endpoint], *sent as f64, "{endpoint}");
    }
    for (title, query) in panels() {
        let query = query.replace("$__rate_interval", "10s");
        // The run is over by now: its middle had everything.
        let middle = prometheus.query("min_over_time(timestamp(loadtest_users)[5m:1s]) + 6");
        let time = middle.values().next().copied();
        let data = prometheus.query_at(&query, time);
        assert!(!data.is_empty(), "{title}: no data for {query}");
        assert!(data.values().all(|value| value.is_finite()), "{title}: {data:?}");
    }
}

/// What promtool says of a page.
fn check(page: &str) {
    use std::io::Write;
    let mut command = Command::new("promtool");
    command
        .args(["check", "metrics"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut check = command.spawn().unwrap();
    check.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
