//! What became of the arrivals of an open load.

use hub::merge::ArrivalTally;
use hub::run::{Phase, Run};
use report::rows::ArrivalRow;

/// The row of the run so far; none for a load of users that stay.
pub fn row(run: &Run) -> Option<ArrivalRow> {
    let nobody = run.dealer()?.nobody();
    let mut sum = ArrivalTally::default();
    run.ledger().accounts.iter().for_each(|account| sum.add(&account.arrivals));
    let lost = (0..run.fleet().members().len()).map(|worker| lost_with(run, worker)).sum();
    let ArrivalTally { started, dropped, late, .. } = sum;
    let missed = sum.missed + nobody;
    let due = started + dropped + missed + lost;
    Some(ArrivalRow { due, started, late, dropped, missed, lost })
}

/// Arrivals that were handed to a worker of which nothing more will be heard, and of which it did not say what became.
pub fn lost_with(run: &Run, worker: usize) -> u64 {
    let Some(member) = run.fleet().members().get(worker) else { return 0 };
    if member.is_present() && !matches!(run.phase(), Phase::Over(_)) {
        return 0;
    }
    let known = run.ledger().accounts.get(worker).map_or(0, |account| account.arrivals.known());
    run.dealer().map_or(0, |dealer| dealer.handed(worker).saturating_sub(known))
}
