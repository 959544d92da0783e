//! How users go on: turns in one thread, and the time between two steps.

use std::collections::BTreeMap;

use testkit::runs::recorder::Recorder;
use testkit::runs::sandbox::{QUICK, totals};
use testkit::runs::{Backend, beside_others, run};

/// What a user did: how many questions in each thread, in order, and whether that one was deleted.
fn threads(requests: &[String]) -> Vec<(usize, bool)> {
    let mut all: Vec<(String, usize, bool)> = Vec::new();
    for request in requests {
        let mut words = request.splitn(3, ' ');
        let (method, path, body) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or(""));
        let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        match (method, path) {
            ("POST", "/threads") => all.push((text("id"), 0, false)),
            ("POST", "/chat/stream") => {
                let latest = all.last_mut().unwrap();
                assert_eq!((&latest.0, latest.2), (&text("thread_id"), false), "asked in its latest thread");
                latest.1 += 1;
            }
            ("DELETE", _) => {
                let thread = path.strip_prefix("/threads/").unwrap();
                all.iter_mut().find(|(id, ..)| id == thread).unwrap().2 = true;
            }
            _ => {}
        }
    }
    all.into_iter().map(|(_, asked, deleted)| (asked, deleted)).collect()
}

/// By user, the questions in each of its threads but the last, which the end of the run cut short.
fn turns(load: &[&str], workers: usize) -> BTreeMap<u64, Vec<usize>> {
    let recorder = Recorder::start();
    let results = run(&recorder.url(), load, workers);
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());
    let whole = |requests: &Vec<String>| {
        let mut all = threads(requests);
        assert!(all.iter().all(|(_, deleted)| *deleted), "a thread is left: {all:?}");
        all.pop();
        all.into_iter().map(|(asked, _)| asked).collect()
    };
    recorder.log().iter().map(|(user, requests)| (*user, whole(requests))).collect()
}

#[test]
fn users_end_a_thread_after_the_turns_that_the_seed_says() {
    let _alone = beside_others();
    let load = ["-u", "4", "-t", "4s", "--classes", "stream", "--think", "1ms..9ms", "--seed", "7"];
    let usual = turns(&load, 1);
    let all: Vec<usize> = usual.values().flatten().copied().collect();
    assert!(all.len() > 40 && all.iter().all(|asked| (5..=15).contains(asked)), "{all:?}");
    assert!([5, 15].iter().all(|end| all.contains(end)), "both ends are possible: {all:?}");
    let again = turns(&load, 2);
    for (user, counts) in &usual {
        let common = counts.len().min(again[user].len());
        assert!(common > 3 && counts[..common] == again[user][..common], "{counts:?} {:?}", again[user]);
    }
    let three = turns(&[&load[..], &["--turns", "9", "--turns", "stream=3"]].concat(), 2);
    assert!(three.values().flatten().all(|asked| *asked == 3), "{three:?}");
}

#[test]
fn threads_and_their_turns_are_as_many_as_the_service_counts() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["-u", "6", "-t", "3s", "--classes", "stream", "--think", "0", "--turns", "3"];
    let results = run(&backend.url(), &load, 2);
    let server = backend.settled();
    let mut counts = results.csv_counts();
    counts.remove("Aggregated");
    assert_eq!(counts, totals(&server));
    let (created, deleted) = (counts["POST /threads"], counts["DELETE /threads/[id]"]);
    assert_eq!(created, deleted);
    let asked = server.streams.started;
    assert!(created > 12 && asked <= 3 * created && asked >= 3 * (created - 6), "{asked} in {created}");
    let facts = &results.summary["run"];
    assert_eq!((facts["turns"].as_str(), facts["think"].as_str()), (Some("stream: 3"), None));
    assert!(results.markdown.contains("Turns in a thread"), "{}", results.markdown);
}

#[test]
fn users_of_single_requests_begin_new_threads_too() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["--arrivals", "constant:50/s", "--arrive", "request", "--classes", "stream", "-t", "3s"];
    let results = run(&backend.url(), &[&load[..], &["--turns", "3"]].concat(), 1);
    let server = backend.settled();
    let mut counts = results.csv_counts();
    counts.remove("Aggregated");
    assert_eq!(counts, totals(&server));
    assert_eq!(server.streams.started, 150);
    assert!(counts["POST /threads"] >= 50, "{counts:?}");
}

#[test]
fn a_class_thinks_as_long_as_its_distribution_says() {
    let _alone = beside_others();
    let recorder = Recorder::start();
    let load = ["-u", "8", "-t", "4s", "--classes", "crud=1,stream=1", "--seed", "7", "--think", "stream=1h"];
    let results = run(&recorder.url(), &[&load[..], &["--think", "lognormal:20ms,0.5"]].concat(), 1);
    let log = recorder.log();
    let of = |class: u64| log.iter().filter(move |(user, _)| *user % 3 == class).map(|(_, made)| made.len());
    // Created, and deleted at the end of the run.
    assert_eq!(of(1).collect::<Vec<_>>(), [2; 4]);
    // The mean is 22.7 ms: 176 steps at most, and far more than the usual think time allows.
    assert!(of(0).all(|steps| (40..=240).contains(&steps)), "{:?}", of(0).collect::<Vec<_>>());
    let think = results.summary["run"]["think"].as_str();
    assert_eq!(think, Some("crud: lognormal:20ms,0.5; stream: 1h"));
    assert!(results.summary["run"]["think_s"].is_null());
}
