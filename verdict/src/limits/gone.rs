//! A service that from some time on serves nothing any more, not even fewer users than it had served before: a quota that
//! is used up, a key that ran out, a process that died for good. What comes then says nothing of users.

use super::rows::EndpointWords;
use super::{Rung, text};
use common::text::number::span;

/// Fewest outcomes, all failed, that say so.
const ENOUGH: u64 = 5;
/// Share of failures up to which a rung's users were served.
const SERVED: f64 = 0.05;

/// Since when nothing was served any more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gone {
    /// The stage of the first rung that says nothing of users, by its place in the shape.
    from_stage: usize,
    /// Run clock from which nothing was served, seconds.
    since: f64,
    /// Fewest users who were served nothing, though as many were before.
    users: u32,
    /// What failed, and how, where that is known.
    endpoint: Option<EndpointWords>,
    /// With so many users, more than ever before, it went.
    overloaded: Option<u32>,
}

impl Gone {
    /// `rungs` in the order of time.
    pub(super) fn of(rungs: &[Rung], endpoints: &[EndpointWords]) -> Option<Gone> {
        let at_end = rungs.iter().rev().take_while(|rung| serves_nothing(rung)).count();
        let (before, after) = rungs.split_at(rungs.len() - at_end);
        let fewest = after.iter().min_by_key(|rung| rung.users)?;
        if after.iter().map(outcomes).sum::<u64>() < ENOUGH {
            return None;
        }
        let served = before.iter().any(|rung| rung.users >= fewest.users && is_served(rung));
        let first = after.first().filter(|_| served)?;
        // It went while the rung before was measured, if that had more users than it could serve for that reason.
        let in_its_midst = before.last().filter(|rung| failed(rung) > SERVED);
        let went = in_its_midst.unwrap_or(first);
        let is_most = rungs.iter().all(|rung| rung.stage() >= went.stage() || rung.users < went.users);
        Some(Gone {
            overloaded: (is_most && went.users > fewest.users).then_some(went.users),
            from_stage: went.stage(),
            since: first.from,
            users: fewest.users,
            endpoint: fewest.broken().and_then(|(place, _)| endpoints.get(place).cloned()),
        })
    }

    /// Whether a rung came too late to say anything of users.
    pub(super) fn holds_of(&self, rung: &Rung) -> bool {
        rung.stage() >= self.from_stage
    }

    pub(super) fn sentence(&self) -> String {
        let what = match &self.endpoint {
            Some(endpoint) => {
                let says = endpoint.says.as_ref().map_or(String::new(), |says| format!(" ({says})"));
                format!("{} always failed{says}", endpoint.name)
            }
            None => "no request was served".to_owned(),
        };
        let why = match self.overloaded {
            Some(most) => format!(
                "It went with {}, more than ever before: an overload that it does not recover from (a queue of work that \
                 nobody waits for any more, calls that are tried again and again, a process that died) would do that, and so \
                 would a quota that is used up.",
                text::users(most)
            ),
            None => {
                "A quota that is used up, a key that ran out or a process that died would do that.".to_owned()
            }
        };
        format!(
            "After {} {what}, with {} too, as many as had been served before. {why} What came then says nothing of users: \
             search again when it works.",
            span(self.since),
            text::users(self.users)
        )
    }
}

/// Whether all that ended failed; of streams, where there are any: other requests may go on.
fn serves_nothing(rung: &Rung) -> bool {
    match rung.has_streams() {
        true => {
            let counts = &rung.totals.streams.counts;
            counts.completed == 0 && counts.failed > 0
        }
        false => rung.requests > 0 && rung.failures == rung.requests,
    }
}

/// What ended, of streams where there are any.
fn outcomes(rung: &Rung) -> u64 {
    if rung.has_streams() { rung.totals.streams.counts.failed } else { rung.requests }
}

fn is_served(rung: &Rung) -> bool {
    failed(rung) <= SERVED && !rung.is_silent() && rung.requests > 0
}

/// Share of its streams that failed, or of its requests where it has none.
fn failed(rung: &Rung) -> f64 {
    rung.share(rung.failures)
}
