//! What a reader must know before relying on the numbers.

use std::time::Duration;

use common::stats::{Metric, Unit};

use super::History;
use crate::control::Order;
use crate::merge::Account;
use crate::rejections::TurnedAway;
use crate::run::{End, Event, Phase, Run};
use report::rows::{Note, SecondRow, Severity, WorkerRow, WorkerState};

/// Timers later than this share of the median latency weaken it.
const LATE_SHARE: f64 = 0.01;
/// So many timers make a share of them: one of a handful is chance, and the first meet a starting process.
const LATE_OF: u64 = 100;
/// A second counts as below target when more than this share of the users is missing.
const MISSING_SHARE: f64 = 0.05;
/// So many seconds with a full core are worth a sentence; a single one is chance.
const FULL_SECONDS: u64 = 3;
/// So many seconds in a row below target are worth a sentence; a ramp or a re-homing takes fewer.
const MISSING_SECONDS: usize = 3;

/// So many orders are named one by one.
const ORDERS_TOLD: usize = 10;
/// So many workers whose deltas were refused are named one by one.
const REFUSED_TOLD: usize = 10;

/// The notes on `run` as it stands at `now`.
pub fn notes(run: &Run, history: &History, workers: &[WorkerRow]) -> Vec<Note> {
    let mut notes = Vec::new();
    notes.extend(ending(run));
    notes.extend(start(run));
    notes.extend(orders(run));
    notes.extend(lost(run, workers));
    notes.extend(refused(run, workers));
    notes.extend(registrations(run));
    notes.extend(strangers(run));
    notes.extend(below_target(run, history));
    notes.extend(cpu(run));
    notes.extend(late_timers(run));
    notes.extend(clamped(run));
    notes.extend(bursts(run));
    notes.extend(cut(run));
    notes.extend(coalesced(run));
    notes.extend(no_requests(run));
    notes
}

/// The kinds of notes that make a run unfit for a verdict.
pub fn degraded(notes: &[Note]) -> Vec<String> {
    let mut kinds: Vec<String> =
        notes.iter().filter(|note| note.severity > Severity::Info).map(|note| note.kind.clone()).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

fn ending(run: &Run) -> Option<Note> {
    match run.phase() {
        Phase::Over(End::NoWorkers) => Some(Note::new(
            "no_workers",
            Severity::Error,
            format!(
                "The run never started: not all expected workers ({}) attached in time; start them with `worker \
                 --controller HOST:PORT`, or wait longer with --expect-workers-max-wait.",
                run.settings().expect_workers.max(1)
            ),
        )),
        Phase::Over(End::Interrupted) if run.clock(Duration::ZERO).is_none() => Some(Note::new(
            "interrupted",
            Severity::Info,
            "The run was stopped before its load began; nothing was measured.",
        )),
        Phase::Over(End::Interrupted) => Some(Note::new(
            "interrupted",
            Severity::Info,
            "The run was stopped before its shape ended; the figures cover the time until then.",
        )),
        _ => None,
    }
}

/// How a run that waited came to its load.
fn start(run: &Run) -> Option<Note> {
    run.journal().events().iter().find_map(|(_, event)| match event {
        Event::Ordered(order @ Order::Start(_)) => {
            let text = format!("The run waited for somebody to start it, and was {}.", order.did());
            Some(Note::new("started", Severity::Info, text))
        }
        _ => None,
    })
}

/// What was asked of the run while it went on; the stages show what came of it.
fn orders(run: &Run) -> Option<Note> {
    let told = run.journal().events().iter().filter_map(|(at, event)| match event {
        Event::Ordered(Order::Start(_)) => None,
        Event::Ordered(order) => Some(format!("{} at second {:.1}", order.did(), at.as_secs_f64())),
        _ => None,
    });
    let mut told: Vec<String> = told.collect();
    let further = told.len().saturating_sub(ORDERS_TOLD);
    told.truncate(ORDERS_TOLD);
    if further > 0 {
        told.push(format!("and changed {further} times more"));
    }
    (!told.is_empty()).then(|| {
        let text = format!("By hand the run was {}; the stages tell what that changed.", told.join(", "));
        Note::new("steered", Severity::Info, text)
    })
}

fn lost<'a>(run: &'a Run, workers: &'a [WorkerRow]) -> impl Iterator<Item = Note> + 'a {
    run.journal().events().iter().filter_map(|(at, event)| match event {
        Event::Lost { worker, covered, users } => {
            let row = workers.get(*worker)?;
            let (from, to) = (covered.as_secs_f64(), at.as_secs_f64());
            let back = row.state != WorkerState::Lost && row.state != WorkerState::Missing;
            Some(if back {
                Note::new(
                    "worker_away",
                    Severity::Warning,
                    format!(
                        "Worker {} was not heard of until second {to:.1}; its {users} users were moved and it \
                         came back later. What it measured meanwhile is in the report; check the network \
                         between it and the controller.",
                        row.name
                    ),
                )
            } else {
                Note::new(
                    "worker_lost",
                    Severity::Warning,
                    format!(
                        "Worker {} was lost at second {to:.1}: what its {users} users did after second \
                         {from:.1} is not in the report. They were moved to the other workers; look into its \
                         log for the reason.",
                        row.name
                    ),
                )
            })
        }
        Event::Unfinished { worker } => Some(Note::new(
            "worker_unfinished",
            Severity::Warning,
            format!(
                "Worker {} did not deliver its last results within the stop timeout; raise --stop-timeout.",
                workers.get(*worker)?.name
            ),
        )),
        _ => None,
    })
}

/// Deltas that did not count, worker by worker as long as that can be read.
fn refused(run: &Run, workers: &[WorkerRow]) -> Vec<Note> {
    let account = |(account, row)| -> Option<(String, u64)> {
        let (account, row): (&Account, &WorkerRow) = (account, row);
        let reasons: Vec<String> =
            account.refused.iter().map(|(why, count)| format!("{count} because {why}")).collect();
        let count = account.refused_deltas();
        (count > 0).then(|| {
            (format!("{count} deltas of worker {} were refused ({})", row.name, reasons.join(", ")), count)
        })
    };
    let all: Vec<(String, u64)> = run.ledger().accounts.iter().zip(workers).filter_map(account).collect();
    let (told, rest) = all.split_at(all.len().min(REFUSED_TOLD));
    let mut texts: Vec<String> = told.iter().map(|(text, _)| text.clone()).collect();
    if !rest.is_empty() {
        let count: u64 = rest.iter().map(|(_, count)| count).sum();
        texts.push(format!("{count} deltas of {} further workers were refused", rest.len()));
    }
    let note = |text| {
        Note::new("delta_refused", Severity::Warning, format!("{text}; install the same release everywhere."))
    };
    texts.into_iter().map(note).collect()
}

/// Workers that never took part.
fn registrations(run: &Run) -> Option<Note> {
    let (refused, vanished) = (run.journal().refused, run.journal().vanished);
    (refused + vanished > 0).then(|| {
        Note::new(
            "registrations",
            Severity::Info,
            format!(
                "{refused} registrations of workers were refused and {vanished} workers were gone before they ran a \
                 user; nothing of them is missing here. Look into their logs."
            ),
        )
    })
}

/// What came to the controller's port that is no worker of this run.
fn strangers(run: &Run) -> Option<Note> {
    let connections = TurnedAway::ALL.iter().zip(run.journal().turned_away);
    let messages = (run.journal().strange, "messages that no worker of this run sends".to_owned());
    let seen: Vec<String> = connections
        .map(|(reason, count)| (count, format!("connections {}", reason.words())))
        .chain([messages])
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!seen.is_empty()).then(|| {
        Note::new(
            "strangers",
            Severity::Info,
            format!(
                "Something that is no worker of this run spoke to the controller's port; it was turned away and \
                 changed nothing ({}). Keep the port to your own network.",
                seen.join(", ")
            ),
        )
    })
}

/// The longest span in which the users running stayed below the target.
fn below_target(run: &Run, history: &History) -> Option<Note> {
    let missing = |row: &SecondRow| {
        let target = row.users_target.unwrap_or(0);
        target.saturating_sub(row.users) as f64 > (target as f64 * MISSING_SHARE).max(1.0)
    };
    let shape_end = run.elapsed(Duration::MAX);
    let during = |row: &&SecondRow| Duration::from_secs(row.second + 1) <= shape_end;
    let rows: Vec<&SecondRow> = history.rows().iter().filter(during).collect();
    let spans = rows.chunk_by(|a, b| missing(a) && missing(b));
    let worst = spans.filter(|span| missing(span[0])).max_by_key(|span| span.len())?;
    (worst.len() >= MISSING_SECONDS).then(|| {
        let (from, to) = (worst[0].second, worst[worst.len() - 1].second + 1);
        let lowest = worst.iter().map(|row| row.users).min().unwrap_or(0);
        let target = worst.iter().filter_map(|row| row.users_target).max().unwrap_or(0);
        Note::new(
            "below_target",
            Severity::Warning,
            format!(
                "From second {from} to {to} fewer users ran than the shape asks for (as few as {lowest} of up to \
                 {target}); add workers, or look at what happened to them in that time."
            ),
        )
    })
}

fn each_account<'a>(run: &'a Run) -> impl Iterator<Item = (&'a str, &'a Account)> + 'a {
    let names = run.fleet().members().iter().map(|member| member.identity.name.as_str());
    names.zip(&run.ledger().accounts)
}

fn cpu(run: &Run) -> impl Iterator<Item = Note> + '_ {
    each_account(run).filter(|(_, account)| account.cpu_saturated >= FULL_SECONDS).map(|(name, account)| {
        Note::new(
            "cpu",
            Severity::Warning,
            format!(
                "Worker {name} used more than 90 % of a core in {} of its {} seconds, so its own waiting is part of \
                 the latencies; spread the users over more workers or threads.",
                account.cpu_saturated, account.merged
            ),
        )
    })
}

fn late_timers(run: &Run) -> impl Iterator<Item = Note> + '_ {
    let median =
        run.ledger().totals.run.all().latency.percentile(common::stats::Percentile::P50).unwrap_or(0);
    each_account(run).filter_map(move |(name, account)| {
        let limit = (median as f64 * LATE_SHARE).max(1_000.0);
        let p99 = account.lateness_p99_us as f64;
        let (all, late, _) = account.timers;
        (p99 > limit && all >= LATE_OF && late * 100 > all).then(|| {
            Note::new(
                "late_timers",
                Severity::Warning,
                format!(
                    "Timers of worker {name} fired up to {:.1} ms late (99 % in its worst second: {:.1} ms), which \
                     is above 1 % of the median latency of {:.1} ms; give it a less busy machine or fewer users.",
                    account.timers.2 as f64 / 1000.0,
                    p99 / 1000.0,
                    median as f64 / 1000.0
                ),
            )
        })
    })
}

fn clamped(run: &Run) -> Option<Note> {
    let clamped = run.ledger().totals.run.all().latency.clamped() + clamped_metrics(run, Unit::Microseconds);
    (clamped > 0).then(|| {
        Note::new(
            "clamped",
            Severity::Warning,
            format!(
                "{clamped} samples were longer than an hour and count as one hour in the percentiles; shorten the \
                 timeouts if that is not what you want."
            ),
        )
    })
}

/// Samples of the metrics in this unit that were too great to be told apart.
fn clamped_metrics(run: &Run, unit: Unit) -> u64 {
    let metrics = Metric::ALL.iter().filter(|metric| metric.unit() == unit);
    metrics.map(|metric| run.ledger().totals.run.streams.metrics[*metric as usize].clamped()).sum()
}

/// A whole answer in one packet has a token rate, but one that says nothing of the service.
fn bursts(run: &Run) -> Option<Note> {
    let bursts = clamped_metrics(run, Unit::MilliTokensPerSecond);
    (bursts > 0).then(|| {
        Note::new(
            "bursts",
            Severity::Info,
            format!(
                "{bursts} streamed answers arrived as good as all at once and count as 3.6 million tokens a second; \
                 read the median token rate, not its greatest value."
            ),
        )
    })
}

fn cut(run: &Run) -> Option<Note> {
    let cut = run.ledger().totals.run.all().cut;
    (cut > 0).then(|| {
        Note::new(
            "cut",
            Severity::Info,
            format!(
                "{cut} requests were still in flight when their users had to stop and were cut; they count as sent, \
                 neither as failed nor in the latencies. Raise --stop-timeout to let them finish."
            ),
        )
    })
}

fn coalesced(run: &Run) -> Option<Note> {
    let coalesced: u64 = run.ledger().accounts.iter().map(|account| account.coalesced).sum();
    let late = run.ledger().seconds.late();
    (coalesced + late > 0).then(|| {
        Note::new(
            "late_deltas",
            Severity::Info,
            format!(
                "{late} deltas came after their second was closed and {coalesced} seconds were delivered together \
                 with others; totals are exact, but single seconds of the history are shifted. Check the network \
                 between workers and controller."
            ),
        )
    })
}

fn no_requests(run: &Run) -> Option<Note> {
    let nothing = run.ledger().totals.run.all().count() == 0;
    matches!(run.phase(), Phase::Over(End::Completed)).then_some(()).filter(|()| nothing).map(|()| {
        Note::new(
            "no_requests",
            Severity::Error,
            "Not a single request was sent; check the shape's users and the workers' logs.",
        )
    })
}

#[cfg(test)]
mod tests;
