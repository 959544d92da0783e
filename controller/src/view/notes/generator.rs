//! Whether the load generator was the limit: what [`verdict::validity`] found, in sentences.

use std::time::Duration;

use common::stats::Percentile;

use crate::merge::Account;
use crate::run::Run;
use report::rows::{Note, NoteKind};
use verdict::Second;
use verdict::validity::longest_shortfall;

/// The seconds of the run up to the end of its shape.
pub(in crate::view) fn shape_seconds(run: &Run) -> &[Second] {
    run.sources().evidence.within(Duration::ZERO, run.elapsed(Duration::MAX))
}

/// The longest span in which the users running stayed below the target.
pub(super) fn below_target(run: &Run) -> Option<Note> {
    let seconds = shape_seconds(run);
    longest_shortfall(seconds).map(|span| {
        let worst = &seconds[span.clone()];
        let lowest = worst.iter().map(|second| second.users).min().unwrap_or(0);
        let target = worst.iter().map(|second| second.target).max().unwrap_or(0);
        Note::new(
            NoteKind::BelowTarget,
            format!(
                "From second {} to {} fewer users ran than the shape asks for (as few as {lowest} of up to \
                 {target}); add workers, or look at what happened to them in that time.",
                span.start, span.end
            ),
        )
    })
}

fn each_account(run: &Run) -> impl Iterator<Item = (&str, &Account)> {
    let names = run.fleet().members().iter().map(|member| member.identity.name.as_str());
    names.zip(&run.ledger().accounts)
}

pub(super) fn cpu(run: &Run) -> impl Iterator<Item = Note> + '_ {
    each_account(run).filter(|(_, account)| account.load.is_short_of_cpu()).map(|(name, account)| {
        Note::new(
            NoteKind::Cpu,
            format!(
                "Worker {name} used more than 90 % of a core, or waited for one, in {} of its {} seconds, so its own \
                 waiting is part of the latencies; spread the users over more workers or threads.",
                account.load.cpu_seconds, account.merged
            ),
        )
    })
}

pub(super) fn late_timers(run: &Run) -> impl Iterator<Item = Note> + '_ {
    let latency = run.ledger().totals.run.all().latency;
    let median = latency.percentile(Percentile::P50).unwrap_or(0);
    let late = move |(_, account): &(&str, &Account)| account.load.is_late(&latency);
    each_account(run).filter(late).map(move |(name, account)| {
        let ms = |us: u64| us as f64 / 1000.0;
        Note::new(
            NoteKind::LateTimers,
            format!(
                "Timers of worker {name} fired up to {:.1} ms late (99 % in its worst second: {:.1} ms), which \
                 is above 1 % of the median latency of {:.1} ms; give it a less busy machine or fewer users.",
                ms(account.load.late_max_us),
                ms(account.load.late_p99_us),
                ms(median)
            ),
        )
    })
}
