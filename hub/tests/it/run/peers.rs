//! Who is let in, and what becomes of messages out of turn.

use wire::refusal::Reason;

use super::*;

fn reasons(outputs: &[Output], link: LinkId) -> Vec<Reason> {
    let reason = |kind: &&ToWorker| match kind {
        ToWorker::Refusal(refusal) => Some(refusal.reason()),
        _ => None,
    };
    sent(outputs, link).iter().filter_map(reason).collect()
}

#[test]
fn a_register_that_does_not_fit_is_refused_with_its_reason() {
    type Row = (&'static str, fn(&mut wire::Register), Reason);
    let rows: [Row; 8] = [
        ("another protocol", |r| r.protocol += 1, Reason::Protocol),
        ("another settings format", |r| r.settings_fingerprint ^= 1, Reason::Protocol),
        ("no name", |r| r.worker.clear(), Reason::Malformed),
        ("a name that is too long", |r| r.worker = "x".repeat(65), Reason::Malformed),
        ("a name with a space", |r| r.worker = "a b".to_owned(), Reason::Malformed),
        ("a name with a control character", |r| r.worker = "a\u{1b}[2J".to_owned(), Reason::Malformed),
        ("no incarnation", |r| r.incarnation.clear(), Reason::Malformed),
        ("a name that is taken", |r| r.worker = "w0".to_owned(), Reason::NameTaken),
    ];
    for (sentence, spoil, reason) in rows {
        let mut bench = Bench::running();
        let mut spoilt = register(7);
        spoil(&mut spoilt);
        let outputs = bench.message(7, FromWorker::Register(spoilt));
        assert_eq!(reasons(&outputs, 7), [reason], "{sentence}");
        assert_eq!(said(&outputs, 7), ["refusal", "close"], "{sentence}");
        assert_eq!(bench.run.fleet().members().len(), 2, "{sentence}");
        let journal = bench.run.journal();
        let counted = if reason == Reason::Malformed { journal.unexpected } else { journal.refused };
        assert_eq!((counted, journal.unexpected + journal.refused), (1, 1), "{sentence}");
    }
}

#[test]
fn a_run_takes_in_no_more_workers_than_it_may() {
    let mut bench = Bench::running();
    assert_eq!(said(&bench.attach(7, 7), 7), ["welcome"]);
    assert_eq!(reasons(&bench.attach(8, 8), 8), [Reason::Full]);
}

#[test]
fn a_worker_is_welcomed_with_the_number_of_the_delta_that_is_due() {
    let mut bench = Bench::running();
    for seq in 1..=3 {
        bench.deliver(0, 0, seq);
    }
    bench.input(Input::Disconnected(0));
    let outputs = bench.attach(7, 0);
    let [ToWorker::Welcome(welcome)] = sent(&outputs, 7)[..] else { panic!("{outputs:?}") };
    assert_eq!((welcome.next_seq, welcome.ordinal), (4, 0));
    assert_eq!((welcome.heartbeat_ms, welcome.lease_ms), (1000, 5000));
    assert_eq!(welcome.run, RUN);
}

#[test]
fn the_same_process_on_another_connection_supersedes_the_first_which_is_closed() {
    let mut bench = Bench::running();
    let outputs = bench.attach(7, 0);
    assert_eq!(
        (said(&outputs, 0), reasons(&outputs, 0)),
        (vec!["refusal", "close"], vec![Reason::Superseded])
    );
    assert_eq!(said(&outputs, 7), ["welcome"]);
    bench.input(Input::Disconnected(0));
    assert_eq!(bench.run.fleet().by_link(7), Some(0), "the end of the first does not touch the second");
}

#[test]
fn what_still_comes_on_a_superseded_connection_is_no_strangers() {
    let mut bench = Bench::running();
    bench.attach(7, 0);
    assert!(bench.deliver(0, 0, 1).is_empty(), "it is sent again on the new one");
    assert!(bench.beat(0, 5, 0).is_empty());
    assert_eq!((bench.run.journal().unexpected, bench.run.ledger().totals.run.all().count()), (0, 0));
    assert_eq!(said(&bench.deliver(7, 0, 1), 7), ["ack"]);
    assert_eq!(bench.run.ledger().totals.run.all().count(), 1);
}

#[test]
fn a_connection_that_speaks_out_of_turn_is_refused_and_counted() {
    let rows: [(&str, FromWorker); 5] = [
        ("a heartbeat before the register", FromWorker::Heartbeat(wire::Heartbeat::default())),
        ("a delta before the register", FromWorker::Delta(delta(0, 1))),
        ("a leave before the register", FromWorker::Leave(wire::Leave {})),
        ("a drained before the register", FromWorker::Drained(wire::Drained { last_seq: 1 })),
        ("a second register", FromWorker::Register(register(0))),
    ];
    for (sentence, message) in rows {
        let mut bench = Bench::running();
        let link = if matches!(message, FromWorker::Register(_)) { 0 } else { 99 };
        let outputs = bench.message(link, message);
        assert_eq!(said(&outputs, link), ["refusal", "close"], "{sentence}");
        assert_eq!(bench.run.journal().unexpected, 1, "{sentence}");
        assert_eq!(bench.run.ledger().totals.run.all().count(), 0, "{sentence}");
        assert_eq!(bench.run.fleet().by_link(link), None, "{sentence}");
    }
}

#[test]
fn a_message_without_a_word_ends_its_connection() {
    let mut bench = Bench::running();
    let empty = Box::new(wire::WorkerMessage { kind: None });
    assert_eq!(said(&bench.input(Input::Message(1, empty)), 1), ["refusal", "close"]);
    assert_eq!((bench.run.journal().unexpected, bench.run.fleet().by_link(1)), (1, None));
}

#[test]
fn every_delta_is_answered_with_how_far_the_worker_is_merged() {
    let mut bench = Bench::running();
    for (sentence, seq, acked) in [
        ("the first counts", 1, 1),
        ("a duplicate does not", 1, 1),
        ("one beyond a gap is not merged", 3, 1),
        ("the next counts", 2, 2),
    ] {
        let outputs = bench.deliver(0, 0, seq);
        assert_eq!(sent(&outputs, 0), [&ToWorker::Ack(wire::Ack { seq: acked })], "{sentence}");
    }
}

#[test]
fn a_delta_of_another_run_or_process_is_counted_as_strange() {
    let mut bench = Bench::running();
    bench.message(0, FromWorker::Delta(wire::Delta { run: vec![9; 16], ..delta(0, 1) }));
    bench.message(0, FromWorker::Delta(delta(1, 1)));
    assert_eq!((bench.run.journal().unexpected, bench.run.ledger().totals.run.all().count()), (2, 0));
}

#[test]
fn a_worker_that_was_lost_and_is_heard_of_again_has_been_away() {
    let mut bench = Bench::running();
    for second in 1..=6 {
        bench.pass(Duration::from_secs(second).min(Duration::from_millis(4_900)));
        bench.beat(1, second, 0);
    }
    bench.now = Duration::from_millis(5_050);
    bench.tick();
    assert_eq!(bench.state(0), MemberState::Lost);
    bench.beat(0, 9, 0);
    assert_eq!(bench.state(0), MemberState::Active);
    let events: Vec<&Event> = bench.run.journal().events().iter().map(|(_, event)| event).collect();
    let lost = Event::Lost { worker: 0, covered: Duration::ZERO, users: 2 };
    assert_eq!(events[2..], [&lost, &Event::Attached { worker: 0, again: true }]);
}
