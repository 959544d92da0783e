//! `controller compare`: the answer as an exit code.

use super::{Exit, complain};
use crate::compare::{CompareArgs, Comparison, Finding, Limit, compare_command};

/// Compares two runs.
pub fn compare(args: &CompareArgs) -> Exit {
    match compare_command(args) {
        Err(error) => complain(Exit::Usage, &error),
        Ok(comparison) => {
            let answer = args.fail_on_regression.and_then(|limit| shortfall(&comparison, limit));
            match answer {
                None => Exit::Passed,
                Some((exit, why)) => {
                    eprintln!("controller: {why}");
                    exit
                }
            }
        }
    }
}

/// Why B does not pass. What cannot be judged is no pass.
fn shortfall(comparison: &Comparison, Limit(limit): Limit) -> Option<(Exit, String)> {
    if !comparison.barriers.is_empty() {
        let names: Vec<_> = comparison.barriers.iter().map(|barrier| barrier.premise.name()).collect();
        let names = names.join(",");
        return Some((
            Exit::Failed,
            format!(
                "--fail-on-regression: the runs cannot be compared ({names}); if that is meant, add --allow {names}"
            ),
        ));
    }
    if comparison.rows.iter().all(|row| row.finding == Finding::Unsure) {
        let why = "--fail-on-regression: nothing could be told with confidence; run both for longer";
        return Some((Exit::Failed, why.to_owned()));
    }
    let beyond = |row: &&crate::compare::Difference| row.regression().is_some_and(|share| share >= limit);
    let worse: Vec<String> = comparison
        .rows
        .iter()
        .filter(beyond)
        .map(|row| format!("{} of {}", row.figure.name, crate::report::quoting::plain(&row.scope, 80)))
        .collect();
    (!worse.is_empty()).then(|| {
        (Exit::ThresholdMissed, format!("worse by {} % or more: {}", limit * 100.0, worse.join(", ")))
    })
}
