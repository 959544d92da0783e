//! The same seed gives the same requests, however many workers share the users.

use testkit::runs::recorder::{Log, Recorder};
use testkit::runs::results::number;
use testkit::runs::{beside_others, run};

const USERS: u64 = 12;

#[test]
fn each_user_asks_the_same_on_one_worker_and_on_three() {
    let _alone = beside_others();
    let (one, three) = (sequences(1, "7"), sequences(3, "7"));
    for (user, mine) in &one {
        let theirs = &three[user];
        let common = mine.len().min(theirs.len());
        assert!(common >= 20, "user {user} asked {} and {} times", mine.len(), theirs.len());
        let differs = mine.iter().zip(theirs).position(|(mine, theirs)| mine != theirs);
        let both = differs.map(|place| (&mine[place], &theirs[place]));
        assert_eq!(differs, None, "user {user} of {common} requests: {both:?}");
    }
}

/// Without this the test above would pass for users that always do the same.
#[test]
fn another_seed_and_another_user_ask_otherwise() {
    let _alone = beside_others();
    let (seven, eight) = (sequences(1, "7"), sequences(1, "8"));
    for (user, mine) in &seven {
        let others = seven.iter().filter(|(other, _)| *other != user).map(|(_, theirs)| theirs);
        for theirs in others.chain([&eight[user]]) {
            let common = mine.len().min(theirs.len());
            assert_ne!(mine[..common], theirs[..common], "user {user}");
        }
    }
}

/// What each user asked in a run of three seconds without think time, but for the threads that it
/// deleted at its end, which came at another moment of its life in each run.
fn sequences(workers: usize, seed: &str) -> Log {
    let recorder = Recorder::start();
    let load = ["-u", "12", "-t", "3s", "--think", "0", "--seed", seed];
    let results = run(&recorder.url(), &load, workers);
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());
    for row in results.csv("workers") {
        assert!(number(&row["Request Count"]) > 0, "{} had nothing to do", row["Worker"]);
    }
    let mut log = recorder.log();
    assert_eq!(log.len() as u64, USERS);
    assert_eq!(log.values().map(|requests| requests.len() as u64).sum::<u64>(), results.count());
    for requests in log.values_mut() {
        while requests.last().is_some_and(|request| request.starts_with("DELETE ")) {
            requests.pop();
        }
    }
    log
}
