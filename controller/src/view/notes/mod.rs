//! What a reader must know before relying on the numbers: one file for each family of notes.

mod arrivals;
mod course;
mod generator;
mod observers;
mod request_log;
mod samples;
mod streams;
#[cfg(test)]
mod tests;
mod workers;

use hub::run::Run;
use report::rows::{Note, NoteKind, Severity, WorkerRow};

pub(super) use generator::shape_seconds;

/// The notes on `run` as it stands.
pub fn notes(run: &Run, rows: &[WorkerRow]) -> Vec<Note> {
    let mut notes = Vec::new();
    notes.extend(course::ending(run));
    notes.extend(course::start(run));
    notes.extend(course::changes(run));
    notes.extend(workers::lost(run, rows));
    notes.extend(workers::refused(run, rows));
    notes.extend(workers::registrations(run));
    notes.extend(workers::rejections(run));
    notes.extend(generator::below_target(run));
    notes.extend(generator::late(run));
    notes.extend(arrivals::not_offered(run));
    notes.extend(arrivals::late(run));
    notes.extend(samples::clamped(run));
    notes.extend(samples::bursts(run));
    notes.extend(samples::empty_answers(run));
    notes.extend(streams::text_after_end(run));
    notes.extend(streams::left_open(run));
    notes.extend(streams::token_counts(run));
    notes.extend(streams::shortened(run));
    notes.extend(streams::cached(run));
    notes.extend(request_log::incomplete(run, rows));
    notes.extend(samples::cut(run));
    notes.extend(streams::abandoned(run));
    notes.extend(samples::coalesced(run));
    notes.extend(observers::observers(run));
    notes.extend(course::no_requests(run));
    notes
}

/// The kinds of notes that weaken the run, each once, by name.
pub fn degraded(notes: &[Note]) -> Vec<NoteKind> {
    let grave = notes.iter().filter(|note| note.severity > Severity::Info);
    let mut kinds: Vec<NoteKind> = grave.map(|note| note.kind.clone()).collect();
    kinds.sort_by(|a, b| a.name().cmp(b.name()));
    kinds.dedup();
    kinds
}
