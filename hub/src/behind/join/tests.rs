use std::collections::HashSet;

use super::*;
use common::ask::AskEnd;
use common::stats::Percentile;
use proptest::prelude::*;

const RUN: [u8; 16] = [7; 16];

fn trace(number: u64) -> TraceId {
    TraceId::odd(u128::from(TraceId::mark_of(RUN)) << 96 | u128::from(number) << 1)
}

/// A question whose first token came 1 s after the model's, and its end 2 s after.
fn ask(number: u64) -> Ask {
    Ask {
        trace: Some(trace(number)),
        nonce: Some(number as u32),
        endpoint: 6,
        stage: 1,
        end: AskEnd::Answered,
        first_us: Some(1_200_000),
        output_us: Some(900_000),
        took_us: 3_000_000,
    }
}

fn served(number: u64, seq: u64) -> Served {
    Served {
        seq,
        trace: Some(trace(number)),
        nonce: Some(number as u32),
        received_us: 5_000_000,
        first_us: Some(5_200_000),
        last_us: Some(5_900_000),
        ended_us: 6_000_000,
    }
}

fn page(served: &[Served]) -> ServedPage {
    ServedPage { served: served.to_vec(), ..ServedPage::default() }
}

fn p50(share: &super::super::Share) -> [Option<u64>; 3] {
    [&share.seen, &share.model, &share.application].map(|one| one.percentile(Percentile::P50))
}

#[test]
fn the_applications_share_is_what_the_model_did_not_take() {
    let mut join = Join::of(RUN);
    join.page(&page(&[served(1, 1)]));
    join.ask(Duration::from_secs(10), ask(1));
    join.settle(Duration::from_secs(11));
    assert_eq!(join.counts().asked, 0, "a request may be told later");
    join.settle(Duration::from_secs(12));
    let shares = &join.shares()[&(1, 6)];
    let near = |found: [Option<u64>; 3], wanted: [u64; 3]| {
        for (found, wanted) in found.into_iter().zip(wanted) {
            assert!(found.unwrap().abs_diff(wanted) <= wanted / 1000, "{found:?} {wanted}");
        }
    };
    near(p50(&shares.first), [1_200_000, 200_000, 1_000_000]);
    near(p50(&shares.output), [900_000, 700_000, 200_000]);
    near(p50(&shares.whole), [3_000_000, 1_000_000, 2_000_000]);
}

#[test]
fn without_a_trace_of_ours_the_nonce_joins() {
    let mut join = Join::of(RUN);
    let own = Served { trace: TraceId::new(77), ..served(1, 1) };
    let none = Served { trace: None, ..served(2, 2) };
    let stranger = Served { trace: None, nonce: None, ..served(3, 3) };
    join.page(&page(&[own, none, stranger]));
    (1..=3).for_each(|number| join.ask(Duration::ZERO, ask(number)));
    join.settle_all();
    let counts = join.counts();
    assert_eq!((counts.by_trace, counts.by_nonce, counts.nameless), (0, 2, 1));
    assert_eq!((counts.asked, counts.served, counts.served_joined, join.waiting()), (3, 3, 2, 0));
}

#[test]
fn what_failed_is_joined_and_has_no_times() {
    let mut join = Join::of(RUN);
    join.page(&page(&[served(1, 1), served(1, 2)]));
    join.ask(Duration::ZERO, Ask { end: AskEnd::Failed, ..ask(1) });
    join.settle_all();
    let shares = &join.shares()[&(1, 6)];
    assert_eq!((shares.asked, shares.joined, shares.served, shares.whole.seen.count()), (1, 1, 2, 0));
    assert_eq!(join.counts().several, 1);
}

#[test]
fn a_model_that_began_anew_is_read_from_its_first_number() {
    let mut join = Join::of(RUN);
    join.page(&page(&[served(1, 1)]));
    join.page(&page(&[served(1, 1)]));
    assert_eq!(join.counts().served, 1);
    join.begin_anew();
    join.page(&page(&[served(2, 1)]));
    assert_eq!(join.counts().served, 2);
}

#[test]
fn both_sides_are_bounded_and_what_has_no_room_is_counted() {
    let mut join = Join::of(RUN);
    for number in 1..=(MOST_SERVED as u64 + 3) {
        join.page(&page(&[served(number, number)]));
        join.ask(Duration::ZERO, ask(number + 1_000_000));
    }
    assert_eq!((join.waiting(), join.counts().served_dropped), (MOST_SERVED as u64, 3));
    assert_eq!((join.asks.len(), join.counts().asks_dropped), (MOST_ASKS, 3));
}

proptest! {
    /// In whatever order both sides tell, however often, and whatever is missing on either.
    #[test]
    fn every_one_counts_once_whatever_the_order(
        events in proptest::collection::vec((1..30u64, 0..4u8), 0..120).prop_shuffle(),
        repeats in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        // 0: the question, 1: a request with our trace, 2: one with the nonce alone, 3: one of nobody.
        let mut asked = HashSet::new();
        let mut all = Vec::new();
        let mut join = Join::of(RUN);
        let mut requests: BTreeMap<u64, u64> = BTreeMap::new();
        let (mut seq, mut nameless) = (0, 0);
        for (number, kind) in events {
            let one = match kind {
                0 => {
                    if asked.insert(number) {
                        join.ask(Duration::ZERO, ask(number));
                    }
                    continue;
                }
                1 => served(number, seq + 1),
                2 => Served { trace: None, ..served(number, seq + 1) },
                _ => Served { trace: None, nonce: None, ..served(number, seq + 1) },
            };
            seq += 1;
            match kind {
                3 => nameless += 1,
                _ => *requests.entry(number).or_default() += 1,
            }
            all.push(one);
            join.page(&page(&[one]));
            if let Some(again) = repeats.get(all.len() % 20) {
                join.page(&page(&[*again.get(&all)]));
            }
        }
        join.settle_all();
        let counts = join.counts();
        let joined = asked.iter().filter(|number| requests.contains_key(number)).count() as u64;
        let served_joined: u64 = requests.iter().filter(|(number, _)| asked.contains(number)).map(|(_, n)| n).sum();
        let sum: u64 = requests.values().sum();
        prop_assert_eq!((counts.asked, counts.by_trace + counts.by_nonce), (asked.len() as u64, joined));
        prop_assert_eq!((counts.served, counts.served_joined, counts.nameless), (seq, served_joined, nameless));
        prop_assert_eq!(join.waiting(), sum - served_joined);
        let totals = join.shares().values().fold((0, 0, 0), |(asked, joined, served), shares| {
            (asked + shares.asked, joined + shares.joined, served + shares.served)
        });
        prop_assert_eq!(totals, (counts.asked, joined, served_joined));
    }
}
