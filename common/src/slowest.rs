//! The slowest requests of a run, the few that a person wants to look at.

use std::collections::BTreeMap;

use crate::trace::TraceId;

/// How many are kept of each kind and endpoint.
pub const SLOWEST: usize = 10;

/// What took long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlowPart {
    /// The first visible text of a stream.
    FirstText,
    /// The whole answer.
    Answer,
}

/// One good request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowRequest {
    /// How long it took, microseconds.
    pub took_us: u64,
    /// When it was sent, microseconds of whoever's clock holds it.
    pub at_us: u64,
    /// Number of its segment.
    pub stage: u32,
    /// The user, as the service sees it.
    pub user: u64,
    /// Its trace, if it carried one.
    pub trace: Option<TraceId>,
}

/// The slowest requests by endpoint and part, the slowest first; of equal ones the earliest. Adding up parts in any
/// order makes the list of the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slowest(BTreeMap<(u32, SlowPart), Vec<SlowRequest>>);

impl Slowest {
    /// Adds a request of an endpoint, if it is among the slowest.
    pub fn add(&mut self, endpoint: u32, part: SlowPart, request: SlowRequest) {
        let list = self.0.entry((endpoint, part)).or_default();
        let place = list.partition_point(|one| one.order() < request.order());
        if place < SLOWEST {
            list.insert(place, request);
            list.truncate(SLOWEST);
        }
    }

    /// Adds others.
    pub fn merge(&mut self, others: &Slowest) {
        for (endpoint, part, request) in others.iter() {
            self.add(endpoint, part, *request);
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them: endpoint by endpoint, the slowest first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, SlowPart, &SlowRequest)> {
        self.0.iter().flat_map(|((endpoint, part), list)| list.iter().map(|one| (*endpoint, *part, one)))
    }
}

impl SlowRequest {
    fn order(&self) -> impl Ord + use<> {
        (std::cmp::Reverse(self.took_us), self.at_us, self.user, self.stage, self.trace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_in_any_order_make_the_list_of_the_whole(
            requests in proptest::collection::vec((0..3u32, any::<bool>(), 0..50u64, 0..9u64), 0..200),
            cuts in proptest::collection::vec(0..4usize, 200),
        ) {
            let mut whole = Slowest::default();
            let mut parts = vec![Slowest::default(); 4];
            for ((endpoint, whole_answer, took_us, at_us), cut) in requests.iter().copied().zip(cuts) {
                let part = if whole_answer { SlowPart::Answer } else { SlowPart::FirstText };
                let request = SlowRequest { took_us, at_us, stage: 0, user: at_us, trace: None };
                whole.add(endpoint, part, request);
                parts[cut].add(endpoint, part, request);
            }
            for order in [[0, 1, 2, 3], [3, 1, 0, 2]] {
                let mut sum = Slowest::default();
                order.iter().for_each(|place| sum.merge(&parts[*place]));
                prop_assert_eq!(&sum, &whole);
            }
            for list in whole.0.values() {
                prop_assert!(list.len() <= SLOWEST && list.is_sorted_by_key(|one| std::cmp::Reverse(one.took_us)));
            }
        }
    }
}
