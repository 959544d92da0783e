//! One worker process as the controller knows it.

use std::collections::BTreeMap;
use std::time::Duration;

use common::quota::Holding;

/// Number of a connection; never used twice.
pub type LinkId = u64;

/// Where a worker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// Attached, or its lease still runs.
    Active,
    /// Asked to leave and is handing its users over.
    Leaving,
    /// Left on its own account with nothing outstanding.
    Left,
    /// Not heard of until its lease ended.
    Lost,
    /// Finished with the run.
    Finished,
}

/// Who a worker says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerIdentity {
    /// Name, unique among the workers attached.
    pub name: String,
    /// This process.
    pub incarnation: [u8; 16],
    /// Its release.
    pub version: String,
    /// Its machine.
    pub host: String,
    /// Its load threads.
    pub cores: u32,
}

/// How a worker's clock stands to the run clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockEstimate {
    /// Run clock minus its clock, microseconds.
    pub offset_us: i64,
    /// Half its smallest round trip, microseconds.
    pub uncertainty_us: u64,
}

/// One worker process. A restarted worker is another member of the same name.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who it says it is.
    pub identity: WorkerIdentity,
    /// Where it stands.
    pub state: MemberState,
    /// The connection it is attached by.
    pub link: Option<LinkId>,
    /// The users that its last quota gives it.
    pub holding: Holding,
    /// Users that the quota of an epoch took away, until it confirms that they have ended.
    pub(super) releasing: BTreeMap<u64, Holding>,
    /// Epoch of its last quota.
    pub epoch: u64,
    /// Clock of its last heartbeat; none yet: it cannot be given a lease.
    pub echo_us: Option<u64>,
    /// Until when it may be running users (controller clock).
    pub held_until: Duration,
    /// When it was last heard of (controller clock).
    pub heard: Duration,
    /// How its clock stands to the run clock, as it reports it.
    pub clock: Option<ClockEstimate>,
    /// The number of its last delta, once it has drained.
    pub last_seq: Option<u64>,
    /// Whether it was asked to leave; it will run no user any more, whatever happens to its lease.
    pub(super) leaving: bool,
    /// Whether it was ever given a user.
    pub served: bool,
    /// Whether a quota must go out although none was asked for.
    pub(super) dirty: bool,
}

impl Member {
    pub(super) fn new(identity: WorkerIdentity, link: LinkId, now: Duration) -> Member {
        Member {
            identity,
            state: MemberState::Active,
            link: Some(link),
            holding: Holding::default(),
            releasing: BTreeMap::new(),
            epoch: 0,
            echo_us: None,
            held_until: now,
            heard: now,
            clock: None,
            last_seq: None,
            leaving: false,
            served: false,
            dirty: false,
        }
    }

    /// Whether it may be given users now.
    pub(super) fn is_eligible(&self) -> bool {
        self.state == MemberState::Active && self.link.is_some() && self.echo_us.is_some()
    }

    /// Whether it may still be running users or owes deltas that can be waited for.
    pub fn is_present(&self) -> bool {
        matches!(self.state, MemberState::Active | MemberState::Leaving)
    }

    /// It was lost, or let go, and is heard of again.
    pub(super) fn come_back(&mut self) {
        self.state = if self.leaving { MemberState::Leaving } else { MemberState::Active };
    }

    /// Gives it another holding; what it loses is blocked until it confirms the end of it.
    pub(super) fn hand(&mut self, holding: Holding) {
        if holding == self.holding {
            return;
        }
        let released = self.holding.minus(&holding);
        if !released.is_empty() {
            self.releasing.entry(self.epoch + 1).or_default().add(&released);
        }
        self.served |= !holding.is_empty();
        self.holding = holding;
        self.dirty = true;
    }

    /// Every user that an epoch up to `epoch` took away has ended. An epoch that it has not been sent
    /// cannot be confirmed, so the word of one that says so counts for nothing.
    pub(super) fn confirm(&mut self, epoch: u64) {
        if epoch <= self.epoch {
            self.releasing = self.releasing.split_off(&(epoch + 1));
        }
    }

    /// Its lease ended: whatever it ran has ended.
    pub(super) fn expire(&mut self) {
        self.holding = Holding::default();
        self.releasing.clear();
        self.dirty = false;
        self.echo_us = None;
    }

    /// All users that it may be running although its quota does not say so.
    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = &Holding> {
        self.releasing.values()
    }

    /// Whether every stop it was asked for is confirmed.
    pub fn is_settled(&self) -> bool {
        self.releasing.is_empty()
    }
}
