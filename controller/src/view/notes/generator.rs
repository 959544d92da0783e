//! Whether the load generator was the limit: what [`verdict::validity`] found, in sentences.

use std::time::Duration;

use hub::merge::Account;
use hub::run::Run;
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

/// Workers that took so much of their users' time that these sent less than they would have.
pub(super) fn late(run: &Run) -> impl Iterator<Item = Note> + '_ {
    each_account(run).filter(|(_, account)| account.load.takes_load()).map(|(name, account)| {
        Note::new(
            NoteKind::Generator,
            format!(
                "Worker {name} was late in {} of its {} seconds: it took up to {:.0} % of its users' time, so they \
                 asked less often than they would have; no time that was measured has it in, but the load was \
                 lighter; spread the users over more workers or threads.",
                account.load.lost_seconds,
                account.merged,
                f64::from(account.load.lost_permille) / 10.0
            ),
        )
    })
}
