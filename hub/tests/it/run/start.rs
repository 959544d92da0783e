//! When a run starts, and what if it does not.

use std::sync::Arc;

use common::class::ClassSet;
use common::replay::{Due, Prompt, Question, Replay, Session};
use common::shape::MAX_DURATION;
use hub::control::{ControlError, LoadRequest};

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
    assert!(matches!(bench.run.phase(), Phase::Draining { end: Ending::NoWorkers, .. }));
    assert_eq!(said(&outputs, 0), ["drain"]);
    let outputs = bench.drained(0, 0);
    assert_eq!(said(&outputs, 0), ["farewell", "close"]);
    assert_eq!(bench.run.phase(), Phase::Over(Ending::NoWorkers));
}

#[test]
fn a_run_that_waits_for_ever_does() {
    let mut bench = Bench::new(RunSettings { expect_max_wait: None, ..settings() });
    bench.now = Duration::from_secs(1_000_000);
    bench.tick();
    assert!(matches!(bench.run.phase(), Phase::Gathering { .. }));
}

#[test]
fn a_run_that_expects_nobody_still_waits_for_one_worker() {
    let mut bench = Bench::new(RunSettings { expect_workers: 0, ..settings() });
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
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Interrupted));
}

/// What somebody chooses: seven users for a minute, and what they do.
fn chosen(mock_llm: bool) -> Start {
    let shape = Shape::constant(7, 1000.0, Duration::from_secs(60), ClassSet::ALL).unwrap();
    Start {
        replay: None,
        load: LoadRequest { users: Some(7), ..LoadRequest::default() },
        id: [9; 16],
        plan: wire::Plan { mock_llm, ..wire::Plan::default() },
        timeline: Timeline::of(shape),
        search: None,
    }
}

/// A run that waits, with the two workers that it expects.
fn waiting() -> Bench {
    let mut bench = Bench { run: Run::waiting(settings()), now: Duration::ZERO };
    for link in 0..2 {
        bench.attach(link, link as u8);
        bench.beat(link, 1, 0);
    }
    bench
}

#[test]
fn a_run_that_waits_takes_in_workers_and_begins_no_load() {
    let mut bench = waiting();
    for second in 1..60 {
        let outputs = bench.pass(Duration::from_secs(second));
        assert_eq!(bench.run.phase(), Phase::Waiting);
        assert!(outputs.is_empty(), "{outputs:?}");
        for link in 0..2 {
            let outputs = bench.beat(link, second, 0);
            let [ToWorker::Quota(quota)] = sent(&outputs, link)[..] else { panic!("{outputs:?}") };
            assert_eq!((quota.run_us, quota.users.len()), (None, 0));
        }
    }
    assert_eq!((bench.run.clock(bench.now), bench.run.steering()), (None, None));
}

#[test]
fn once_it_is_started_it_is_the_run_that_was_chosen() {
    let mut bench = waiting();
    bench.now = Duration::from_secs(3);
    let outputs = bench.run.start(bench.now, chosen(false)).unwrap();
    assert!(outputs.is_empty(), "workers know the plan already: {outputs:?}");
    assert_eq!(bench.run.phase(), Phase::Gathering { since: bench.now });
    let outputs = bench.tick();
    assert_eq!((bench.run.phase(), bench.run.clock(bench.now)), (Phase::Running, Some(Duration::ZERO)));
    for link in 0..2 {
        assert_eq!(said(&outputs, link), ["quota"]);
    }
    assert_eq!(bench.run.steering().map(|steering| steering.users), Some(7));
    assert_eq!(bench.run.timeline().end(), Some(Duration::from_secs(60)));
    assert_eq!(bench.run.settings().id, RUN, "to its workers it is the run that they attached to");
    assert_eq!(bench.run.may_start(), Err(ControlError::Already("started")));
    assert!(bench.run.start(bench.now, chosen(false)).is_err());
}

#[test]
fn waiting_for_workers_begins_with_the_start() {
    let mut bench = Bench { run: Run::waiting(settings()), now: Duration::ZERO };
    bench.pass(Duration::from_secs(100));
    bench.run.start(bench.now, chosen(false)).unwrap();
    bench.pass(Duration::from_millis(109_999));
    assert!(matches!(bench.run.phase(), Phase::Gathering { .. }));
    bench.pass(Duration::from_secs(110));
    assert_eq!(bench.run.phase(), Phase::Over(Ending::NoWorkers));
}

#[test]
fn workers_get_a_new_plan_when_their_users_do_something_else_than_was_announced() {
    let mut bench = waiting();
    let outputs = bench.run.start(bench.now, chosen(true)).unwrap();
    for link in 0..2 {
        let [ToWorker::Welcome(welcome)] = sent(&outputs, link)[..] else { panic!("{outputs:?}") };
        assert_eq!((welcome.run.as_slice(), welcome.next_seq), (&[9; 16][..], 1));
        assert!(welcome.plan.as_ref().is_some_and(|plan| plan.mock_llm));
    }
    bench.tick();
    bench.now = Duration::from_secs(1);
    let answers = |bench: &mut Bench, run: [u8; 16]| {
        let delta = wire::Delta { run: run.to_vec(), ..delta(0, 1) };
        bench.message(0, FromWorker::Delta(delta));
        bench.run.ledger().totals.run.all().latency.count()
    };
    assert_eq!(answers(&mut bench, RUN), 0, "what is said of the run before does not count");
    assert_eq!(answers(&mut bench, [9; 16]), 1);
}

#[test]
fn a_stop_while_it_waits_ends_it_without_having_run() {
    let mut bench = waiting();
    let outputs = bench.input(Input::Stop);
    assert_eq!(said(&outputs, 0), ["drain"]);
    bench.drained(0, 0);
    bench.drained(1, 0);
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Interrupted));
    assert_eq!(bench.run.may_start(), Err(ControlError::Over));
}

#[test]
fn a_trace_ends_when_it_is_asked_and_not_with_its_timeline() {
    let question =
        Question { due: Due::AfterComing(6_000_000), prompt: Prompt::Words(1), answer_tokens: None };
    let replay = Replay::of(vec![Session { at_us: 1_000_000, questions: vec![question] }]);
    let planned = |run_time: Duration, at: Duration| {
        let timeline = Timeline::of(Shape::replaying(run_time).unwrap().with_places(10));
        let settings = RunSettings { replay: Some(Arc::new(replay.clone())), timeline, ..settings() };
        let mut bench = Bench::new(settings);
        for worker in 0..2 {
            bench.attach(worker, worker as u8);
            bench.beat(worker, 1, 0);
        }
        bench.tick();
        bench.run.planned_end(at)
    };
    let (week, seconds) = (MAX_DURATION, Duration::from_secs);
    assert_eq!(planned(week, seconds(2)), Some(seconds(7)));
    assert_eq!(planned(week, seconds(8)), None, "how long late answers take nobody knows");
    assert_eq!(planned(seconds(5), seconds(2)), Some(seconds(5)));
    assert_eq!(planned(seconds(60), seconds(8)), Some(seconds(60)));
}
