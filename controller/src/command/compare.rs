//! `controller compare A B`: what may be typed, and the answer as an exit code.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use super::{Exit, complain};
use crate::cli::{CompareArgs, Limit};
use report::compare::{Comparison, Finding, SourceError, files, markdown, read, terminal};
use report::files::{Output, OutputError, probe, replace, spare};
use report::style::Paint;

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
enum CompareError {
    /// A run cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The Markdown cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Standard output cannot be written.
    #[error("cannot print the comparison: {0}")]
    Print(#[from] std::io::Error),
}

/// A comparison as text.
type Face = fn(&Comparison) -> String;

/// Reads both runs, compares them and prints what was found.
///
/// # Errors
/// A run that cannot be read, or an output that cannot be written.
fn compared(args: &CompareArgs) -> Result<Comparison, CompareError> {
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    let inputs = [files(&args.a), files(&args.b)].concat();
    let comparison = report::compare::compare(&a, &b, &args.allow);
    let mut out = std::io::stdout().lock();
    let mut is_printed = false;
    let faces: [(&str, _, Face); 2] =
        [("--markdown", &args.markdown, markdown), ("--json", &args.json, report::compare::json)];
    for (flag, path, face) in faces {
        match path {
            Some(path) if path.as_os_str() == "-" => {
                out.write_all(face(&comparison).as_bytes())?;
                is_printed = true;
            }
            Some(path) => {
                let output = Output::new(flag, path);
                probe(&output)?;
                spare(&output, inputs.iter().map(PathBuf::as_path))?;
                replace(&output, |file| file.write_all(face(&comparison).as_bytes()))?;
            }
            None => {}
        }
    }
    if !is_printed {
        let paint = Paint::wanted(std::io::stdout().is_terminal());
        out.write_all(terminal(&comparison, paint).as_bytes())?;
    }
    out.flush()?;
    Ok(comparison)
}

/// Compares two runs.
pub(crate) fn compare(args: &CompareArgs) -> Exit {
    match compared(args) {
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
        let why = "--fail-on-regression: no difference could be determined; measure both for longer";
        return Some((Exit::Failed, why.to_owned()));
    }
    let beyond = |row: &&report::compare::Difference| row.regression().is_some_and(|share| share >= limit);
    let worse: Vec<String> = comparison
        .rows
        .iter()
        .filter(beyond)
        .map(|row| format!("{} of {}", row.figure.name, common::text::escape::plain(&row.scope, 80)))
        .collect();
    (!worse.is_empty()).then(|| {
        (Exit::ThresholdMissed, format!("worse by {} % or more: {}", limit * 100.0, worse.join(", ")))
    })
}
