//! The seconds: whatever is late, they add up to the totals.

use super::*;

/// Requests of each second closed so far, and whatever is still open closed after it.
fn close_all(ledger: &mut Ledger) -> Vec<u64> {
    let mut counts = Vec::new();
    while ledger.seconds.next() < ledger.seconds.end() {
        counts.push(ledger.seconds.close().1.all.count());
    }
    counts
}

#[test]
fn a_delta_counts_in_the_second_in_which_its_interval_ends() {
    let mut ledger = Ledger::new(RUN);
    merge(&mut ledger, wire::Delta { from_us: 0, to_us: 3_000_000, ..delta(1) }).unwrap();
    merge(&mut ledger, wire::Delta { from_us: 3_000_000, to_us: 3_000_001, ..delta(2) }).unwrap();
    assert_eq!(close_all(&mut ledger), [0, 0, 5, 5]);
}

#[test]
fn a_late_delta_counts_in_the_oldest_second_that_is_open() {
    let mut ledger = ledger_of(1);
    let numbers: Vec<u64> = (0..3).map(|_| ledger.seconds.close().0).collect();
    assert_eq!(numbers, [0, 1, 2]);
    merge(&mut ledger, delta(2)).unwrap();
    assert_eq!(ledger.seconds.late(), 1);
    let (second, open) = ledger.seconds.close();
    assert_eq!((second, open.all.count()), (3, 5));
}

/// Looks are states: what is late says nothing of the second in which it counts.
#[test]
fn streams_seen_at_once_are_not_added_up_over_time() {
    let seen = |seq: u64| wire::Delta { open: vec![12; 10], producing: vec![10; 10], ..delta(seq) };
    let mut ledger = Ledger::new(RUN);
    merge(&mut ledger, seen(1)).unwrap();
    let mut peaks = vec![ledger.seconds.close().1.concurrency.producing[0]];
    for _ in 0..2 {
        peaks.push(ledger.seconds.close().1.concurrency.producing[0]); // seconds 1 and 2 are not heard of
    }
    for seq in 2..=4 {
        merge(&mut ledger, seen(seq)).unwrap(); // and come with the next one
    }
    let (second, open) = ledger.seconds.close();
    peaks.push(open.concurrency.producing[0]);
    assert_eq!((second, open.all.count(), open.concurrency.open[9]), (3, 15, 12));
    assert_eq!(peaks, [10, 0, 0, 10]);
}

#[test]
fn the_seconds_add_up_to_the_totals_whenever_they_are_closed() {
    let mut ledger = Ledger::new(RUN);
    let mut sum = 0;
    for seq in 1..=20 {
        merge(&mut ledger, delta(seq)).unwrap();
        if seq % 3 == 0 {
            sum += (0..4).map(|_| ledger.seconds.close().1.all.count()).sum::<u64>();
        }
    }
    sum += close_all(&mut ledger).iter().sum::<u64>();
    assert_eq!(sum, ledger.totals.run.all().count());
    assert_eq!(sum, 100);
}

#[test]
fn users_and_streams_of_all_workers_are_those_at_the_seconds_end() {
    let mut ledger = ledger_of(1);
    let other = wire::Delta { incarnation: vec![3; 16], ..delta(1) };
    ledger.merge(1, &[3; 16], "v", other, LATE).unwrap();
    let (_, open) = ledger.seconds.close();
    assert_eq!((open.running(), open.stopping(), open.in_progress(), open.workers()), (8, 2, 6, 2));
    assert_eq!((open.tokens, open.ttft.count(), open.icl.count()), (18, 2, 0));
}

#[test]
fn a_second_of_which_nothing_was_heard_is_empty() {
    let (second, open) = Seconds::default().close();
    assert_eq!((second, open.all.count(), open.workers(), open.running()), (0, 0, 0, 0));
}

#[test]
fn impossible_numbers_of_users_do_not_overflow_a_second() {
    let mut ledger = Ledger::new(RUN);
    for worker in 0..200 {
        let users = (0..3).map(|class| wire::UserCount { class, running: 10_000_000, stopping: 0, peak: 0 });
        let incarnation = [worker as u8; 16];
        let crowd = wire::Delta { users: users.collect(), incarnation: incarnation.to_vec(), ..delta(1) };
        ledger.merge(worker, &incarnation, "w", crowd, LATE).unwrap();
    }
    assert_eq!(ledger.seconds.close().1.running(), u32::MAX);
}

#[test]
fn a_second_holds_what_came_in_it() {
    let mut ledger = Ledger::new(RUN);
    let looks = [4, 7, 7, 6, 7, 0, 1, 2, 3, 4];
    let mut said = delta(1);
    (said.open, said.producing) = (vec![9; 10], looks.to_vec());
    let streams = said.stages[0].streams.as_mut().unwrap();
    let icl = wire::MetricPart { metric: Metric::Icl as u32, samples: samples(&[5, 6, 9]), uncertain: None };
    streams.metrics.push(icl);
    merge(&mut ledger, said).unwrap();
    let (_, open) = ledger.seconds.close();
    let second = open.evidence(12);
    assert_eq!((second.users, second.stopping, second.target, open.peak()), (4, 1, 12, 5));
    assert_eq!((second.requests, second.failed, second.begun), (5, 1, 2));
    assert_eq!((second.first_tokens, second.ttft_us, second.chunks, second.gaps_us), (1, 900, 8, 20));
    assert_eq!((second.producing_peak, second.looks_at_peak), (7, 3));
}
