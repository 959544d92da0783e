//! Streams that contradict what is said of them.

use common::stats::{Histogram, Metric, Percentile};
use common::text::number::{count, milliseconds};
use common::totals::StreamTotals;

use hub::run::Run;
use report::rows::{Note, NoteKind};
use verdict::threshold::Attempts;

/// The end was not the end.
pub(super) fn text_after_end(run: &Run) -> Option<Note> {
    let counts = &run.ledger().totals.run.streams.counts;
    let (late, completed) = (counts.text_after_end, counts.completed);
    (late > 0).then(|| {
        Note::new(
            NoteKind::TextAfterEnd,
            format!(
                "In {late} of {completed} complete answers text came after the event that the API calls their end; it \
                 is in no figure. Correct `terminal`, or write \"body\" there."
            ),
        )
    })
}

/// Perhaps the end was not the end: most bodies went on.
pub(super) fn left_open(run: &Run) -> Option<Note> {
    let counts = &run.ledger().totals.run.streams.counts;
    let (open, completed) = (counts.left_open, counts.completed);
    (2 * open > completed).then(|| {
        Note::new(
            NoteKind::LeftOpen,
            format!(
                "The bodies of {open} of {completed} complete answers had not ended 100 ms after the event that the \
                 API calls their end, and their connections were closed. If more of the answer follows, `terminal` \
                 names the wrong event."
            ),
        )
    })
}

/// The service counts fewer tokens than it sends events with output.
pub(super) fn token_counts(run: &Run) -> Option<Note> {
    let counts = &run.ledger().totals.run.streams.counts;
    let (odd, completed) = (counts.contradicted, counts.completed);
    (odd > 0).then(|| {
        Note::new(
            NoteKind::TokenCounts,
            format!(
                "In {odd} of {completed} complete answers the service counted fewer tokens than events with output \
                 came. Its count is used for `tpot` and `tokens_per_s` unless it is 0; check `usage_field`."
            ),
        )
    })
}

/// More of the prompts' tokens may come from a cache, without a word.
const SOME: f64 = 0.05;

/// A cache answered although each question began with what no other does.
pub(super) fn cached(run: &Run) -> Option<Note> {
    let asking = run.settings().plan.asking.clone().unwrap_or_default();
    let counts = &run.ledger().totals.run.streams.counts;
    let share = counts.cached_tokens as f64 / counts.prompt_tokens.max(1) as f64;
    (asking.nonce && asking.shared.is_empty() && share > SOME).then(|| {
        Note::new(
            NoteKind::Cached,
            format!(
                "{} of the prompts' tokens came from a cache, as the service counts them, although each question began \
                 with a nonce: what stands in front of it, a system prompt or the earlier turns of a conversation, is \
                 cached. First tokens are those of a warm cache so far.",
                common::text::number::percent(share)
            ),
        )
    })
}

/// People left. What the service did then is not to be seen from outside: a slot that is held for nobody looks like
/// one fewer.
pub(super) fn abandoned(run: &Run) -> Option<Note> {
    let streams = &run.ledger().totals.run.streams;
    let (left, started) = (streams.counts.abandoned, streams.count() + streams.in_progress);
    let unseen = unseen(streams).unwrap_or_default();
    (left > 0).then(|| {
        Note::new(
            NoteKind::Abandoned,
            format!(
                "{left} of {started} streams were left by their users, as the load asks for: they count as sent, \
                 neither as complete nor as failed, and in no latency of whole answers.{unseen} Whether the service then \
                 stopped is not seen from here: compare the streams that it says it runs with `in_progress`, or this \
                 run's first tokens with those of one in which nobody leaves."
            ),
        )
    })
}

/// What those say of first tokens who did not wait for theirs.
fn unseen(streams: &StreamTotals) -> Option<String> {
    let left = &streams.left_textless;
    let waited = left.percentile(Percentile::P50)?;
    let ms = |us: f64| milliseconds(us / 1000.0);
    let all = Attempts::new(&streams.metrics[Metric::Ttft as usize], &Histogram::default(), 0).waiting(left);
    let longest = all.max().unwrap_or_default();
    let at = |share: f64| match all.quantile(share) {
        Some(us) if us.is_finite() => format!("about {}", ms(us)),
        _ => format!("more than {}", ms(longest)),
    };
    Some(format!(
        " {} of them had no text yet, after {} in the median. The first tokens in this report's tables are those that \
         somebody waited for; of all that were asked for, `ttft` has a p50 of {} and a p95 of {} (Kaplan and Meier's \
         estimate), and so do thresholds take it.",
        count(left.count()),
        ms(waited as f64),
        at(0.5),
        at(0.95)
    ))
}

/// Conversations that were longer than what is kept of them.
pub(super) fn shortened(run: &Run) -> Option<Note> {
    let accounts = &run.ledger().accounts;
    let short = accounts.iter().fold(0u64, |sum, account| sum.saturating_add(account.shortened));
    (short > 0).then(|| {
        Note::new(
            NoteKind::Shortened,
            format!(
                "{short} questions were sent without the oldest part of their conversation, which is longer than \
                 `max_bytes` of the API's [history]."
            ),
        )
    })
}
