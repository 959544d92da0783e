//! How a run comes to its end: the last delta of each worker, the last second.

use std::time::Duration;

use common::protocol as wire;
use common::protocol::controller_message::Kind as ToWorker;

use super::{Event, Output, Phase, Run, SECOND_GRACE};
use crate::fleet::{LinkId, MemberState};
use crate::merge::TAIL;

/// One row.
const SECOND: Duration = Duration::from_secs(1);

impl Run {
    /// A worker that has drained, and whose every delta is merged, is done.
    pub(super) fn try_finish(&mut self, now: Duration, worker: usize) {
        let member = &self.fleet.members()[worker];
        let (state, link) = (member.state, member.link);
        let delivered = member.last_seq.is_some_and(|last| self.ledger.account(worker).next_seq > last);
        let asked = state == MemberState::Leaving || matches!(self.phase, Phase::Draining { .. });
        if !(delivered && asked && state != MemberState::Finished && state != MemberState::Left) {
            return;
        }
        self.fleet.finish(worker);
        self.ledger.forget_in_progress(worker);
        if state == MemberState::Leaving {
            self.journal.note(self.clock(now).unwrap_or_default(), Event::Left { worker });
        }
        if let Some(link) = link {
            self.fleet.detach(link);
            self.superseded.insert(link); // what is still on its way from there says nothing new
            match state {
                MemberState::Leaving => self.let_go(link),
                // It stays until all have drained: what runs containers may stop all when the first ends.
                _ => self.parting.push(link),
            }
        }
        if let Phase::Draining { until, .. } = self.phase {
            self.drain(now, until);
        }
    }

    /// Says goodbye to a worker that has delivered everything.
    fn let_go(&mut self, link: LinkId) {
        let message = "everything was delivered".to_owned();
        self.send(link, ToWorker::Farewell(wire::Farewell { message }));
        self.outputs.push(Output::Close(link));
    }

    /// The run is over once no worker is left to wait for, or the waiting has taken too long.
    pub(super) fn drain(&mut self, now: Duration, until: Duration) {
        let Phase::Draining { end, .. } = self.phase else { return };
        let waited_for: Vec<usize> = (0..self.fleet.members().len())
            .filter(|worker| self.fleet.members()[*worker].is_present())
            .collect();
        if !waited_for.is_empty() && now < until {
            return;
        }
        for worker in waited_for {
            self.journal.note(self.clock(now).unwrap_or_default(), Event::Unfinished { worker });
        }
        for link in std::mem::take(&mut self.parting) {
            self.let_go(link);
        }
        let links: Vec<_> = self.fleet.members().iter().filter_map(|member| member.link).collect();
        for link in links {
            let message = "the run is over".to_owned();
            self.send(link, ToWorker::Farewell(wire::Farewell { message }));
            self.outputs.push(Output::Close(link));
        }
        (0..self.fleet.members().len()).for_each(|worker| self.ledger.forget_in_progress(worker));
        self.ledger.sum_in_progress();
        self.phase = Phase::Over(end);
    }

    /// Closes the seconds that every worker has reported, or that have waited long enough; once the run is `over`,
    /// all of them.
    pub(super) fn close_seconds(&mut self, now: Duration, over: bool) {
        let Some(clock) = self.clock(now) else { return };
        loop {
            let second = self.ledger.seconds.next();
            let end = Duration::from_secs(second + 1);
            let complete = || {
                let accounts = &self.ledger.accounts;
                let present =
                    self.fleet.members().iter().enumerate().filter(|(_, member)| member.is_present());
                present.into_iter().all(|(worker, _)| {
                    // The last delta of a draining worker ends in the middle of a second.
                    accounts.get(worker).is_some_and(|account| account.covered >= end)
                })
            };
            // The run's last second is not whole before what ends just after it.
            let ended = self.ended.and_then(|ended| self.clock(ended));
            let is_last = ended.is_some_and(|ended| (ended..ended + SECOND).contains(&end));
            let end = if is_last { end + TAIL } else { end };
            let due = match over {
                true => second < self.ledger.seconds.end(),
                false => clock >= end && (complete() || clock >= end + SECOND_GRACE),
            };
            if !due {
                return;
            }
            let (second, mut open) = self.ledger.seconds.close();
            let mut target = self.target_at(Duration::from_secs(second + 1));
            if self.dealer.is_some() {
                // Nobody asks for a number of users: as many are there as come and have not left.
                open.arrivals.get_or_insert_default();
                target = open.running();
            }
            self.evidence.push(open.evidence(target));
            self.outputs.push(Output::Second(second, Box::new(open), target));
        }
    }

    /// The users that the shape wanted at a moment of the run clock; none after an early stop.
    fn target_at(&self, clock: Duration) -> u32 {
        let ended = self.ended.and_then(|ended| self.clock(ended));
        match ended.is_some_and(|ended| clock > ended) {
            true => 0,
            false => self.timeline.shape().target(clock).map_or(0, |target| target.users),
        }
    }
}
