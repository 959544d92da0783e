//! Where users wait for the first token: in front of the model, or in it. Both sides were measured, each by its own clock.

use common::text::number::{counted, seconds as time};

/// Fewer questions of a stage say nothing of it.
const ENOUGH: u64 = 10;
/// A time that is this many times as long, and `SLOWER` seconds longer, has grown.
const GROWN: f64 = 1.5;
/// In seconds.
const SLOWER: f64 = 0.02;
/// Of what a first token takes longer, the share that says whose it is.
const MOST_OF_IT: f64 = 0.75;
/// A model that answers within so many times its own shortest time is as fast as ever.
const STEADY: f64 = 1.25;

/// The time to the first token in one stage: medians, seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FirstToken {
    /// The stage's place in the shape.
    pub stage: usize,
    /// Questions whose both sides are known.
    pub count: u64,
    /// As users saw it.
    pub seen: f64,
    /// The model's own, from when it had the question.
    pub model: f64,
    /// The difference, question by question.
    pub in_front: f64,
}

/// Where the wait grows with the users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grows {
    /// In the application, or on the way.
    InFront,
    /// In the model.
    InModel,
    /// In both, or in neither.
    Open,
}

/// What the two sides show together.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Where the wait grows.
    pub grows: Grows,
    /// The same with its figures: full sentences.
    pub sentence: String,
}

/// Sets the stages, each with its users, side by side; `None` where nothing was measured.
pub fn told(stages: impl IntoIterator<Item = (u64, FirstToken)>) -> Option<Told> {
    let mut stages: Vec<(u64, FirstToken)> =
        stages.into_iter().filter(|(_, first)| first.count >= ENOUGH).collect();
    stages.sort_by_key(|(users, first)| (*users, first.stage));
    let (least, base) = *stages.first()?;
    let (most, top) = *stages.last()?;
    let spent = format!("{} of the {} to the first token were spent", time(top.in_front), time(top.seen));
    if least == most {
        let sentence = format!("The model answered in {}; {spent} in front of it.", time(top.model));
        return Some(Told { grows: Grows::Open, sentence });
    }
    let grows = grows(base, top);
    let models = || stages.iter().map(|(_, first)| first.model);
    let (shortest, longest) = (models().fold(f64::INFINITY, f64::min), models().fold(0.0, f64::max));
    let is_steady = longest <= STEADY * shortest + SLOWER;
    let sentence = match (grows, is_steady) {
        (Grows::InModel, _) => format!(
            "The wait is in the model: its own first token took {} with {} and {} with {most}; in front of it \
             {} of the {} were spent.",
            time(base.model),
            counted(least, "user"),
            time(top.model),
            time(top.in_front),
            time(top.seen)
        ),
        (_, true) => format!(
            "The model answered in {} at every load; with {most} users {spent} in front of it.",
            time(top.model)
        ),
        (_, false) => format!(
            "The model answered in {} with {} and in {} with {most}; {spent} in front of it then.",
            time(base.model),
            counted(least, "user"),
            time(top.model)
        ),
    };
    Some(Told { grows, sentence })
}

fn grows(base: FirstToken, top: FirstToken) -> Grows {
    let longer = top.seen - base.seen;
    if longer < SLOWER || top.seen < GROWN * base.seen {
        return Grows::Open;
    }
    match ((top.in_front - base.in_front) / longer, (top.model - base.model) / longer) {
        (in_front, _) if in_front >= MOST_OF_IT => Grows::InFront,
        (_, in_model) if in_model >= MOST_OF_IT => Grows::InModel,
        _ => Grows::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(seen: f64, model: f64) -> FirstToken {
        FirstToken { stage: 0, count: 100, seen, model, in_front: seen - model }
    }

    #[test]
    fn the_sentence_says_where_the_wait_is_with_its_figures() {
        let says = |stages: &[(u64, FirstToken)]| told(stages.iter().copied()).unwrap();
        let front = says(&[(1, stage(0.88, 0.85)), (48, stage(7.95, 0.85))]);
        assert_eq!(front.grows, Grows::InFront);
        assert_eq!(
            front.sentence,
            "The model answered in 850 ms at every load; with 48 users 7.1 s of the 7.95 s to the first token were spent in \
             front of it."
        );
        let model = says(&[(48, stage(7.95, 7.9)), (1, stage(0.88, 0.85))]);
        assert_eq!(model.grows, Grows::InModel);
        assert!(model.sentence.contains("850 ms with 1 user and 7.9 s with 48"), "{}", model.sentence);
        let both = says(&[(1, stage(0.9, 0.8)), (48, stage(8.0, 4.0))]);
        assert_eq!(both.grows, Grows::Open);
        assert!(both.sentence.contains("in 800 ms with 1 user and in 4 s with 48"), "{}", both.sentence);
        let one = says(&[(5, stage(0.23, 0.2))]);
        assert_eq!((one.grows, one.sentence.contains("30 ms of the 230 ms")), (Grows::Open, true));
    }

    #[test]
    fn nothing_is_said_of_what_was_not_measured() {
        assert_eq!(told([]), None);
        assert_eq!(told([(5, FirstToken { count: 9, ..stage(1.0, 0.5) })]), None);
    }
}
