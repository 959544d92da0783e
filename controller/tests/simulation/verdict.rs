//! What must hold of the totals once a run is over.

use hub::fleet::MemberState;
use hub::run::Event;

use super::users::Measured;
use super::worker::{Fate, Worker};
use super::world::World;

/// Compares the ledger with what the workers measured.
pub fn judge(world: &mut World) {
    if let Err(wrong) = totals(world).and_then(|()| every_worker(world)).and_then(|()| strangers(world)) {
        world.audit.violated(|| wrong);
    }
}

/// The ledger holds what the deltas up to each account's number said, each once, and the seconds add
/// up to it.
fn totals(world: &World) -> Result<(), String> {
    let mut expected = Measured::default();
    for worker in &world.workers {
        for measured in worker.sent.iter().take(merged(world, worker)) {
            expected += *measured;
        }
    }
    let all = world.run.ledger().totals.run.all();
    let total = Measured { requests: all.latency.count(), cut: all.cut, bytes: all.bytes };
    if total != expected {
        return Err(format!("the totals are {total:?}, the workers measured {expected:?}"));
    }
    let accounts = &world.run.ledger().accounts;
    let requests: u64 = accounts.iter().map(|account| account.requests).sum();
    if requests != expected.requests + expected.cut {
        return Err(format!("the accounts have {requests} requests, the workers measured {expected:?}"));
    }
    match world.history.sum == total {
        true => Ok(()),
        false => Err(format!("the seconds add up to {:?}, the totals are {total:?}", world.history.sum)),
    }
}

/// How many deltas of a worker are merged.
fn merged(world: &World, worker: &Worker) -> usize {
    let account = ordinal(world, worker).and_then(|member| world.run.ledger().accounts.get(member));
    account.map_or(0, |account| account.next_seq as usize - 1)
}

fn ordinal(world: &World, worker: &Worker) -> Option<usize> {
    world.run.fleet().members().iter().position(|member| member.identity.incarnation == worker.incarnation)
}

fn every_worker(world: &World) -> Result<(), String> {
    world.workers.iter().try_for_each(|worker| {
        delivered(world, worker).map_err(|wrong| format!("process {}: {wrong}", worker.setup.number))
    })
}

/// A worker that was let go has lost nothing, and of one that lost anything the report says so.
fn delivered(world: &World, worker: &Worker) -> Result<(), String> {
    let (Some(ordinal), Some(job)) = (ordinal(world, worker), &worker.job) else { return Ok(()) };
    let mut counted = Measured::default();
    worker.sent.iter().take(merged(world, worker)).for_each(|sent| counted += *sent);
    let mut measured = job.kept;
    measured += job.users.measured;
    let everything = counted == measured;
    let member = &world.run.fleet().members()[ordinal];
    let done = matches!(member.state, MemberState::Finished | MemberState::Left);
    let named = world.run.journal().events().iter().any(|(_, event)| match event {
        Event::Lost { worker, .. } | Event::Unfinished { worker } => *worker == ordinal,
        _ => false,
    });
    if !everything && (done || worker.fate == Fate::Left) {
        return Err(format!("{:?} with something undelivered: {counted:?} of {measured:?}", member.state));
    }
    if !everything && !named {
        return Err(format!("something is lost and nothing says so: {counted:?} of {measured:?}"));
    }
    let refused = world.run.ledger().accounts.get(ordinal).map(|account| &account.refused);
    match refused.filter(|refused| !refused.is_empty()) {
        Some(refused) => Err(format!("an honest worker was refused: {refused:?}")),
        None => Ok(()),
    }
}

/// Nobody but workers took part.
fn strangers(world: &World) -> Result<(), String> {
    match world.run.journal().unexpected {
        0 => Ok(()),
        strange => Err(format!("{strange} messages of honest workers were called strange")),
    }
}
