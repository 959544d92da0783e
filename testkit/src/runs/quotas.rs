//! What workers were asked to run, and what they said they ran, read from what passed a [`Relay`].

use std::collections::BTreeMap;
use std::time::Duration;

use common::class::{CLASSES, PerClass};
use common::protocol as wire;
use common::protocol::controller_message::Kind as FromController;
use common::protocol::worker_message::Kind as FromWorker;
use common::quota::{ScheduledUser, UserRange, expand};

use super::relay::{Relay, Word};

/// The quotas of each worker in the order of their run clock: (run clock, users).
#[derive(Debug)]
pub struct Quotas(BTreeMap<String, Vec<(u64, Vec<ScheduledUser>)>>);

impl Quotas {
    /// Those that have passed the relay.
    pub fn of(relay: &Relay) -> Quotas {
        let mut quotas = BTreeMap::<String, Vec<_>>::new();
        for seen in relay.seen() {
            if let Word::Down(FromController::Quota(quota)) = seen.word
                && let Some(run_us) = quota.run_us
            {
                quotas.entry(seen.worker).or_default().push((run_us, slots(&quota)));
            }
        }
        Quotas(quotas)
    }

    /// The users of each class that a worker is to run at a moment of the run clock, by the last
    /// quota it had then.
    pub fn mix(&self, worker: &str, at: Duration) -> PerClass<u32> {
        let at_us = at.as_micros() as u64;
        let last = self.0[worker].iter().rev().find(|(run_us, _)| *run_us <= at_us);
        let mut mix = [0; CLASSES];
        for slot in last.map(|(_, slots)| slots).into_iter().flatten() {
            let runs = slot.start_at_us <= at_us && slot.stop_at_us.is_none_or(|stop| at_us < stop);
            mix[slot.class.index()] += u32::from(runs);
        }
        mix
    }
}

/// What a worker said it was running at the end of each of its intervals.
pub fn running(relay: &Relay, worker: &str) -> Vec<(Duration, PerClass<u32>)> {
    let mine = relay.seen().into_iter().filter(|seen| seen.worker == worker);
    let deltas = mine.filter_map(|seen| match seen.word {
        Word::Up(FromWorker::Delta(delta)) => Some(delta),
        _ => None,
    });
    deltas
        .map(|delta| {
            let mut mix = [0; CLASSES];
            for users in &delta.users {
                mix[users.class as usize] = users.running;
            }
            (Duration::from_micros(delta.to_us), mix)
        })
        .collect()
}

fn slots(quota: &wire::Quota) -> Vec<ScheduledUser> {
    let ranges = quota.users.iter().map(UserRange::try_from).collect::<Result<Vec<_>, _>>().unwrap();
    expand(&ranges, 10_000).unwrap()
}
