//! What a reader of a report that was made from logs must know.

use common::text::number::{counted, percent, rounded};
use logs::{LogReader, lack};

use crate::rows::{Note, NoteKind};

/// So many files are named.
const NAMED: usize = 10;

pub(super) fn notes(files: &[&LogReader], is_sample: bool, share: Option<f64>) -> Vec<Note> {
    let mut notes = vec![own(files)];
    notes.extend(share.filter(|_| is_sample).map(sampled));
    notes.extend(partly(files));
    notes
}

fn own(files: &[&LogReader]) -> Note {
    let logs = counted(files.len() as u64, "request log");
    Note::new(
        NoteKind::FromLog,
        format!(
            "This report was made from {logs}: of workers whose logs were not named it knows nothing. Counts, failures, \
             tokens and percentiles are those of the run's own report but for `icl`, which no log has. Rates are over \
             the time up to the last request, a stage is as long as its requests show, and a user counts from its first \
             request to its last; settings, arrivals that did not come, thresholds and limits stand in the run's \
             summary.json alone."
        ),
    )
}

fn sampled(share: f64) -> Note {
    let text = if share > 0.0 {
        format!(
            "The logs are a sample of {} of the good requests: counts, tokens, rates and percentiles are estimates from \
             it, each line standing for {} requests. Failures, and what was left or cut, are in it all.",
            percent(share),
            rounded(1.0 / share)
        )
    } else {
        "The logs are of a run with --log-sample 0, which keeps failures and the slowest alone: counts, rates and \
         percentiles here lack every good request. See the run's own report for them."
            .to_owned()
    };
    Note::new(NoteKind::LogSampled, text)
}

/// Requests that should be in the files and are not.
fn partly(files: &[&LogReader]) -> Option<Note> {
    let merged = |file: &LogReader| {
        file.is_merged().then(|| format!("{} was merged, perhaps of a part of them", file.path().display()))
    };
    let lacks: Vec<String> = files.iter().filter_map(|file| lack(file).or_else(|| merged(file))).collect();
    let more = match lacks.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; {more} more are not whole either"),
    };
    (!lacks.is_empty()).then(|| {
        let named = lacks[..lacks.len().min(NAMED)].join("; ");
        Note::new(
            NoteKind::LogPartly,
            format!("Requests of the run may be missing here, and so in every figure: {named}{more}. Read the run's own report."),
        )
    })
}
