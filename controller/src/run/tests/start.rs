//! When a run starts, and what if it does not.

use super::*;

#[test]
fn a_run_starts_at_the_first_tick_at_which_the_expected_workers_are_there() {
    let mut bench = Bench::new(settings());
    bench.attach(0, 0);
    bench.beat(0, 1, 0);
    bench.pass(Duration::from_secs(2));
    assert!(matches!(bench.run.phase(), Phase::Gathering { .. }), "one of two is there");
    bench.attach(1, 1);
    bench.tick();
    assert!(matches!(bench.run.phase(), Phase::Gathering { .. }), "the other cannot be given a lease yet");
    bench.beat(1, 1, 0);
    let outputs = bench.tick();
    assert_eq!((bench.run.phase(), bench.run.clock(bench.now)), (Phase::Running, Some(Duration::ZERO)));
    for link in 0..2 {
        assert_eq!(said(&outputs, link), ["quota"]);
    }
}

#[test]
fn no_user_runs_before_the_run_does() {
    let mut bench = Bench::new(settings());
    bench.attach(0, 0);
    let outputs = bench.beat(0, 1, 0);
    let [ToWorker::Quota(quota)] = sent(&outputs, 0)[..] else { panic!("{outputs:?}") };
    assert_eq!((quota.run_us, quota.users.len()), (None, 0));
}

#[test]
fn a_worker_that_is_gone_again_is_not_counted() {
    let mut bench = Bench::new(settings());
    for link in 0..2 {
        bench.attach(link, link as u8);
        bench.beat(link, 1, 0);
    }
    bench.input(Input::Disconnected(0));
    bench.tick();
    assert!(matches!(bench.run.phase(), Phase::Gathering { .. }));
}

#[test]
fn a_run_to_which_too_few_workers_come_in_time_ends_without_having_run() {
    let mut bench = Bench::new(settings());
    bench.attach(0, 0);
    bench.beat(0, 1, 0);
    bench.pass(Duration::from_millis(9_999));
    assert!(matches!(bench.run.phase(), Phase::Gathering { .. }));
    bench.beat(0, 2, 0);
    let outputs = bench.pass(Duration::from_secs(10));
    assert!(matches!(bench.run.phase(), Phase::Draining { end: End::NoWorkers, .. }));
    assert_eq!(said(&outputs, 0), ["drain"]);
    let outputs = bench.drained(0, 0);
    assert_eq!(said(&outputs, 0), ["farewell", "close"]);
    assert_eq!(bench.run.phase(), Phase::Over(End::NoWorkers));
}

#[test]
fn a_run_that_waits_for_ever_does() {
    let mut bench = Bench::new(Settings { expect_max_wait: None, ..settings() });
    bench.now = Duration::from_secs(1_000_000);
    bench.tick();
    assert!(matches!(bench.run.phase(), Phase::Gathering { .. }));
}

#[test]
fn a_run_that_expects_nobody_still_waits_for_one_worker() {
    let mut bench = Bench::new(Settings { expect_workers: 0, ..settings() });
    bench.tick();
    assert!(matches!(bench.run.phase(), Phase::Gathering { .. }));
    bench.attach(0, 0);
    bench.beat(0, 1, 0);
    bench.tick();
    assert_eq!(bench.run.phase(), Phase::Running);
}

#[test]
fn a_stop_before_the_start_ends_the_run_as_soon_as_the_workers_have_heard_of_it() {
    let mut bench = Bench::new(settings());
    bench.attach(0, 0);
    bench.beat(0, 1, 0);
    let outputs = bench.input(Input::Stop);
    assert_eq!(said(&outputs, 0), ["drain"]);
    bench.drained(0, 0);
    assert_eq!(bench.run.phase(), Phase::Over(End::Interrupted));
}
