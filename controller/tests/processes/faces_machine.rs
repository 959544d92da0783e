//! The faces that machines read, of one real run: OTLP at a real receiver, JUnit, the job summary, the
//! schema; and that all of them hold the same counts as the server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};
use prost::Message;
use testkit::runs::{Backend, Controller, RUN, Results, beside_others, sandbox::QUICK, sandbox::totals};

/// A collector: keeps what it is sent, and refuses the first message with 503.
#[derive(Debug)]
struct Collector {
    url: String,
    messages: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Collector {
    fn start(refuse_first: bool) -> Collector {
        use axum::http::{HeaderMap, StatusCode};
        let messages: Arc<Mutex<Vec<_>>> = Arc::default();
        let (kept, refuse) = (Arc::clone(&messages), Mutex::new(refuse_first));
        let take = move |headers: HeaderMap, body: axum::body::Bytes| {
            let refused = std::mem::take(&mut *refuse.lock().unwrap());
            assert_eq!(headers["content-type"], "application/x-protobuf");
            kept.lock().unwrap().push(ExportMetricsServiceRequest::decode(body).unwrap());
            std::future::ready(if refused { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK })
        };
        let take = Arc::new(take);
        let router = axum::Router::new().route(
            "/v1/metrics",
            axum::routing::post(move |headers: HeaderMap, body: axum::body::Bytes| (*take)(headers, body)),
        );
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let serving = std::future::IntoFuture::into_future(axum::serve(listener, router));
                tokio::select! { _ = serving => {}, _ = stopped => {} }
            });
        });
        Collector { url, messages, _stop: stop }
    }

    fn last(&self) -> ExportMetricsServiceRequest {
        self.messages.lock().unwrap().last().expect("nothing was pushed").clone()
    }
}

/// The whole numbers of a counter by its labels, joined by blanks.
fn counter(message: &ExportMetricsServiceRequest, name: &str) -> BTreeMap<String, u64> {
    let metrics = &message.resource_metrics[0].scope_metrics[0].metrics;
    let found = metrics.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("no {name}"));
    let Some(metric::Data::Sum(sum)) = &found.data else { panic!("{name} is no counter") };
    assert!(sum.is_monotonic && sum.aggregation_temporality == 2, "cumulative");
    let point = |point: &opentelemetry_proto::tonic::metrics::v1::NumberDataPoint| {
        let labels: Vec<String> = point
            .attributes
            .iter()
            .map(|label| match &label.value.as_ref().unwrap().value {
                Some(any_value::Value::StringValue(text)) => text.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        let Some(number_data_point::Value::AsInt(count)) = point.value else { panic!("{name}") };
        (labels.join(" "), count.try_into().unwrap())
    };
    sum.data_points.iter().map(point).collect()
}

#[test]
fn every_machine_gets_the_servers_own_counts() {
    let _alone = beside_others();
    let (backend, collector) =
        (Backend::start(&[QUICK, &["--fault", "http_500=0.05"]].concat()), Collector::start(true));
    let place = testkit::runs::folder();
    let (junit, summary) = (place.path().join("junit.xml"), place.path().join("summary.md"));
    std::fs::write(&summary, "# An earlier step\n").unwrap();
    let junit_path = junit.to_str().unwrap();
    let args = [
        &["-u", "6", "-t", "3s", "--think", "20ms", "--seed", "7", "--local-workers", "1"][..],
        &["--threshold", "failures<1%", "--threshold", "p90<60s"],
        &["--otlp", &collector.url, "--junit", junit_path],
    ]
    .concat();
    let mut controller = Controller::start_with(&backend.url(), &args, |command| {
        command.env("GITHUB_STEP_SUMMARY", &summary);
    });
    let finished = controller.process.wait(RUN);
    finished.expect_code(99);
    let results = Results::read(&controller.results());
    let counts = totals(&backend.settled());

    let message = collector.last();
    let pushed = counter(&message, "loadtest_requests");
    let mut csv = results.csv_counts();
    csv.remove("Aggregated");
    assert_eq!(pushed, csv, "OTLP and CSV");
    let mut json = results.json_counts();
    json.remove("Aggregated");
    assert_eq!(pushed, json, "OTLP and JSON");
    assert_eq!(pushed, counts, "OTLP and the server");
    assert_eq!(counter(&message, "loadtest_failures"), results.failures(), "by class");
    assert_eq!(counter(&message, "loadtest_stream_tokens")[""], results.number("/streams/tokens"));
    // The collector refused the last message at first; it was pushed again.
    assert_eq!(collector.messages.lock().unwrap().len(), 2, "{}", finished.stderr);
    assert!(!finished.stderr.contains("--otlp"), "{}", finished.stderr);

    let xml = std::fs::read_to_string(&junit).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (3, 1, 0), "{xml}");

    let page = std::fs::read_to_string(&summary).unwrap();
    assert!(page.starts_with("# An earlier step\n"), "appended, not replaced");
    assert!(page.contains(results.markdown.trim_end()), "the report is on the page");

    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../report/schema/summary-v1.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mistakes: Vec<String> =
        validator.iter_errors(&results.summary).map(|error| error.to_string()).collect();
    assert_eq!(mistakes, [""; 0]);
}

#[test]
fn a_collector_that_is_not_there_is_one_warning_and_a_run_all_the_same() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let args = [
        "-u",
        "2",
        "-t",
        "1s",
        "--think",
        "20ms",
        "--local-workers",
        "1",
        "--otlp",
        &format!("http://{nobody}"),
    ];
    let mut controller = Controller::start(&backend.url(), &args);
    let finished = controller.process.wait(RUN);
    finished.expect_code(0);
    assert_eq!(finished.stderr.matches("--otlp").count(), 1, "{}", finished.stderr);
}
