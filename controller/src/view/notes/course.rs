//! How the run came to its load, what was changed by hand, and how it ended.

use std::time::Duration;

use hub::control::ControlRequest;
use hub::run::{Ending, Event, Phase, Run};
use report::rows::{Note, NoteKind};

/// So many changes are named one by one.
const CHANGES_NAMED: usize = 10;

pub(super) fn ending(run: &Run) -> Option<Note> {
    match run.phase() {
        Phase::Over(Ending::NoWorkers) => Some(Note::new(
            NoteKind::NoWorkers,
            format!(
                "The run never started: not all expected workers ({}) attached in time; start them with `worker \
                 --controller HOST:PORT`, or wait longer with --expect-workers-max-wait.",
                run.settings().expect_workers.max(1)
            ),
        )),
        Phase::Over(Ending::Interrupted) if run.clock(Duration::ZERO).is_none() => Some(Note::new(
            NoteKind::Interrupted,
            "The run was stopped before its load began; nothing was measured.",
        )),
        Phase::Over(Ending::Interrupted) => Some(Note::new(
            NoteKind::Interrupted,
            "The run was stopped before its shape ended; the figures cover the time until then.",
        )),
        _ => None,
    }
}

/// How a run that waited came to its load.
pub(super) fn start(run: &Run) -> Option<Note> {
    run.journal().events().iter().find_map(|(_, event)| match event {
        Event::Requested(request @ ControlRequest::Start(_)) => {
            let text = format!("The run waited for somebody to start it, and was {}.", request.did());
            Some(Note::new(NoteKind::Started, text))
        }
        _ => None,
    })
}

/// What was asked of the run while it went on; the stages show what came of it.
pub(super) fn changes(run: &Run) -> Option<Note> {
    let changes = run.journal().events().iter().filter_map(|(at, event)| match event {
        Event::Requested(ControlRequest::Start(_)) => None,
        Event::Requested(request) => Some(format!("{} at second {:.1}", request.did(), at.as_secs_f64())),
        _ => None,
    });
    let mut changes: Vec<String> = changes.collect();
    let further = changes.len().saturating_sub(CHANGES_NAMED);
    changes.truncate(CHANGES_NAMED);
    if further > 0 {
        changes.push(format!("and changed {further} times more"));
    }
    (!changes.is_empty()).then(|| {
        let text = format!("By hand the run was {}; the stages show what that changed.", changes.join(", "));
        Note::new(NoteKind::Steered, text)
    })
}

pub(super) fn no_requests(run: &Run) -> Option<Note> {
    let nothing = run.ledger().totals.run.all().count() == 0;
    matches!(run.phase(), Phase::Over(Ending::Completed)).then_some(()).filter(|()| nothing).map(|()| {
        Note::new(
            NoteKind::NoRequests,
            "Not a single request was sent; check the shape's users and the workers' logs.",
        )
    })
}
