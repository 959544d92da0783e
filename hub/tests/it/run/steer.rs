//! A constant shape that is steered while it runs.

use std::sync::Arc;

use common::class::ClassSet;
use hub::control::{ControlError, ControlRequest};
use hub::fleet::LeaseTiming;

use super::staged::Fake;
use super::*;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn constant(users: u32, rate: f64, time: u64) -> RunSettings {
    let shape = Shape::constant(users, rate, Duration::from_secs(time), ClassSet::ALL).unwrap();
    RunSettings { timeline: Timeline::of(shape), expect_workers: 3, ..settings() }
}

/// A run of a minute with three workers that obey at once, steered at these moments, and
/// looked at every 50 ms.
fn steered(orders: &[(f64, ControlRequest)]) -> Bench {
    let mut bench = Bench::new(constant(12, 6.0, 60));
    let mut fakes: [Fake; 3] = Default::default();
    for link in 0..3 {
        bench.attach(link, link as u8);
        bench.beat(link, 1, 0);
    }
    let mut orders = orders.iter().cloned().peekable();
    for beat in 1u64.. {
        let mut outputs = bench.tick();
        let Phase::Running = bench.run.phase() else { break };
        let clock = bench.run.clock(bench.now).unwrap();
        if let Some((_, order)) = orders.next_if(|(at, _)| seconds(*at) <= clock) {
            outputs.extend(bench.run.control(bench.now, order).unwrap());
        }
        for (link, fake) in (0..).zip(&mut fakes) {
            sent(&outputs, link).into_iter().for_each(|kind| fake.hear(kind));
        }
        let shape = Arc::clone(bench.run.timeline().shape());
        for part in 0..5 {
            let at = clock + TICK * part / 5;
            if at < shape.duration() {
                at_most(&fakes, &shape, at);
            }
        }
        bench.now += TICK;
        for (link, fake) in (0..).zip(&mut fakes) {
            let outputs = bench.beat(link, beat * 250_000, fake.epoch);
            sent(&outputs, link).into_iter().for_each(|kind| fake.hear(kind));
        }
    }
    bench
}

/// No more users than wanted; fewer where one that has just stopped may start a moment later.
fn at_most(fakes: &[Fake], shape: &Shape, at: Duration) {
    let running: usize = fakes.iter().map(|fake| fake.running(at).len()).sum();
    let target = shape.target(at).map_or(0, |target| target.users as usize);
    assert!(running <= target, "{at:?}: {running} of {target}");
}

#[test]
fn users_follow_every_change_and_never_exceed_the_target() {
    let orders = [
        (5.0, ControlRequest::Users { users: 30, spawn_rate: 10.0 }),
        (12.0, ControlRequest::Users { users: 4, spawn_rate: 20.0 }),
        (20.0, ControlRequest::Pause),
        (30.0, ControlRequest::Resume),
        (40.0, ControlRequest::Users { users: 0, spawn_rate: 1.0 }),
    ];
    let bench = steered(&orders);
    let stages: Vec<_> =
        bench.run.timeline().shape().stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(stages, ["12 users", "30 users", "4 users", "paused", "4 users", "0 users"]);
    assert_eq!(bench.run.timeline().shape().duration(), seconds(60.0), "the run ends when it was to end");
    assert!(matches!(bench.run.phase(), Phase::Draining { end: Ending::Completed, .. }));
}

#[test]
fn a_change_before_the_last_one_took_effect_comes_after_it() {
    let orders = [
        (5.0, ControlRequest::Pause),
        (5.5, ControlRequest::Resume),
        (6.0, ControlRequest::Users { users: 20, spawn_rate: 100.0 }),
        (6.2, ControlRequest::Users { users: 3, spawn_rate: 100.0 }),
        (6.4, ControlRequest::Users { users: 25, spawn_rate: 3.0 }),
    ];
    steered(&orders);
}

/// A worker that hears nothing any more goes down by the last schedule it received. So a faster way down needs as much
/// notice while users are still on their way to fewer.
#[test]
fn more_than_the_goal_may_be_fewer_than_run_now() {
    let mut bench = Bench::new(constant(100, 100.0, 600));
    for link in 0..3 {
        bench.attach(link, link as u8);
        bench.beat(link, 1, 0);
    }
    bench.tick();
    let mut order = |at: f64, users: u32, spawn_rate: f64| {
        bench.now = seconds(at);
        bench.run.control(bench.now, ControlRequest::Users { users, spawn_rate }).unwrap();
        let shape = bench.run.timeline().shape();
        let (start, _) = shape.stage_bounds(shape.stages.len() - 1);
        start - bench.run.clock(bench.now).unwrap()
    };
    let lease = LeaseTiming::default().duration;
    assert!(order(60.0, 10, 1.0) > lease);
    assert!(order(80.0, 20, 100.0) > lease, "some 86 run");
    assert!(order(200.0, 30, 1.0) < lease, "20 run");
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let mut bench = Bench::new(constant(4, 4.0, 60));
    let order = |bench: &mut Bench, order| bench.run.control(bench.now, order).map(|_| ());
    assert_eq!(order(&mut bench, ControlRequest::Pause), Err(ControlError::NotYet));
    for link in 0..3 {
        bench.attach(link, link as u8);
        bench.beat(link, 1, 0);
    }
    bench.tick();
    let before = Arc::clone(bench.run.timeline().shape());
    assert_eq!(order(&mut bench, ControlRequest::Resume), Err(ControlError::Already("running")));
    for (users, spawn_rate) in [(1_000_001, 1.0), (1, 0.0), (1, -1.0), (1, f64::NAN), (1, 1e9)] {
        assert_eq!(
            order(&mut bench, ControlRequest::Users { users, spawn_rate }),
            Err(ControlError::OutOfRange)
        );
    }
    assert_eq!(bench.run.timeline().shape(), &before);
    for change in 0..100 {
        assert_eq!(
            order(&mut bench, if change % 2 == 0 { ControlRequest::Pause } else { ControlRequest::Resume }),
            Ok(())
        );
    }
    assert_eq!(order(&mut bench, ControlRequest::Pause), Err(ControlError::TooOften(100)));
    assert_eq!(order(&mut bench, ControlRequest::Stop), Ok(()));
    assert_eq!(order(&mut bench, ControlRequest::Stop), Err(ControlError::Over));

    let staged = Shape { name: "staged".to_owned(), ..Shape::clone(&before) };
    assert_eq!(Steering::of(&staged), None, "another shape says for itself how many users there are");
}
