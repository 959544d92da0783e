//! How a run ends: with the last delta of each worker, or when the waiting has taken too long.

use super::*;

fn finished(bench: &Bench) -> Vec<MemberState> {
    bench.run.fleet().members().iter().map(|member| member.state).collect()
}

fn unfinished(bench: &Bench) -> Vec<usize> {
    let events = bench.run.journal().events().iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Unfinished { worker } => Some(*worker),
            _ => None,
        })
        .collect()
}

#[test]
fn at_the_end_of_its_shape_a_run_asks_every_worker_to_drain() {
    let mut bench = Bench::running();
    bench.pass(Duration::from_millis(4_999));
    assert_eq!(bench.run.phase(), Phase::Running);
    let outputs = bench.pass(Duration::from_secs(5));
    assert!(matches!(bench.run.phase(), Phase::Draining { end: Ending::Completed, .. }));
    for link in 0..2 {
        assert_eq!(said(&outputs, link), ["drain"]);
        assert_eq!(sent(&outputs, link), [&ToWorker::Drain(wire::Drain { timeout_ms: 3000 })]);
    }
}

#[test]
fn a_run_is_over_when_the_last_delta_of_each_worker_is_merged() {
    let mut bench = Bench::draining();
    for link in 0..2 {
        bench.deliver(link, link as u8, 1);
        bench.drained(link, 2);
        bench.tick();
        assert_eq!(bench.state(link as usize), MemberState::Active, "one delta is missing");
        let outputs = bench.deliver(link, link as u8, 2);
        assert_eq!(bench.state(link as usize), MemberState::Finished);
        // Nobody is let go before all have delivered.
        match link {
            0 => assert_eq!(said(&outputs, 0), ["ack"]),
            _ => {
                assert_eq!(said(&outputs, 0), ["farewell", "close"]);
                assert_eq!(said(&outputs, 1), ["ack", "farewell", "close"]);
            }
        }
    }
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Interrupted));
    assert_eq!(bench.run.ledger().totals.run.all().count(), 4);
    assert_eq!(unfinished(&bench), [0usize; 0]);
}

#[test]
fn it_makes_no_difference_whether_the_word_or_the_last_delta_comes_first() {
    let mut bench = Bench::draining();
    bench.drained(0, 1);
    bench.deliver(0, 0, 1);
    bench.deliver(1, 1, 1);
    bench.drained(1, 1);
    assert_eq!(finished(&bench), [MemberState::Finished; 2]);
}

#[test]
fn a_worker_that_is_silent_while_it_drains_is_waited_for_until_its_lease_has_ended() {
    let mut bench = Bench::draining();
    bench.drained(0, 0);
    bench.pass(Duration::from_millis(5_049));
    assert!(matches!(bench.run.phase(), Phase::Draining { .. }));
    bench.pass(Duration::from_millis(5_050));
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Interrupted));
    assert_eq!(finished(&bench), [MemberState::Finished, MemberState::Lost]);
}

#[test]
fn a_worker_that_never_finishes_is_waited_for_no_longer_than_the_stop_timeout_and_a_lease() {
    let mut bench = Bench::draining();
    bench.drained(0, 0);
    for second in 1..=8 {
        bench.pass(Duration::from_secs(second));
        bench.beat(1, second, 0);
        assert!(matches!(bench.run.phase(), Phase::Draining { .. }), "{second}");
    }
    let outputs = bench.pass(Duration::from_millis(8_050));
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Interrupted));
    assert_eq!(said(&outputs, 1), ["farewell", "close"]);
    assert_eq!(unfinished(&bench), [1]);
}

#[test]
fn a_worker_that_attaches_again_while_the_run_drains_gets_the_drain_again() {
    let mut bench = Bench::draining();
    bench.input(Input::Disconnected(0));
    let outputs = bench.attach(7, 0);
    assert_eq!(said(&outputs, 7), ["welcome", "drain"]);
    bench.drained(7, 0);
    assert_eq!(bench.state(0), MemberState::Finished);
}

#[test]
fn a_worker_that_missed_its_farewell_gets_it_again_and_counts_once() {
    let mut bench = Bench::draining();
    bench.deliver(0, 0, 1);
    bench.drained(0, 1);
    bench.input(Input::Disconnected(0));
    let outputs = bench.attach(7, 0);
    assert_eq!(said(&outputs, 7), ["welcome", "drain"]);
    let [ToWorker::Welcome(welcome), _] = sent(&outputs, 7)[..] else { panic!("{outputs:?}") };
    assert_eq!(welcome.next_seq, 2, "its delta is merged");
    bench.drained(7, 1);
    let outputs = bench.drained(1, 0);
    assert_eq!(said(&outputs, 7), ["farewell", "close"]);
    assert_eq!(said(&outputs, 0), [""; 0], "its first connection is gone");
    assert_eq!(bench.run.ledger().totals.run.all().count(), 1);
}

#[test]
fn a_worker_lost_before_the_drain_is_not_waited_for() {
    let mut bench = Bench::running();
    for second in 1..=4 {
        bench.pass(Duration::from_secs(second));
        bench.beat(0, second, 0);
    }
    bench.input(Input::Disconnected(1));
    bench.pass(Duration::from_millis(5_250));
    assert_eq!(finished(&bench), [MemberState::Active, MemberState::Lost]);
    bench.drained(0, 0);
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Completed));
}

#[test]
fn a_worker_that_leaves_is_let_go_when_it_has_delivered_and_the_run_goes_on() {
    let mut bench = Bench::running();
    let outputs = bench.message(0, FromWorker::Leave(wire::Leave {}));
    let [ToWorker::Quota(quota)] = sent(&outputs, 0)[..] else { panic!("{outputs:?}") };
    assert_eq!(quota.users, [], "its users are taken away");
    bench.drained(0, 1);
    assert_eq!(bench.state(0), MemberState::Leaving, "its delta is missing");
    let outputs = bench.deliver(0, 0, 1);
    assert_eq!(said(&outputs, 0), ["ack", "farewell", "close"]);
    assert_eq!((bench.state(0), bench.run.phase()), (MemberState::Left, Phase::Running));
    let left = |(_, event): &(Duration, Event)| *event == Event::Left { worker: 0 };
    assert!(bench.run.journal().events().iter().any(left));
    let outputs = bench.tick();
    assert_eq!(said(&outputs, 1), ["quota"], "the other is given its users");
    assert_eq!(bench.run.fleet().members()[1].holding.total(), 4);
}

#[test]
fn a_second_stop_changes_nothing() {
    let mut bench = Bench::draining();
    bench.now = Duration::from_secs(1);
    let phase = bench.run.phase();
    assert!(bench.input(Input::Stop).is_empty());
    assert_eq!(bench.run.phase(), phase);
}

#[test]
fn whoever_comes_when_the_run_is_over_is_refused_with_that_reason() {
    let mut bench = Bench::draining();
    bench.drained(0, 0);
    bench.drained(1, 0);
    let outputs = bench.attach(7, 7);
    let [ToWorker::Refusal(refusal)] = sent(&outputs, 7)[..] else { panic!("{outputs:?}") };
    assert_eq!(refusal.reason(), wire::refusal::Reason::Over);
    assert_eq!(said(&outputs, 7), ["refusal", "close"]);
}

#[test]
fn a_run_is_as_long_as_its_shape_however_late_the_tick_that_ends_it() {
    let mut bench = Bench::running();
    bench.pass(Duration::from_millis(4_999));
    bench.now += Duration::from_millis(230);
    bench.tick();
    // The workers were silent for longer than their leases, so nobody is waited for.
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Completed));
    assert_eq!(bench.now, Duration::from_millis(5_229));
    assert_eq!(Some(bench.run.elapsed(bench.now)), bench.run.timeline().end());
}
