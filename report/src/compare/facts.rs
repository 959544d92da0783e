//! What needs no interval: answers that one run has and the other has none of.

use super::rows::{ComparedFigure, Difference, Finding};
use crate::rows::RunReport;

const GOOD: ComparedFigure = ComparedFigure::more("good answers", "");
const COMPLETE: ComparedFigure = ComparedFigure::more("complete streams", "");

/// Of what one run has good answers and the other has none.
pub(super) fn differences(a: &RunReport, b: &RunReport) -> Vec<Difference> {
    let good = |run: &RunReport| {
        let total = &run.total;
        total.count.saturating_sub(total.failures + total.abandoned + total.cut)
    };
    let complete = |run: &RunReport| run.streams.counts.completed;
    let facts = [("all requests", GOOD, good(a), good(b)), ("streams", COMPLETE, complete(a), complete(b))];
    facts.into_iter().filter_map(|(scope, figure, a, b)| difference(scope, figure, a, b)).collect()
}

fn difference(scope: &str, figure: ComparedFigure, a: u64, b: u64) -> Option<Difference> {
    let (finding, change) = match (a, b) {
        (1.., 0) => (Finding::Worse, Some(-1.0)),
        (0, 1..) => (Finding::Better, None),
        _ => return None,
    };
    let (a, b) = (a as f64, b as f64);
    Some(Difference { scope: scope.to_owned(), figure, a, b, change, interval: None, finding })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(count: u64, failures: u64, completed: u64) -> RunReport {
        let mut run = RunReport::default();
        (run.total.count, run.total.failures) = (count, failures);
        run.streams.counts.completed = completed;
        run
    }

    #[test]
    fn a_run_without_a_good_answer_is_worse_than_one_with_any() {
        let said = |a, b| differences(&a, &b).iter().map(|row| row.finding).collect::<Vec<_>>();
        assert_eq!(said(run(100, 1, 40), run(5000, 5000, 0)), [Finding::Worse, Finding::Worse]);
        assert_eq!(said(run(100, 1, 40), run(0, 0, 0)), [Finding::Worse, Finding::Worse]);
        assert_eq!(said(run(100, 1, 40), run(100, 40, 0)), [Finding::Worse]);
        assert_eq!(said(run(9, 9, 0), run(9, 8, 0)), [Finding::Better]);
        assert_eq!(said(run(9, 1, 3), run(9, 8, 1)), []);
    }
}
