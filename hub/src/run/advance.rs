//! What the run does as time passes: start, ramp, end.

use std::time::Duration;

use common::micros::millis;
use common::protocol as wire;
use common::protocol::controller_message::Kind as ToWorker;

use super::{Ending, Event, HORIZON, Phase, Run, TICK};
use crate::fleet::{Horizon, Member, QuotaMoment, Schedule};
use common::segment::Segment;
use verdict::Canary;
use verdict::observed::Look;
use verdict::search::NextStep;

/// So long nothing must have been left of a trace to end its replay.
const REPLAYED: Duration = Duration::from_secs(2);

impl Run {
    pub(super) fn on_tick(&mut self, now: Duration) {
        self.expire(now);
        self.ledger.sum_in_progress();
        match self.phase {
            Phase::Waiting => {}
            Phase::Gathering { since } => self.gather(now, since),
            Phase::Running => self.run(now),
            Phase::Draining { until, .. } => self.drain(now, until),
            Phase::Over(_) => {}
        }
        self.close_seconds(now, matches!(self.phase, Phase::Over(_)));
    }

    fn expire(&mut self, now: Duration) {
        let held: Vec<u64> = self.fleet.members().iter().map(|member| member.holding.total()).collect();
        for worker in self.fleet.expire(now) {
            self.ledger.forget_in_progress(worker);
            if let Some(dealer) = &mut self.dealer {
                dealer.forget(worker);
            }
            let account = self.ledger.account(worker);
            if !self.fleet.members()[worker].served && account.merged == 0 {
                self.journal.vanished += 1; // nothing of it is missing anywhere
                continue;
            }
            let covered = account.covered;
            let at = self.clock(now).unwrap_or_default();
            self.journal.note(at, Event::Lost { worker, covered, users: held[worker] });
            let name = &self.fleet.members()[worker].identity.name;
            // The note that people see follows from the journal.
            tracing::info!(worker = name, "lost: not heard of until its lease ended");
        }
    }

    fn gather(&mut self, now: Duration, since: Duration) {
        if self.fleet.eligible() >= self.settings.expect_workers.max(1) {
            self.started = Some(now);
            self.phase = Phase::Running;
            self.run(now);
        } else if self.settings.expect_max_wait.is_some_and(|wait| now >= since + wait) {
            self.begin_drain(now, now, Ending::NoWorkers);
        }
    }

    pub(super) fn run(&mut self, now: Duration) {
        let clock = self.clock(now).unwrap_or_default();
        self.climb(clock);
        self.end_replay(clock);
        if self.timeline.shape().target(clock).is_none() {
            // Its own end, not the tick that found it: users have stopped then.
            let late = self.timeline.end().map_or(Duration::ZERO, |end| clock.saturating_sub(end));
            return self.begin_drain(now, now.saturating_sub(late), Ending::Completed);
        }
        // A quota sent until the next tick holds for less than a lease, and must name
        // every stop until then.
        let horizon = Horizon { starts: HORIZON, stops: HORIZON.max(self.settings.lease.duration) + TICK };
        self.schedule = Schedule::of(self.timeline.shape(), clock, horizon);
        self.scheduled = now;
        self.fleet.place(&self.schedule);
        if let Some(dealer) = &mut self.dealer {
            dealer.deal(clock, &self.fleet.heard_lately(now));
        }
        let due = match self.schedule.is_steady() && self.dealer.is_none() {
            true => self.fleet.changed(),
            false => (0..self.fleet.members().len()).collect(),
        };
        self.send_quotas(now, &due);
    }

    /// Ends a replay once all of its trace is asked and everybody has left: what a worker says of that is a second old,
    /// so it must have said so twice.
    fn end_replay(&mut self, clock: Duration) {
        let Some(dealer) = self.dealer.as_ref().filter(|dealer| dealer.is_done()) else { return };
        let members = self.fleet.members().iter().enumerate().filter(|(_, member)| member.is_present());
        let is_over = |(worker, _): (usize, &Member)| {
            self.ledger.accounts.get(worker).is_some_and(|account| {
                let users = account.last.map_or(0, |pulse| pulse.users);
                users == 0 && account.arrivals.known() >= dealer.handed(worker)
            }) || dealer.handed(worker) == 0
        };
        let is_over = members.into_iter().all(is_over);
        self.replayed = self.replayed.or(Some(clock)).filter(|_| is_over);
        if self.replayed.is_some_and(|since| clock >= since + REPLAYED) {
            self.timeline.cut(clock);
        }
    }

    /// Lets the search for a limit go on.
    fn climb(&mut self, clock: Duration) {
        let Some(mut search) = self.search.take() else { return };
        match search.step(&self.timeline, self.sources(), clock) {
            Some(NextStep::Next { at, stage, settle }) => {
                self.timeline.go_on(at, stage, settle);
                self.ledger.grow(self.timeline.segments());
                if let (Some(dealer), Some(path)) = (&mut self.dealer, self.timeline.shape().rate_path()) {
                    dealer.go_along(path);
                }
            }
            Some(NextStep::End { at }) => self.timeline.cut(at),
            None => {}
        }
        self.search = Some(search);
    }

    pub(super) fn on_canary(&mut self, now: Duration, age: Duration, latency: Option<Duration>) {
        if let (Phase::Running, Some(clock)) = (self.phase, self.clock(now)) {
            let at = clock.saturating_sub(age);
            self.evidence.canary(Canary { at, latency });
        }
    }

    /// What is seen before the load began is no part of the run.
    pub(super) fn on_observed(&mut self, now: Duration, age: Duration, look: Look) {
        if let (Phase::Running | Phase::Draining { .. }, Some(clock)) = (self.phase, self.clock(now))
            && let Some(at) = clock.checked_sub(age)
        {
            self.evidence.look(at, look);
        }
    }

    /// Sends these workers their quota, as it is now.
    pub(super) fn send_quotas(&mut self, now: Duration, workers: &[usize]) {
        let clock = self.clock(now);
        // A segment is sent ahead of its start, so that no request is counted in the one before.
        let (segment, segment_from) = clock
            .map_or((Segment { stage: 0, measured: false }, Duration::ZERO), |clock| {
                self.timeline.segment_at(clock + HORIZON)
            });
        let lease = self.settings.lease.duration;
        let moment = QuotaMoment { run: clock, segment, segment_from, lease };
        for worker in workers {
            let member = &self.fleet.members()[*worker];
            if let (Some(link), Some(_)) = (member.link, member.echo_us) {
                let mut quota = self.fleet.quota(*worker, &self.schedule, &moment);
                quota.arrivals = self.dealer.as_ref().map(|dealer| dealer.open(*worker)).unwrap_or_default();
                self.send(link, ToWorker::Quota(quota));
            }
        }
    }

    pub(super) fn on_stop(&mut self, now: Duration) {
        if let Phase::Waiting | Phase::Gathering { .. } | Phase::Running = self.phase {
            self.journal.note(self.clock(now).unwrap_or_default(), Event::Stopped);
            self.begin_drain(now, now, Ending::Interrupted);
        }
    }

    /// The shape ended at `ended`.
    fn begin_drain(&mut self, now: Duration, ended: Duration, end: Ending) {
        self.ended = Some(ended);
        if let Some(ended) = self.clock(ended) {
            self.ledger.seconds.run_ended(ended);
        }
        // A worker needs its lease to notice a stop it did not hear of, and a moment to deliver.
        let until = now + self.settings.stop_timeout + self.settings.lease.held_until(Duration::ZERO);
        self.phase = Phase::Draining { until, end };
        self.schedule = Schedule::default();
        self.fleet.clear();
        let links: Vec<_> = self.fleet.members().iter().filter_map(|member| member.link).collect();
        for link in links {
            self.send(link, ToWorker::Drain(wire::Drain { timeout_ms: millis(self.settings.stop_timeout) }));
        }
        self.drain(now, until);
    }
}
