//! Samples that say less than they seem to.

use common::failure::FailureClass;
use common::stats::{Metric, Unit};
use common::text::number::counted;

use hub::run::Run;
use report::rows::{Note, NoteKind};

pub(super) fn clamped(run: &Run) -> Option<Note> {
    let clamped = run.ledger().totals.run.all().latency.clamped() + clamped_metrics(run, Unit::Microseconds);
    (clamped > 0).then(|| {
        Note::new(
            NoteKind::Clamped,
            format!(
                "{clamped} samples were longer than an hour and count as one hour in the percentiles; shorten the \
                 timeouts if that is not what you want."
            ),
        )
    })
}

/// Samples of the metrics in this unit that were too great to be distinguished.
fn clamped_metrics(run: &Run, unit: Unit) -> u64 {
    let metrics = Metric::ALL.iter().filter(|metric| metric.unit() == unit);
    metrics.map(|metric| run.ledger().totals.run.streams.metrics[*metric as usize].clamped()).sum()
}

/// A whole answer in one packet has a token rate, but one that says nothing of the service.
pub(super) fn bursts(run: &Run) -> Option<Note> {
    let bursts = clamped_metrics(run, Unit::MilliTokensPerSecond);
    (bursts > 0).then(|| {
        Note::new(
            NoteKind::Bursts,
            format!(
                "{bursts} streamed answers arrived as good as all at once and count as 3.6 million tokens a second; \
                 read the median token rate, not its greatest value."
            ),
        )
    })
}

/// Answers that ended well but for their text.
pub(super) fn empty_answers(run: &Run) -> Option<Note> {
    let ledger = run.ledger();
    let counts = &ledger.totals.run.streams.counts;
    let failed = ledger.failures.iter().filter(|(key, _)| key.class == FailureClass::EmptyAnswer);
    let empty = failed.map(|(_, totals)| totals.count).sum::<u64>() + counts.wordless;
    (empty > 0).then(|| {
        Note::new(
            NoteKind::EmptyAnswers,
            format!(
                "{empty} of {} answers showed no text; check the API's `text` and `text_field` (`controller api`) and \
                 what the service answers.",
                counts.ended()
            ),
        )
    })
}

pub(super) fn cut(run: &Run) -> Option<Note> {
    let cut = run.ledger().totals.run.all().cut;
    (cut > 0).then(|| {
        Note::new(
            NoteKind::Cut,
            format!(
                "{cut} requests were still in flight when their users had to stop and were cut; they count as sent, \
                 neither as failed nor in the latencies. Raise --stop-timeout to let them finish."
            ),
        )
    })
}

pub(super) fn coalesced(run: &Run) -> Option<Note> {
    let coalesced: u64 = run.ledger().accounts.iter().map(|account| account.coalesced).sum();
    let late = run.ledger().seconds.late();
    (coalesced + late > 0).then(|| {
        Note::new(
            NoteKind::LateDeltas,
            format!(
                "{} came after the second was closed, and {} came together with another; totals are exact, but \
                 single seconds of the history are shifted. Check the network between workers and controller.",
                counted(late, "delta"),
                counted(coalesced, "second"),
            ),
        )
    })
}
