//! What the schedule of an open load wanted, and did not get.

use crate::run::Run;
use crate::view::arrivals::row;
use common::text::number::counted;
use report::rows::{Note, NoteKind};

/// Arrivals that did not come.
pub(super) fn not_offered(run: &Run) -> Option<Note> {
    let row = row(run).filter(|row| row.not_offered() > 0)?;
    let places = run.timeline().shape().peak_users();
    let reasons = [
        (row.dropped, format!("as {places} users were there, the most that --max-users allows")),
        (row.missed, "as their worker could not start anybody, or none was there".to_owned()),
        (row.lost, "as their worker was lost and did not say what became of them".to_owned()),
    ];
    let reasons = reasons.into_iter().filter(|(count, _)| *count > 0);
    let reasons: Vec<String> = reasons.map(|(count, why)| format!("{count} {why}")).collect();
    Some(Note::new(
        NoteKind::NotOffered,
        format!(
            "{} of {} did not come: {}. None was moved to another moment, so the load was lighter than the schedule \
             by these; add workers, or raise --max-users if the service is meant to hold so many.",
            row.not_offered(),
            counted(row.due, "arrival"),
            reasons.join("; ")
        ),
    ))
}

/// Arrivals that came after they were due.
pub(super) fn late(run: &Run) -> Option<Note> {
    let row = row(run).filter(|row| row.late > 0)?;
    Some(Note::new(
        NoteKind::LateArrivals,
        format!(
            "{} of {} started more than 10 ms after they were due; the times from when each was due have that in, those \
             from its start have not. Add workers, or look at what else their machines did.",
            row.late,
            counted(row.started, "arrival")
        ),
    ))
}
