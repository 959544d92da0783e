//! The workers of a run, as rows.

use std::ops::Range;
use std::time::Duration;

use common::stats::Percentile;

use crate::fleet::{Member, MemberState};
use crate::merge::Account;
use crate::run::{Phase, Run};
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
    let mut gaps = account.gaps.clone();
    gaps.extend(lost_until.filter(|until| *until > account.covered).map(|until| account.covered..until));
    WorkerRow {
        name: member.identity.name.clone(),
        host: member.identity.host.clone(),
        version: member.identity.version.clone(),
        cores: u64::from(member.identity.cores),
        state: state(member.state, over),
        users_peak: u64::from(account.peak_users),
        requests: account.requests,
        failures: account.failures,
        reopened: account.reopened,
        cpu_peak: f64::from(account.cpu_peak) / 1000.0,
        memory_peak: account.memory_peak,
        timers_late: share(account.timers_late, account.timers),
        lateness_p99_ms: ms(account.lateness.percentile(Percentile::P99).unwrap_or_default()),
        lateness_max_ms: ms(account.lateness.max().unwrap_or_default()),
        shared_stamps: share(
            account.lateness.count().saturating_sub(account.own_stamps),
            account.lateness.count(),
        ),
        time_lost: f64::from(account.load.lost_permille) / 1000.0,
        clock_offset_ms: member.clock.map(|clock| clock.offset_us as f64 / 1000.0),
        clock_uncertainty_ms: member.clock.map(|clock| ms(clock.uncertainty_us)),
        deltas: account.merged,
        duplicates: account.duplicates,
        refused: account.refused.values().sum(),
        lost_spans: gaps.iter().map(span).collect(),
        last_delta_s: (account.merged > 0).then(|| (account.covered.as_secs_f64() * 1000.0).round() / 1000.0),
    }
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
