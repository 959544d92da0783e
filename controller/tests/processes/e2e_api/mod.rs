//! Other services than the default API's: a file describes one, a preset another.

mod causes;
mod described;
mod kinds;
mod nothing_to_read;
mod strange;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;

use strange::{KEY, Service};
use testkit::runs::results::number;
use testkit::runs::{Controller, Process, RUN, Results, beside_others, binaries, folder};

/// What the service below calls things.
const FILE: &str = r#"
thread_id_field = "data.id"
user_header = ""

[constants]
version = "v1"

[list_threads]
path = "/${version}/conversations?limit=20"

[create_thread]
path = "/${version}/conversations"
body = '{"name":"${title}"}'

[rename_thread]
skip = true

[delete_thread]
path = "/${version}/conversations/${thread}"

[list_messages]
path = "/${version}/conversations/${thread}/messages"

[post_message]
path = "/${version}/conversations/${thread}/messages"
body = '{"conversation":${thread},"text":"${content}"}'

[chat]
path = "/${version}/ask"
body = '{"conversation":${thread},"text":"${content}"}'

[stream]
text = { event = "delta" }
text_field = ""
terminal = { data = "[DONE]" }
usage_field = "count"
"#;

const LOAD: &[&str] =
    &["-u", "12", "-r", "12", "-t", "4s", "--seed", "7", "--think", "20ms..60ms", "--local-workers", "1"];

/// What the report counted, by endpoint.
fn calls(results: &Results) -> BTreeMap<String, u64> {
    let mut counts = results.json_counts();
    assert_eq!(counts.remove("Aggregated"), Some(counts.values().sum()));
    counts
}

#[test]
fn a_service_that_numbers_its_threads_is_described_in_a_file() {
    let _alone = beside_others();
    let (service, place) = (Service::start(), folder());
    let file = place.path().join("numbers.toml");
    fs::write(&file, FILE).unwrap();
    let flags = [LOAD, &["--api", file.to_str().unwrap()]].concat();
    let key = |command: &mut std::process::Command| {
        command.env("LOADTEST_HEADERS", format!("Authorization: Bearer {KEY}\nx-tenant: load\n"));
    };
    let mut controller = Controller::start_with(&service.url(), &flags, key);
    let results = controller.passed(RUN);
    assert_eq!(results.number("/total/failures"), 0, "{}", results.markdown);
    assert_eq!(calls(&results), service.counts(), "what the service counted, call by call");
    assert_eq!(service.counts().len(), 6, "every call that it has: {:?}", service.counts());
    assert_eq!(service.open(), 0, "each conversation was deleted under the number that the service gave it");
    assert_eq!(results.number("/streams/tokens_reported"), 3 * service.counts()["POST /v1/ask"]);
    assert_eq!(results.summary["run"]["api"], "numbers");
    for file in fs::read_dir(&results.folder).unwrap() {
        let path = file.unwrap().path();
        assert!(!fs::read_to_string(&path).unwrap().contains(KEY), "the key stands in {path:?}");
    }
}

/// Workers receive the headers, so where there are some nobody else of this machine may become one.
#[test]
fn keys_are_given_to_local_workers_alone() {
    let _alone = beside_others();
    let (service, place) = (Service::start(), folder());
    let control = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let header = format!("authorization: Bearer {KEY}");
    let mut command = binaries::controller();
    command.args(["--host", &service.url(), "--bind", &control, "--header", &header]).args(LOAD);
    command.args(["--api", "openai", "--classes", "stream"]).current_dir(place.path());
    let mut controller = Process::start("controller", command);
    let mut command = binaries::worker();
    command.args(["--controller", &control, "--name", "stranger"]);
    let stranger = Process::start("stranger", command).wait(RUN);
    assert!(!stranger.status.success());
    assert!(stranger.stderr.contains("wrong or missing token"), "{}", stranger.stderr);
    controller.wait(RUN).expect_code(0);
}

#[test]
fn a_completions_service_needs_no_file() {
    let _alone = beside_others();
    let service = Service::start();
    let header = format!("authorization: Bearer {KEY}");
    let flags = [LOAD, &["--api", "openai", "--classes", "stream", "--header", &header]].concat();
    let results = Controller::start(&service.url(), &flags).passed(RUN);
    assert_eq!(results.number("/total/failures"), 0, "{}", results.markdown);
    let counts = service.counts();
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["POST /v1/chat/completions"], "nothing but questions");
    assert_eq!(calls(&results), counts);
    let asked = counts["POST /v1/chat/completions"];
    assert!(asked > 12, "{counts:?}");
    // The usage comes in a chunk of its own, before the one that ends the stream.
    assert_eq!(results.number("/streams/tokens_reported"), 5 * asked);
    assert_eq!(results.number("/streams/completed"), asked);
    let command = results.summary["run"]["command"].as_str().unwrap();
    assert!(command.contains("--api openai") && !command.contains(KEY), "{command}");
}

#[test]
fn an_answer_without_the_promised_id_is_a_failure_that_says_so() {
    let _alone = beside_others();
    let (service, place) = (Service::start(), folder());
    let file = place.path().join("wrong.toml");
    fs::write(&file, FILE.replace("data.id", "data.uuid")).unwrap();
    let header = format!("authorization: Bearer {KEY}");
    let flags = [LOAD, &["--api", file.to_str().unwrap(), "--header", &header, "--classes", "crud"]].concat();
    let mut controller = Controller::start(&service.url(), &flags);
    controller.process.wait(RUN).expect_code(1);
    let results = Results::read(&controller.results());
    assert!(results.number("/total/failures") > 0);
    assert_eq!(results.number("/total/failures"), results.count(), "nothing but threads without an id");
    let failures = results.csv("failures");
    assert_eq!(failures.len(), 1, "one kind of failure: {failures:?}");
    assert_eq!(number(&failures[0]["Occurrences"]), results.count());
    assert!(failures[0]["Error"].contains("no `thread` at data.uuid, but nothing"), "{failures:?}");
}
