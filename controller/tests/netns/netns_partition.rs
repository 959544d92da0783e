//! A worker that is cut from the controller, but not from the service, for three leases.

use std::time::{Duration, Instant};

use testkit::runs::chaos::{self, LEASE, Watch};
use testkit::runs::lab::Lab;
use testkit::runs::netns::{self, Host};
use testkit::runs::{RUN, START, have_or_skip};

/// Users of the run: all of them stream, so each has a request in progress nearly always.
const USERS: u64 = 20;
/// How long the cut lasts.
const CUT: Duration = Duration::from_secs(15);
/// Streams of 1.1 s, without think time between them.
const BACKEND: &[&str] = &[
    "--stream-slots",
    "0",
    "--ttft",
    "300ms",
    "--ttft-sigma",
    "0",
    "--tokens",
    "21",
    "--tokens-sigma",
    "0",
    "--token-gap",
    "40ms",
];

/// What the worker sends is lost, what the controller sends arrives: the worker hears old news.
#[test]
fn a_worker_whose_words_are_lost_never_makes_the_users_exceed_the_target() {
    partition(&|worker, controller| worker.cut_from(controller), &|worker, controller| {
        worker.join_to(controller)
    });
}

/// Nothing passes, either way.
#[test]
fn a_worker_that_is_cut_off_never_makes_the_users_exceed_the_target() {
    let cut = |worker: &Host, controller: &Host| {
        worker.cut_from(controller);
        controller.cut_from(worker);
    };
    let heal = |worker: &Host, controller: &Host| {
        worker.join_to(controller);
        controller.join_to(worker);
    };
    partition(&cut, &heal);
}

fn partition(cut: &dyn Fn(&Host, &Host), heal: &dyn Fn(&Host, &Host)) {
    if have_or_skip(netns::available()).is_none() {
        return;
    }
    let load = ["-u", "20", "-t", "40s", "--classes", "stream", "--think", "0", "--seed", "3"];
    let mut lab = Lab::start(2, BACKEND, &load);
    let watch = Watch::start_with(lab.counts());
    lab.worker(None);
    lab.worker(None);
    chaos::until("the first request", START, || watch.first_request().is_some());
    chaos::pause(Duration::from_secs(5));
    cut(lab.worker_host(1), lab.controller_host());
    let cut_at = Instant::now();
    chaos::pause(CUT);
    heal(lab.worker_host(1), lab.controller_host());
    lab.controller.wait(RUN).expect_code(0);
    for worker in &mut lab.workers {
        worker.wait(START).expect_code(0);
    }

    let counts = lab.counts()();
    // Two workers that run the same user make one user of two streams: the streams are what counts.
    assert_eq!((counts.streams.peak, counts.users.peak), (USERS, USERS), "the target is {USERS}");
    let moved = cut_at + LEASE + Duration::from_millis(1_500)..cut_at + CUT;
    assert_eq!(watch.most_streams(&moved), USERS, "the users were not moved while the worker was away");
    let results = lab.results();
    chaos::expect_exact(&results, &counts);

    let away = chaos::note(&results, "worker_away").expect("a note on the worker that was away");
    assert!(away.starts_with("Worker w1 was not heard of until second "), "{away}");
    assert!(away.contains("its 10 users were moved and it came back later"), "{away}");
    assert!(chaos::is_degraded_by(&results, "worker_away"));
    let users = chaos::users_by_second(&results);
    assert!(users.iter().all(|users| *users <= USERS), "{users:?}");
    for (name, most) in [("w1", "10"), ("w2", "20")] {
        let row = chaos::worker(&results, name);
        assert_eq!((row["State"].as_str(), row["Peak Users"].as_str()), ("finished", most), "{row:?}");
        assert_eq!(row["Lost Spans"], "", "{row:?}");
    }
    // It was given its share again: the last streams are its as well.
    assert_eq!(users[38], USERS, "{users:?}");
}
