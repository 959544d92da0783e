//! The slowest requests of one core since the run began, of which each interval tells the new ones.

use common::api::{OPERATIONS, Operation};
use common::slowest::{SLOWEST, SlowPart, SlowRequest, Slowest};

use super::Begun;

/// A request that is no slower than the slowest so far costs one comparison.
#[derive(Debug, Default)]
pub(super) struct SlowestSoFar {
    first_text: [Longest; OPERATIONS],
    answer: [Longest; OPERATIONS],
    /// Not told yet.
    new: Slowest,
}

/// The longest times of one part of one endpoint.
#[derive(Debug, Clone, Copy, Default)]
struct Longest {
    /// Ascending from the shortest of them.
    times: [u64; SLOWEST],
}

impl Longest {
    fn take(&mut self, took_us: u64) {
        let end = self.times.partition_point(|time| *time < took_us);
        self.times.copy_within(1..end, 0);
        self.times[end - 1] = took_us;
    }
}

impl SlowestSoFar {
    /// Whether so long a time is among the longest.
    #[inline]
    pub(super) fn may_take(&self, operation: Operation, part: SlowPart, took_us: u64) -> bool {
        let all = match part {
            SlowPart::FirstText => &self.first_text,
            SlowPart::Answer => &self.answer,
        };
        took_us > all[operation.index()].times[0]
    }

    /// Takes a request that is.
    pub(super) fn take(
        &mut self,
        operation: Operation,
        part: SlowPart,
        begun: Begun,
        at_us: u64,
        took_us: u64,
    ) {
        let all = match part {
            SlowPart::FirstText => &mut self.first_text,
            SlowPart::Answer => &mut self.answer,
        };
        all[operation.index()].take(took_us);
        let asker = begun.asker();
        let request =
            SlowRequest { took_us, at_us, stage: begun.stage(), user: asker.user, trace: asker.trace };
        self.new.add(operation.number(), part, request);
    }

    /// Takes those that were not told before.
    pub(super) fn drain(&mut self) -> Slowest {
        std::mem::take(&mut self.new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::CoreRecorder;
    use proptest::prelude::*;
    use std::time::Instant;

    proptest! {
        #[test]
        fn what_is_told_second_by_second_holds_the_slowest_of_all(
            seconds in proptest::collection::vec(proptest::collection::vec(1..200u64, 0..40), 0..8),
        ) {
            let mut recorder = CoreRecorder::new(Instant::now());
            let begun = recorder.begin(Operation::ListThreads, Instant::now());
            let (mut so_far, mut told, mut whole) = (SlowestSoFar::default(), Slowest::default(), Slowest::default());
            let (mut at_us, mut lines) = (0, 0);
            for second in &seconds {
                for took_us in second {
                    at_us += 1;
                    let request = SlowRequest { took_us: *took_us, at_us, stage: 0, user: 0, trace: None };
                    whole.add(Operation::ListThreads.number(), SlowPart::Answer, request);
                    if so_far.may_take(Operation::ListThreads, SlowPart::Answer, *took_us) {
                        so_far.take(Operation::ListThreads, SlowPart::Answer, begun, at_us, *took_us);
                    }
                }
                let new = so_far.drain();
                lines += new.iter().count();
                told.merge(&new);
            }
            prop_assert_eq!(told, whole);
            prop_assert!(lines <= seconds.len() * SLOWEST);
        }
    }
}
