//! Observers that saw less than they were to see.

use common::text::number::counted;
use hub::run::Run;
use report::rows::{Note, NoteKind};
use verdict::observed::{MOST_SERIES, Observer};

pub(super) fn observers(run: &Run) -> Vec<Note> {
    run.sources()
        .evidence
        .observed()
        .observers()
        .iter()
        .flat_map(|one| [missed(one), stray(one), left_out(one)])
        .flatten()
        .chain(model(run))
        .collect()
}

/// The model behind the service could not always be read.
fn model(run: &Run) -> Option<Note> {
    let model = run.behind()?;
    let (reads, missed) = (counted(model.read + model.missed, "read"), model.missed);
    let why = model.trouble.as_deref().unwrap_or("nobody knows why");
    (missed > 0).then(|| {
        let place = &model.place;
        let text = format!(
            "Of {reads} of the model's requests at {place} {missed} came to nothing (the last: {why}); what they would have \
             told is missing where the report says whose time users waited."
        );
        Note::new(NoteKind::Observer, text)
    })
}

fn missed(observer: &Observer) -> Option<Note> {
    if let Some(silence) = crate::view::observed::observer(observer).silence() {
        return Some(Note::new(NoteKind::Observer, silence));
    }
    let Observer { name, place, answered, missed, trouble, .. } = observer;
    let looks = counted(answered + missed, "look");
    let why = trouble.as_deref().unwrap_or("nobody knows why");
    (*missed > 0).then(|| {
        Note::new(
            NoteKind::Observer,
            format!(
                "Of {looks} by the observer {name} at {place} {missed} came to nothing (the last: {why}); its series have \
                 gaps, the figures of the load have none."
            ),
        )
    })
}

/// A logger that writes between the metrics.
fn stray(observer: &Observer) -> Option<Note> {
    let Observer { name, place, answered, stray_looks, stray, .. } = observer;
    let (lines, answers) = (counted(stray.count, "line"), counted(*answered, "answer"));
    let first = stray.first.as_deref().unwrap_or_default();
    (stray.count > 0).then(|| {
        let are = if stray.count == 1 { "is no metric and was" } else { "are no metrics and were" };
        let text = format!(
            "In {stray_looks} of {answers} to the observer {name} at {place} {lines} {are} skipped (the first: `{first}`); the \
             others were read. Let its exporter log elsewhere than onto its page."
        );
        Note::new(NoteKind::Observer, text)
    })
}

fn left_out(observer: &Observer) -> Option<Note> {
    (observer.left_out > 0).then(|| {
        Note::new(
            NoteKind::Observer,
            format!(
                "The observer {} keeps its first {MOST_SERIES} series; {} more were there. Choose fewer with --observe-series.",
                observer.name, observer.left_out
            ),
        )
    })
}
