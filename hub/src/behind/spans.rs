//! How long the model worked on one question, which the application may have asked it in several requests.

use super::served::Served;

/// How long the model took, microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModelSpans {
    /// Until the first token of the request that brought the answer: that request's, and what came before it.
    pub first_us: Option<u64>,
    /// From its first token to its last.
    pub output_us: Option<u64>,
    /// All requests, those at the same time once.
    pub whole_us: u64,
}

impl ModelSpans {
    /// Of the requests of one question. The answer came from the last of those that had any token.
    pub(super) fn of(served: &[Served]) -> ModelSpans {
        let answer =
            served.iter().filter_map(|one| Some((one.first_us?, one))).max_by_key(|(first, _)| *first);
        let whole = |one: &Served| (one.received_us, one.ended_us);
        let until = |end: u64| move |one: &Served| (one.received_us.min(end), one.ended_us.min(end));
        ModelSpans {
            first_us: answer.map(|(first, _)| covered(served.iter().map(until(first)))),
            output_us: answer.and_then(|(first, one)| one.last_us?.checked_sub(first)),
            whole_us: covered(served.iter().map(whole)),
        }
    }
}

/// How much time spans cover together.
fn covered(spans: impl Iterator<Item = (u64, u64)>) -> u64 {
    let mut spans: Vec<(u64, u64)> = spans.collect();
    spans.sort_unstable();
    let (mut sum, mut reached) = (0, 0);
    for (from, to) in spans {
        let from = from.max(reached);
        sum += to.saturating_sub(from);
        reached = reached.max(to);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(received_us: u64, first_us: Option<u64>, last_us: Option<u64>, ended_us: u64) -> Served {
        Served { seq: 0, trace: None, nonce: None, received_us, first_us, last_us, ended_us }
    }

    fn spans(served: &[Served]) -> (Option<u64>, Option<u64>, u64) {
        let ModelSpans { first_us, output_us, whole_us } = ModelSpans::of(served);
        (first_us, output_us, whole_us)
    }

    #[test]
    fn one_request_is_its_own_times() {
        assert_eq!(spans(&[served(100, Some(130), Some(190), 200)]), (Some(30), Some(60), 100));
        assert_eq!(spans(&[served(100, None, None, 200)]), (None, None, 100));
    }

    #[test]
    fn of_several_the_last_answers_and_the_others_count_before_it() {
        let tool = served(100, Some(120), Some(140), 150);
        let answer = served(400, Some(430), Some(500), 510);
        assert_eq!(spans(&[tool, answer]), (Some(50 + 30), Some(70), 50 + 110));
        assert_eq!(spans(&[answer, tool]), spans(&[tool, answer]), "in whatever order they are told");
        let beside = served(410, None, None, 600);
        assert_eq!(spans(&[tool, answer, beside]), (Some(80), Some(70), 50 + 200), "time is counted once");
    }
}
