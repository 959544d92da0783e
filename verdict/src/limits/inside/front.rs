//! The model behind the service, where it was asked: whether the wait is in front of it, or in it.

use super::super::{Cause, CauseKind, Rung, cause};
use crate::behind::{FirstToken, Grows, told};

/// The cause with what the model shows, without what that rules out where another is left; and the sentence of the
/// headline.
pub(in super::super) fn narrowed(
    cause: Cause,
    rungs: &[Rung],
    behind: &[FirstToken],
) -> (Cause, Option<String>) {
    let of_stage = |rung: &Rung| behind.iter().find(|first| first.stage == rung.stage).copied();
    let stages = rungs.iter().filter_map(|rung| Some((u64::from(rung.users), of_stage(rung)?)));
    let Some(told) = told(stages) else { return (cause, None) };
    let outside: Vec<CauseKind> = [cause.kind].into_iter().chain(cause.or.iter().copied()).collect();
    let (left, out): (Vec<CauseKind>, Vec<CauseKind>) =
        outside.iter().copied().partition(|kind| may_be(*kind, told.grows));
    let mut says = vec![told.sentence.clone()];
    let before = cause.inside.clone();
    let cause = match (left.as_slice(), out.as_slice()) {
        (_, []) => cause,
        ([only], [other]) => {
            says.push(format!("So it is not {}.", other.title()));
            Cause { seen: cause.seen, evidence: cause.evidence, ..cause::named(*only) }
        }
        (_, [other, ..]) => {
            says.push(format!(
                "That speaks against {}, which was inferred from outside, and both stand.",
                other.title()
            ));
            cause
        }
    };
    says.extend(Some(before).filter(|before| !before.is_empty()));
    (Cause { inside: says.join(" "), ..cause }, Some(told.sentence))
}

/// Whether this may be what gives way, by where the wait grows.
fn may_be(kind: CauseKind, grows: Grows) -> bool {
    use CauseKind::{BatchSlots, ClientPool, DatabaseConnections, DatabaseLocks};
    match grows {
        Grows::InFront => kind != BatchSlots,
        Grows::InModel => !matches!(kind, ClientPool | DatabaseConnections | DatabaseLocks),
        Grows::Open => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rungs() -> Vec<Rung> {
        [(0, 1), (1, 48)].map(|(stage, users)| Rung { stage, users, ..Rung::default() }).into()
    }

    fn first(stage: usize, seen: f64, model: f64) -> FirstToken {
        FirstToken { stage, count: 50, seen, model, in_front: seen - model }
    }

    fn either(kind: CauseKind, or: &[CauseKind]) -> Cause {
        Cause { kind, or: or.to_vec(), seen: "Streams wait.".to_owned(), ..Cause::default() }
    }

    #[test]
    fn of_two_the_one_that_is_elsewhere_is_dropped() {
        use CauseKind::{BatchSlots, DatabaseConnections, SlotPool};
        let front = [first(0, 0.9, 0.85), first(1, 7.9, 0.85)];
        let (narrow, _) = narrowed(either(BatchSlots, &[SlotPool]), &rungs(), &front);
        assert_eq!((narrow.kind, narrow.or.len(), narrow.seen.as_str()), (SlotPool, 0, "Streams wait."));
        assert!(
            narrow.inside.contains("7.05 s of the 7.9 s") && narrow.inside.contains("So it is not the batch")
        );
        let model = [first(0, 0.9, 0.85), first(1, 7.9, 7.8)];
        let (narrow, _) = narrowed(either(SlotPool, &[DatabaseConnections]), &rungs(), &model);
        assert_eq!((narrow.kind, narrow.or.len()), (SlotPool, 0));
        let (alone, _) = narrowed(either(BatchSlots, &[]), &rungs(), &front);
        assert!(alone.kind == BatchSlots && alone.inside.contains("speaks against"), "{}", alone.inside);
    }

    #[test]
    fn without_a_model_nothing_changes() {
        let before = either(CauseKind::SlotPool, &[CauseKind::AdmissionRate]);
        assert_eq!(narrowed(before.clone(), &rungs(), &[]), (before, None));
    }
}
