//! Workers that were lost or refused, and what is not a worker at all.

use crate::view::arrivals::lost_with;
use common::text::number::counted;
use hub::merge::Account;
use hub::rejections::RejectionReason;
use hub::run::{Event, Run};
use report::rows::{Note, NoteKind, WorkerRow, WorkerState};

/// So many workers whose deltas were refused are named one by one.
const REFUSED_NAMED: usize = 10;

fn handed_on(users: u64) -> String {
    format!("its {} {} moved", counted(users, "user"), if users == 1 { "was" } else { "were" })
}

pub(super) fn lost<'a>(run: &'a Run, workers: &'a [WorkerRow]) -> impl Iterator<Item = Note> + 'a {
    run.journal().events().iter().filter_map(|(at, event)| match event {
        Event::Lost { worker, covered, users } => {
            let row = workers.get(*worker)?;
            let (from, to) = (covered.as_secs_f64(), at.as_secs_f64());
            let share = match run.dealer() {
                None => format!("its {}", counted(*users, "user")),
                Some(_) => "the users that arrived there".to_owned(),
            };
            let moved = match run.dealer() {
                None => "They were moved to the other workers".to_owned(),
                Some(_) => format!(
                    "What became of {} that were handed to it is not known either, and none was moved",
                    counted(lost_with(run, *worker), "arrival")
                ),
            };
            let away = match run.dealer() {
                None => handed_on(*users),
                Some(_) => "who was to arrive there meanwhile did not come".to_owned(),
            };
            let back = row.state != WorkerState::Lost && row.state != WorkerState::Missing;
            Some(if back {
                Note::new(
                    NoteKind::WorkerAway,
                    format!(
                        "Worker {} was not heard of until second {to:.1}; {away} and it \
                         came back later. What it measured meanwhile is in the report; check the network \
                         between it and the controller.",
                        row.name
                    ),
                )
            } else {
                Note::new(
                    NoteKind::WorkerLost,
                    format!(
                        "Worker {} was lost at second {to:.1}: what {share} did after second {from:.1} is not in the \
                         report. {moved}; look into its log for the reason.",
                        row.name
                    ),
                )
            })
        }
        Event::Unfinished { worker } => Some(Note::new(
            NoteKind::WorkerUnfinished,
            format!(
                "Worker {} did not deliver its last results within the stop timeout; raise --stop-timeout.",
                workers.get(*worker)?.name
            ),
        )),
        _ => None,
    })
}

/// Deltas that did not count, worker by worker as long as that can be read.
pub(super) fn refused(run: &Run, workers: &[WorkerRow]) -> Vec<Note> {
    let account = |(account, row)| -> Option<(String, u64)> {
        let (account, row): (&Account, &WorkerRow) = (account, row);
        let reasons: Vec<String> =
            account.refused.iter().map(|(why, count)| format!("{count} because {why}")).collect();
        let count = account.refused_deltas();
        (count > 0).then(|| {
            let were = if count == 1 { "was" } else { "were" };
            let deltas = counted(count, "delta");
            (format!("{deltas} of worker {} {were} refused ({})", row.name, reasons.join(", ")), count)
        })
    };
    let all: Vec<(String, u64)> = run.ledger().accounts.iter().zip(workers).filter_map(account).collect();
    let (named, rest) = all.split_at(all.len().min(REFUSED_NAMED));
    let mut texts: Vec<String> = named.iter().map(|(text, _)| text.clone()).collect();
    if !rest.is_empty() {
        let count: u64 = rest.iter().map(|(_, count)| count).sum();
        texts.push(format!("{count} deltas of {} further workers were refused", rest.len()));
    }
    let note =
        |text| Note::new(NoteKind::DeltaRefused, format!("{text}; install the same release everywhere."));
    texts.into_iter().map(note).collect()
}

/// Workers that never took part.
pub(super) fn registrations(run: &Run) -> Option<Note> {
    let (refused, vanished) = (run.journal().refused, run.journal().vanished);
    (refused + vanished > 0).then(|| {
        Note::new(
            NoteKind::Registrations,
            format!(
                "{refused} registrations of workers were refused and {vanished} workers were gone before they ran a \
                 user; nothing of them is missing here. Look into their logs."
            ),
        )
    })
}

/// What came to the controller's port and is not a worker of this run.
pub(super) fn rejections(run: &Run) -> Option<Note> {
    let connections = RejectionReason::ALL.iter().zip(run.journal().rejections);
    let messages = (run.journal().unexpected, "messages that no worker of this run sends".to_owned());
    let seen: Vec<String> = connections
        .map(|(reason, count)| (count, format!("connections {}", reason.words())))
        .chain([messages])
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!seen.is_empty()).then(|| {
        Note::new(
            NoteKind::Strangers,
            format!(
                "Something that is no worker of this run spoke to the controller's port; it was turned away and \
                 changed nothing ({}). Keep the port to your own network.",
                seen.join(", ")
            ),
        )
    })
}
