//! People who leave before their answer is there.

use testkit::runs::results::number;
use testkit::runs::sandbox::totals;
use testkit::runs::{Backend, Results, beside_others, run};

/// A service with four slots whose answers take four seconds: nobody who leaves within one sees an end.
fn four_seconds(more: &[&str]) -> Backend {
    let flags = ["--stream-slots", "4", "--ttft", "10ms", "--ttft-sigma", "0", "--tokens", "41"];
    let more = more.iter().copied().chain(["--tokens-sigma", "0", "--token-gap", "100ms"]);
    Backend::start(&flags.into_iter().chain(more).collect::<Vec<_>>())
}

fn total_of_streams(results: &Results, name: &str) -> u64 {
    let rows = results.csv("streams");
    number(&rows.iter().find(|row| row["Name"] == name).unwrap()["Request Count"])
}

#[test]
fn those_who_leave_are_counted_as_the_service_counts_them() {
    let _alone = beside_others();
    let backend = four_seconds(&[]);
    let load = ["-u", "9", "-t", "6s", "--classes", "stream=2,mixed=1", "--think", "50ms", "--seed", "7"];
    let results = run(&backend.url(), &[&load[..], &["--abandon", "0.5,200ms..900ms"]].concat(), 2);

    let server = backend.settled();
    let streams = |name: &str| results.number(&format!("/streams/{name}"));
    assert!(streams("abandoned") > 10, "too few leave: {server:?}");
    assert_eq!(
        [streams("started"), streams("abandoned"), streams("completed")],
        [server.streams.started, server.streams.aborted, server.streams.completed]
    );
    assert_eq!([streams("failed"), streams("cut"), results.number("/total/failures")], [0; 3]);
    assert_eq!(streams("started"), streams("abandoned") + streams("completed"));

    // In no latency of whole answers, but the first text of some who left is a time.
    let samples = |metric: &str| results.number(&format!("/streams/metrics/{metric}/count"));
    assert_eq!(samples("e2e"), streams("completed"));
    assert!(samples("ttft") > streams("completed"), "{} {}", samples("ttft"), streams("completed"));

    // Every face says it, and every request is there.
    let mut counts = results.csv_counts();
    assert_eq!(counts.remove("Aggregated"), Some(results.count()));
    assert_eq!(counts, totals(&server));
    assert_eq!(results.number("/total/abandoned"), streams("abandoned"));
    assert_eq!(total_of_streams(&results, "abandoned"), streams("abandoned"));
    let said = format!("{} left by their users", common::text::number::count(streams("abandoned")));
    assert!(results.markdown.contains(&said), "{}", results.markdown);
    let facts = &results.summary["run"];
    assert_eq!(facts["abandon"], "stream: 50 % after 200ms..900ms; mixed: 50 % after 200ms..900ms");
    let command = facts["command"].as_str().unwrap();
    assert!(command.contains("--abandon 0.5,200ms..900ms"), "{command}");
}

#[test]
fn a_service_that_frees_the_slots_of_those_who_leave_serves_more() {
    let _alone = beside_others();
    // Everybody leaves long before the end of an answer, and somebody always waits for a slot.
    let load = ["-u", "12", "-t", "8s", "--classes", "stream", "--think", "0", "--seed", "7"];
    let heard = |flags: &[&str]| {
        let backend = four_seconds(flags);
        let results = run(&backend.url(), &[&load[..], &["--abandon", "1,300ms..600ms"]].concat(), 1);
        let server = backend.settled();
        assert_eq!(results.number("/streams/abandoned"), server.streams.aborted);
        assert_eq!((server.streams.completed, server.streams.producing_peak), (0, 4));
        results.number("/streams/metrics/ttft/count")
    };
    let (freed, leaked) = (heard(&[]), heard(&["--leak-slot"]));
    // Four slots for four seconds each let twelve or so speak in eight; freed ones, those who left let the next speak.
    assert!(leaked <= 16 && freed > 3 * leaked, "{freed} heard, {leaked} where slots leak");
}
