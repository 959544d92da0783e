//! Observers that saw less than they were to see.

use common::text::number::counted;
use report::rows::{Note, NoteKind};
use verdict::observed::{MOST_SERIES, Observer};

use crate::run::Run;

pub(super) fn observers(run: &Run) -> Vec<Note> {
    run.sources()
        .evidence
        .observed()
        .observers()
        .iter()
        .flat_map(|one| [missed(one), left_out(one)])
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
