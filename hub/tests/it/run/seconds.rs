//! The seconds of a run: each closed once, in order.

use super::*;

#[test]
fn a_second_is_closed_when_every_worker_has_reported_it() {
    let mut bench = Bench::running();
    bench.now = Duration::from_millis(1_010);
    bench.deliver(0, 0, 1);
    assert_eq!(closed(&bench.tick()), [0u64; 0], "one worker is missing");
    bench.deliver(1, 1, 1);
    assert_eq!(closed(&bench.tick()), [0]);
    assert_eq!(closed(&bench.tick()), [0u64; 0], "once");
}

#[test]
fn a_run_that_is_given_up_closes_what_it_has() {
    let mut bench = Bench::running();
    bench.now = Duration::from_millis(1_010);
    bench.deliver(0, 0, 1);
    assert_eq!(closed(&bench.tick()), [0u64; 0], "one worker is missing");
    let outputs = bench.run.handle(bench.now, Input::Abandon);
    assert_eq!(closed(&outputs), [0]);
    assert_eq!(closed(&bench.run.handle(bench.now, Input::Abandon)), [0u64; 0], "once");
}

#[test]
fn a_second_is_not_closed_before_it_has_passed() {
    let mut bench = Bench::running();
    bench.now = Duration::from_millis(999);
    for link in 0..2 {
        bench.deliver(link, link as u8, 1);
    }
    assert_eq!(closed(&bench.tick()), [0u64; 0]);
    bench.now = Duration::from_secs(1);
    assert_eq!(closed(&bench.tick()), [0]);
}

#[test]
fn a_second_waits_for_a_late_worker_and_not_for_ever() {
    let mut bench = Bench::running();
    bench.now = Duration::from_millis(1_010);
    bench.deliver(0, 0, 1);
    assert_eq!(closed(&bench.pass(Duration::from_millis(2_499))), [0u64; 0]);
    let outputs = bench.pass(Duration::from_millis(2_500));
    let seconds: Vec<_> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Second(second, open, target) => {
                Some((*second, open.all.count(), open.running(), *target))
            }
            _ => None,
        })
        .collect();
    assert_eq!(seconds, [(0, 1, 2, 4)]);
}

#[test]
fn seconds_are_closed_in_order_and_once_and_add_up_whatever_is_late() {
    let mut bench = Bench::running();
    let mut outputs = Vec::new();
    for second in 1..=5 {
        outputs.extend(bench.pass(Duration::from_secs(second)));
        outputs.extend(bench.beat(0, second, 0));
        outputs.extend(bench.beat(1, second, 0));
        outputs.extend(bench.deliver(0, 0, second));
    }
    for seq in 1..=5 {
        outputs.extend(bench.deliver(1, 1, seq)); // all of them late
    }
    for link in 0..2 {
        outputs.extend(bench.drained(link, 5));
    }
    outputs.extend(bench.tick());
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Completed));
    assert_eq!(closed(&outputs), (0..closed(&outputs).len() as u64).collect::<Vec<_>>());
    let sum: u64 = outputs
        .iter()
        .map(|output| match output {
            Output::Second(_, open, _) => open.all.count(),
            _ => 0,
        })
        .sum();
    assert_eq!((sum, bench.run.ledger().totals.run.all().count()), (10, 10));
}

#[test]
fn the_end_closes_what_is_open() {
    let mut bench = Bench::running();
    bench.now = Duration::from_millis(300);
    bench.input(Input::Stop);
    for link in 0..2 {
        bench.deliver(link, link as u8, 1);
        bench.drained(link, 1);
    }
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Interrupted));
    let outputs = bench.tick();
    let [Output::Second(0, open, target)] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((open.all.count(), *target), (2, 0), "nobody was wanted at its end");
    assert!(bench.tick().is_empty());
}

#[test]
fn what_ends_a_moment_after_the_run_counts_in_its_last_second() {
    for (tail_us, rows) in [(1_700, 5), (450_000, 5), (700_000, 6)] {
        let mut bench = Bench::running();
        let mut outputs = Vec::new();
        for second in 1..=5 {
            outputs.extend(bench.pass(Duration::from_secs(second)));
            for link in 0..2 {
                outputs.extend(bench.beat(link, second, 0));
                outputs.extend(bench.deliver(link, link as u8, second));
            }
        }
        outputs.extend(bench.tick());
        assert_eq!(closed(&outputs), [0, 1, 2, 3], "the last one waits");
        let tail = wire::Delta { to_us: 5_000_000 + tail_us, ..delta(0, 6) };
        outputs.extend(bench.message(0, FromWorker::Delta(tail)));
        outputs.extend(bench.drained(0, 6));
        outputs.extend(bench.drained(1, 5));
        outputs.extend(bench.tick());
        let counts: Vec<(u64, u32)> = outputs
            .iter()
            .filter_map(|output| match output {
                Output::Second(_, open, _) => Some((open.all.count(), open.running())),
                _ => None,
            })
            .collect();
        let (last, sum) = (counts[4], counts.iter().map(|(count, _)| count).sum::<u64>());
        let of_the_last = if rows == 5 { 3 } else { 2 };
        assert_eq!((counts.len(), last, sum), (rows, (of_the_last, 4), 11), "{tail_us} µs: {counts:?}");
        assert_eq!(bench.run.ledger().seconds.late(), 0, "nothing came late");
    }
}
