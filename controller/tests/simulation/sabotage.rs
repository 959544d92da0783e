//! Builds broken on purpose: what the simulation must notice. The product has no switch for any of
//! it; a fault is put in from outside, at the model worker or on the way of a message.

use common::protocol as wire;
use common::protocol::controller_message::Kind as ToWorker;
use common::protocol::worker_message::Kind as ToController;

/// Which faults are put in. None: the product as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sabotage {
    /// A worker runs on when its lease ends.
    pub worker_ignores_its_lease: bool,
    /// The controller waits for a lease shorter than the one it granted: it takes no notice of the
    /// last 90 %.
    pub controller_cuts_leases_short: bool,
    /// The controller merges a delta as often as it comes, whatever its number.
    pub controller_merges_again: bool,
    /// A worker does not send again what was not acked when a connection ended.
    pub worker_forgets_unacked: bool,
    /// A worker confirms a quota as soon as it has read it, before its users have ended.
    pub worker_confirms_at_once: bool,
    /// A worker that leaves lets its users finish, although its lease ends meanwhile.
    pub worker_leaves_without_lease: bool,
    /// Users that wake with a frozen worker do not look at its lease before they send.
    pub users_ignore_the_lease: bool,
    /// A worker says that it has drained while its last interval is still being gathered.
    pub worker_drains_too_soon: bool,
}

impl Sabotage {
    /// Changes what the controller is about to hear. `due`: the number it waits for.
    pub fn on_the_way_up(self, kind: &mut ToController, due: u64) {
        match kind {
            ToController::Delta(delta) if self.controller_merges_again => delta.seq = due,
            _ => {}
        }
    }

    /// Changes what the controller has just said.
    pub fn on_the_way_down(self, kind: &mut ToWorker) {
        match kind {
            ToWorker::Quota(wire::Quota { lease_ms, .. }) if self.controller_cuts_leases_short => {
                *lease_ms *= 10
            }
            // It does not say either which deltas it has: what was merged and not acked comes again.
            ToWorker::Welcome(welcome) if self.controller_merges_again => welcome.next_seq = 1,
            _ => {}
        }
    }
}
