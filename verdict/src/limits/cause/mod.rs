//! What gives way first, by its signature.
//!
//! | cause | first token | gaps | headers, cheap requests | streams sending | beside |
//! | --- | --- | --- | --- | --- | --- |
//! | slot pool | grows | flat | flat | flat | throughput flat |
//! | thread per chunk | little | grow | flat | grow | throughput flat |
//! | event loop | grows | grow | grow | grow | throughput flat |
//! | database connections | | | | | errors say so |
//! | rate limiter | flat | flat | flat | flat | status 429 |
//! | buffering proxy | = the stream's length | none | late | none | at any load |
//! | generator | | | | | rungs invalid |
//!
//! A signature that fits none of them, or two, is undetermined.

mod signature;
mod text;

use super::{Cause, CauseKind, Estimate, Plateau, Rung};
use signature::Signature;

/// The cause that the rungs show. `valid` ascend in users; on the `invalid` ones the generator was the limit.
pub(super) fn cause(
    valid: &[Rung],
    invalid: &[Rung],
    plateau: Option<&Plateau>,
    slots: Option<Estimate>,
) -> Cause {
    let signature = Signature::of(valid, plateau);
    let kind = match &signature {
        _ if valid.is_empty() && !invalid.is_empty() => CauseKind::Generator,
        Some(signature) => match kind(signature) {
            CauseKind::NoneInRange | CauseKind::Unsure if generator_at_the_top(valid, invalid) => {
                CauseKind::Generator
            }
            kind => kind,
        },
        None if generator_at_the_top(valid, invalid) => CauseKind::Generator,
        None => CauseKind::Unsure,
    };
    text::paragraph(kind, signature.as_ref(), invalid, slots)
}

/// Whether the generator gave out above everything that was measured well.
fn generator_at_the_top(valid: &[Rung], invalid: &[Rung]) -> bool {
    let top = valid.last().map_or(0, |rung| rung.users);
    invalid.iter().any(|rung| rung.users > top)
}

fn kind(signature: &Signature<'_>) -> CauseKind {
    let (ttft, icl) = (signature.ttft_grew(), signature.icl_grew());
    let flat = signature.plateau.is_some();
    if Signature::is_telling(signature.limited()) {
        CauseKind::RateLimit
    } else if Signature::is_telling(signature.database()) {
        CauseKind::DatabaseConnections
    } else if signature.is_held_back() {
        CauseKind::BufferingProxy
    } else if icl && flat {
        match signature.cheap_grew() {
            Some(true) => CauseKind::EventLoop,
            Some(false) => CauseKind::ThreadPerChunk,
            None => CauseKind::Unsure,
        }
    } else if ttft && !icl && flat && signature.producing_is_flat() {
        CauseKind::SlotPool
    } else if !ttft
        && !icl
        && !flat
        && !Signature::is_telling(signature.failures())
        && signature.cheap_grew() != Some(true)
    {
        CauseKind::NoneInRange
    } else {
        CauseKind::Unsure
    }
}
