//! Every failure that the sandbox injects is counted under its class, exactly.

use std::collections::BTreeMap;

use testkit::runs::results::number;
use testkit::runs::sandbox::{QUICK, totals};
use testkit::runs::{Backend, beside_others, run};

/// Longer than the two seconds that count as a stall.
const STALL: [&str; 2] = ["--stall", "2500ms"];

#[test]
fn each_injected_fault_is_one_failure_of_its_class() {
    let _alone = beside_others();
    let faults =
        ["no_terminal=4%", "error_event=4%", "cut=4%", "stall=3%", "http_500=3%", "http_429=3%", "html=3%"];
    let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
    let backend: Vec<&str> =
        QUICK.iter().copied().chain(STALL).chain(["--seed", "11"]).chain(faults).collect();
    let backend = Backend::start(&backend);

    let load = ["-u", "48", "-r", "24", "-t", "8s", "--seed", "7", "--think", "50ms..150ms"];
    let results = run(&backend.url(), &load, 2);

    let server = backend.settled();
    let injected = &server.faults;
    let expected = BTreeMap::from([
        ("truncated", injected.no_terminal),
        ("error_event", injected.error_event),
        ("cut_frame", injected.cut),
        ("http_5xx", injected.http_500),
        ("http_429", injected.http_429),
        ("wrong_content_type", injected.html),
    ]);
    assert!(expected.values().all(|count| *count > 0) && injected.stall > 0, "too little load: {injected:?}");
    let expected: BTreeMap<String, u64> =
        expected.into_iter().map(|(class, count)| (class.to_owned(), count)).collect();
    assert_eq!(results.failures(), expected, "{injected:?}");
    assert_eq!(results.number("/streams/stalled"), injected.stall);
    assert_eq!(results.number("/total/failures"), expected.values().sum::<u64>());
    assert_eq!(results.number("/total/cut"), 0);

    // The CSV file names the same classes, and the report prints the same numbers.
    let mut csv = BTreeMap::<String, u64>::new();
    for row in results.csv("failures") {
        let class = row["Error"].split(':').next().unwrap().to_owned();
        *csv.entry(class).or_default() += number(&row["Occurrences"]);
    }
    assert_eq!(csv, expected);
    let table = results.table("Failures");
    let reported = table[1..].iter().map(|row| (row[0].trim_matches('`').to_owned(), number(&row[1])));
    assert_eq!(reported.collect::<BTreeMap<_, _>>(), expected);

    // Streams end as the server says, and every request is there, failed or not.
    let streams = &server.streams;
    assert_eq!(results.number("/streams/completed"), streams.completed);
    assert_eq!((streams.aborted, streams.failed), (0, 0));
    let mut counts = results.csv_counts();
    assert_eq!(counts.remove("Aggregated"), Some(results.count()));
    assert_eq!(counts, totals(&server));
}

#[test]
fn a_backend_without_faults_fails_nowhere() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let results = run(&backend.url(), &["-u", "12", "-t", "3s", "--seed", "7", "--think", "50ms"], 2);
    assert_eq!(results.failures(), BTreeMap::new());
    assert!(results.markdown.contains("## Failures\n\nNone.\n"), "{}", results.markdown);
    assert_eq!(results.number("/streams/started"), backend.settled().streams.started);
}
