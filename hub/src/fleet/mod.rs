//! The workers: who is attached, what each may run, until when.
//!
//! Pure: time comes in as a parameter (the monotonic time since the controller started), messages
//! go out as values. So every rule here is tested without a network or a clock.

mod dealer;
mod lease;
mod member;
mod quota;
mod schedule;
#[cfg(test)]
mod tests;

use std::time::Duration;

use common::protocol as wire;
use common::quota::{Holding, place};

pub use dealer::Dealer;
pub use lease::LeaseTiming;
pub use member::{LinkId, Member, MemberState, WorkerIdentity};
pub(crate) use quota::QuotaMoment;
pub(crate) use schedule::{Horizon, Schedule};
pub use schedule::{classes_of, peaks_of};

use member::ClockEstimate;
use quota::quota;

/// Worker processes over a whole run beyond those that may be attached at a time. Each is a row of the
/// report for good, and a restart needs one; a peer that makes up names must not have them without end.
const SUCCESSORS: usize = 10_000;

/// Why a worker is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// A name is in use.
    #[error("a worker called `{0}` is attached already; give this one another --name")]
    NameTaken(String),
    /// No room.
    #[error("this controller holds its {0} workers already; raise --max-workers there")]
    Full(usize),
}

/// What attaching changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The member's place in the report, from 0.
    pub ordinal: usize,
    /// An older connection of the same process, to be closed.
    pub superseded: Option<LinkId>,
}

/// All workers of a run, in the order in which they came.
#[derive(Debug)]
pub struct Fleet {
    members: Vec<Member>,
    lease: LeaseTiming,
    limit: usize,
}

impl Fleet {
    /// A fleet that takes in at most `limit` workers at a time.
    pub fn new(lease: LeaseTiming, limit: usize) -> Fleet {
        Fleet { members: Vec::new(), lease, limit }
    }

    /// The timing of leases.
    pub fn lease(&self) -> LeaseTiming {
        self.lease
    }

    /// Every worker process there was, in the order in which they came.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The worker attached by `link`.
    pub fn by_link(&self, link: LinkId) -> Option<usize> {
        self.members.iter().position(|member| member.link == Some(link))
    }

    /// How many workers could be given users now.
    pub fn eligible(&self) -> usize {
        self.members.iter().filter(|member| member.is_eligible()).count()
    }

    /// The workers that were heard of lately, as a worker is that nothing ails: what is handed to one that is gone, and
    /// not known to be, is lost.
    pub fn heard_lately(&self, now: Duration) -> Vec<usize> {
        let lately = self.lease.heartbeat * 2;
        let is_heard = |member: &Member| member.is_eligible() && now.saturating_sub(member.heard) <= lately;
        (0..self.members.len()).filter(|ordinal| is_heard(&self.members[*ordinal])).collect()
    }

    /// A worker registers on `link`.
    ///
    /// # Errors
    /// Another process holds the name, or the fleet is full.
    pub fn attach(
        &mut self,
        now: Duration,
        link: LinkId,
        identity: WorkerIdentity,
    ) -> Result<Attachment, AttachError> {
        let known = |member: &&mut Member| member.identity.incarnation == identity.incarnation;
        if let Some(member) = self.members.iter_mut().find(known) {
            let superseded = member.link.replace(link);
            member.heard = now;
            if !member.is_present() {
                member.come_back();
            }
            let ordinal = self.ordinal(identity.incarnation);
            return Ok(Attachment { ordinal, superseded });
        }
        let namesake = |member: &Member| member.identity.name == identity.name && member.link.is_some();
        if self.members.iter().any(namesake) {
            return Err(AttachError::NameTaken(identity.name));
        }
        let present = self.members.iter().filter(|member| member.is_present()).count();
        if present >= self.limit || self.members.len() >= self.limit.saturating_add(SUCCESSORS) {
            return Err(AttachError::Full(self.limit));
        }
        self.members.push(Member::new(identity, link, now));
        Ok(Attachment { ordinal: self.members.len() - 1, superseded: None })
    }

    fn ordinal(&self, incarnation: [u8; 16]) -> usize {
        self.members.iter().position(|member| member.identity.incarnation == incarnation).unwrap_or(0)
    }

    /// The connection ended. The worker's lease runs on.
    pub fn detach(&mut self, link: LinkId) -> Option<usize> {
        let ordinal = self.by_link(link)?;
        self.members[ordinal].link = None;
        Some(ordinal)
    }

    /// A worker was heard of: its lease is renewed, and what it confirms may be given away.
    pub fn heartbeat(&mut self, now: Duration, ordinal: usize, heartbeat: &wire::Heartbeat) {
        let held_until = self.lease.held_until(now);
        let member = &mut self.members[ordinal];
        if member.state == MemberState::Lost {
            member.come_back();
        }
        member.echo_us = Some(heartbeat.sent_at_us);
        member.held_until = held_until;
        member.heard = now;
        if heartbeat.round_trip_us > 0 {
            let uncertainty_us = heartbeat.round_trip_us.div_ceil(2);
            member.clock = Some(ClockEstimate { offset_us: heartbeat.clock_offset_us, uncertainty_us });
        }
        member.confirm(heartbeat.applied_epoch);
    }

    /// A worker hands its users over before it leaves.
    pub fn leave(&mut self, ordinal: usize) {
        let member = &mut self.members[ordinal];
        member.state = MemberState::Leaving;
        member.leaving = true;
        member.hand(Holding::default());
        member.dirty = true;
    }

    /// A worker has no user left, and this was the number of its last delta.
    pub fn drained(&mut self, ordinal: usize, last_seq: u64) {
        let member = &mut self.members[ordinal];
        member.hand(Holding::default());
        member.releasing.clear();
        member.last_seq = Some(last_seq);
    }

    /// A worker has delivered everything.
    pub fn finish(&mut self, ordinal: usize) {
        let member = &mut self.members[ordinal];
        member.state = match member.state {
            MemberState::Leaving => MemberState::Left,
            _ => MemberState::Finished,
        };
        member.expire();
    }

    /// Declares workers lost whose lease has ended; names them.
    pub fn expire(&mut self, now: Duration) -> Vec<usize> {
        let mut lost = Vec::new();
        for (ordinal, member) in self.members.iter_mut().enumerate() {
            // A worker that never sent a heartbeat holds nothing; it counts as lost once it is gone.
            let over = now >= member.held_until && (member.echo_us.is_some() || member.link.is_none());
            if member.is_present() && over {
                member.state = MemberState::Lost;
                member.expire();
                lost.push(ordinal);
            }
        }
        lost
    }

    /// Spreads the users of `schedule` over the workers with least movement.
    pub fn place(&mut self, schedule: &Schedule) {
        let blocked = self.blocked();
        let eligible: Vec<usize> =
            (0..self.members.len()).filter(|ordinal| self.members[*ordinal].is_eligible()).collect();
        let holdings: Vec<Holding> =
            eligible.iter().map(|ordinal| self.members[*ordinal].holding.clone()).collect();
        let placed = place(&schedule.places, &holdings, &blocked);
        for (ordinal, holding) in eligible.into_iter().zip(placed) {
            self.members[ordinal].hand(holding);
        }
    }

    /// Users that may be running somewhere although nobody's quota in force says so.
    fn blocked(&self) -> Holding {
        let mut blocked = Holding::default();
        for member in &self.members {
            let own = (!member.is_eligible()).then_some(&member.holding);
            for holding in own.into_iter().chain(member.unconfirmed()) {
                blocked.add(holding);
            }
        }
        blocked
    }

    /// Takes every user away: the run drains.
    pub fn clear(&mut self) {
        for member in &mut self.members {
            member.hand(Holding::default());
            member.dirty = false;
        }
    }

    /// The workers whose quota changed since it was last sent.
    pub fn changed(&self) -> Vec<usize> {
        let changed = |ordinal: &usize| {
            let member = &self.members[*ordinal];
            member.dirty && member.link.is_some() && member.echo_us.is_some()
        };
        (0..self.members.len()).filter(changed).collect()
    }

    /// The quota of one worker, to be sent to it now.
    pub fn quota(&mut self, ordinal: usize, schedule: &Schedule, moment: &QuotaMoment) -> wire::Quota {
        quota(&mut self.members[ordinal], schedule, moment)
    }
}
