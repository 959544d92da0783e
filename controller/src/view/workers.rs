//! The workers of a run, as rows.

use std::ops::Range;
use std::time::Duration;

use common::stats::Percentile;

use hub::fleet::{Member, MemberState};
use hub::merge::Account;
use hub::run::{Phase, Run};
use report::rows::{WorkerRow, WorkerState, share};

/// One row for each worker process that ever attached.
pub fn rows(run: &Run, now: Duration) -> Vec<WorkerRow> {
    let silent = Account::default();
    let over = matches!(run.phase(), Phase::Over(_));
    let accounts = |worker: usize| run.ledger().accounts.get(worker).unwrap_or(&silent);
    (0..)
        .zip(run.fleet().members())
        .map(|(worker, member)| row(member, accounts(worker), lost_until(run, worker, now), over))
        .collect()
}

/// Until when the worker's absence lasts: until the end of the run, if it is lost.
fn lost_until(run: &Run, worker: usize, now: Duration) -> Option<Duration> {
    (run.fleet().members()[worker].state == MemberState::Lost).then(|| run.elapsed(now))
}

fn row(member: &Member, account: &Account, lost_until: Option<Duration>, over: bool) -> WorkerRow {
    let ms = |us: u64| us as f64 / 1000.0;
    // Only deltas tell how a worker fares.
    let told = account.merged > 0;
    let mut gaps = account.gaps.clone();
    gaps.extend(lost_until.filter(|until| *until > account.covered).map(|until| account.covered..until));
    WorkerRow {
        name: member.identity.name.clone(),
        host: member.identity.host.clone(),
        version: member.identity.version.clone(),
        cores: Some(u64::from(member.identity.cores)),
        state: state(member.state, over),
        users_peak: told.then_some(u64::from(account.peak_users)),
        requests: account.requests,
        failures: account.failures,
        reopened: told.then_some(account.reopened),
        cpu_peak: told.then_some(f64::from(account.cpu_peak) / 1000.0),
        memory_peak: told.then_some(account.memory_peak),
        timers_late: share_if_any(account.timers_late, account.timers),
        lateness_p99_ms: account.lateness.percentile(Percentile::P99).map(ms),
        lateness_max_ms: account.lateness.max().map(ms),
        shared_stamps: share_if_any(
            account.lateness.count().saturating_sub(account.own_stamps),
            account.lateness.count(),
        ),
        time_lost: told.then_some(f64::from(account.load.lost_permille) / 1000.0),
        clock_offset_ms: member.clock.map(|clock| clock.offset_us as f64 / 1000.0),
        clock_uncertainty_ms: member.clock.map(|clock| ms(clock.uncertainty_us)),
        deltas: Some(account.merged),
        duplicates: Some(account.duplicates),
        refused: Some(account.refused.values().sum()),
        lost_spans: gaps.iter().map(span).collect(),
        last_delta_s: (account.merged > 0).then(|| (account.covered.as_secs_f64() * 1000.0).round() / 1000.0),
    }
}

/// A share of what there was; of nothing there is none.
fn share_if_any(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| share(part, whole))
}

fn state(state: MemberState, over: bool) -> WorkerState {
    match state {
        MemberState::Active | MemberState::Leaving if over => WorkerState::Lost,
        MemberState::Active | MemberState::Leaving => WorkerState::Running,
        MemberState::Left => WorkerState::Left,
        MemberState::Lost if over => WorkerState::Lost,
        MemberState::Lost => WorkerState::Missing,
        MemberState::Finished => WorkerState::Finished,
    }
}

fn span(span: &Range<Duration>) -> String {
    format!("{:.1}–{:.1} s", span.start.as_secs_f64(), span.end.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::bench::Bench;

    #[test]
    fn of_a_worker_that_told_nothing_nothing_is_known() {
        let bench = Bench::running();
        let rows = rows(&bench.run, bench.now);
        let [row, _] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((row.deltas, row.requests), (Some(0), 0));
        assert_eq!((row.users_peak, row.cpu_peak, row.memory_peak, row.time_lost), (None, None, None, None));
        assert_eq!((row.timers_late, row.lateness_max_ms, row.shared_stamps), (None, None, None));
    }
}
