//! The end of a run: its files, its summary, and its exit code.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use crate::cli::Options;
use crate::command::{complain, nonce};
use crate::exit::Exit;
use crate::runner::{Outcome, ResultFiles};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, plain};
use common::text::wrap::WIDTH;
use hub::run::Ending;
use report::rows::{LimitRows, NoteKind, RunReport, Severity, ThresholdRow, UserVerdict, Verdict};
use report::style::Paint;
use report::{job_summary, json, terminal};
use verdict::threshold::ASSUMED;

/// Writes the files, prints the summary, and says how it went.
pub(super) fn finish(outcome: Outcome) -> Exit {
    let options = &outcome.options;
    let mut outputs = match outcome.files {
        ResultFiles::Kept(outputs) => outputs,
        ResultFiles::Lost => {
            eprintln!("controller: the thread that writes the results died; nothing more could be written");
            return Exit::Failed;
        }
        ResultFiles::NeverBegun => {
            eprintln!(
                "controller: stopped before anybody started the run; nothing was measured, no file was written"
            );
            return Exit::Failed;
        }
    };
    let (files, written) = outputs.finish(&outcome.report, &nonce());
    if let Err(error) = print(options, &outcome.report, &files) {
        eprintln!("controller: cannot print the summary: {error}");
    }
    if let Some(path) = std::env::var_os(job_summary::VARIABLE).filter(|path| !path.is_empty())
        && let Err(error) = job_summary::append(path.as_ref(), &outcome.report)
    {
        eprintln!("controller: no job summary: {error}");
    }
    match written {
        Err(error) => complain(Exit::Failed, &error),
        Ok(()) => verdict(options, outcome.end, outcome.aborted, &outcome.report),
    }
}

fn print(options: &Options, report: &RunReport, files: &[PathBuf]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if options.json_to_stdout {
        json::write(&mut out, report)?;
    } else if !options.quiet {
        let paint = Paint::wanted(std::io::stdout().is_terminal());
        out.write_all(terminal::summary(report, files, paint, columns()).as_bytes())?;
    }
    out.flush()
}

/// How many columns the terminal has that reads the summary.
fn columns() -> usize {
    console::Term::stdout().size_checked().map_or(WIDTH, |(_, columns)| usize::from(columns))
}

fn verdict(options: &Options, end: Ending, aborted: bool, report: &RunReport) -> Exit {
    match shortfall(options, end, aborted, report) {
        None => Exit::Passed,
        Some((exit, why)) => {
            eprintln!("controller: {why}");
            exit
        }
    }
}

/// Why the run does not count as passed, in one line. A threshold that could not be determined is no
/// pass; one that was missed outweighs it.
fn shortfall(options: &Options, end: Ending, aborted: bool, report: &RunReport) -> Option<(Exit, String)> {
    let unmeasured = |why| Some((Exit::Failed, why));
    let degraded = &report.facts.degraded;
    if aborted {
        unmeasured("stopped at once; the files hold what had arrived by then".to_owned())
    } else if end == Ending::NoWorkers || report.total.count == 0 {
        let worst = report.notes.iter().find(|note| note.severity == Severity::Error);
        unmeasured(worst.map_or_else(
            || "the run ended before anything was measured".to_owned(),
            |note| note.text.clone(),
        ))
    } else if let Some(outcome) =
        report.limits.as_ref().filter(|_| options.search.is_some()).and_then(unanswered)
    {
        Some(outcome)
    } else if options.search.is_some() && report.limits.is_none() {
        unmeasured(
            "the ladder ended before two rungs were measured; the files hold what had arrived".to_owned(),
        )
    } else if let Some(missed) = judged(report, Verdict::Fail) {
        Some((Exit::ThresholdMissed, format!("missed: {missed}")))
    } else if let Some(open) = judged(report, Verdict::Undetermined) {
        unmeasured(format!("undetermined whether the run kept to {open}; the report says why"))
    } else if report.total.failures == report.total.count {
        unmeasured(format!(
            "every request failed ({}), so nothing is known of how the service answers; the report names the failures",
            report.total.failures
        ))
    } else if options.fail_on_degraded && !degraded.is_empty() {
        unmeasured(format!(
            "--fail-on-degraded: {}; the report says what that means",
            NoteKind::join(degraded)
        ))
    } else {
        None
    }
}

/// Why a search counts as failed: not even its smallest rung held, or nothing could be determined.
fn unanswered(limits: &LimitRows) -> Option<(Exit, String)> {
    let answer = plain(&limits.headline.join(" "), MAX_SENTENCE);
    match limits.answer() {
        (UserVerdict::FailsAtFirst, _) => Some((Exit::ThresholdMissed, answer)),
        (UserVerdict::Undetermined, false) => Some((Exit::Failed, answer)),
        _ => None,
    }
}

/// The thresholds with this verdict, in one line.
fn judged(report: &RunReport, verdict: Verdict) -> Option<String> {
    let those: Vec<String> = report
        .thresholds
        .iter()
        .filter(|row| row.verdict == verdict && !(verdict == Verdict::Undetermined && seems_fine(row)))
        .map(|row| plain(&row.expr, MAX_TEXT))
        .collect();
    (!those.is_empty()).then(|| those.join(", "))
}

/// Whether a row is an assumed one that was kept as far as it goes: one that was not asked for does
/// not fail a run that was too short to decide it.
fn seems_fine(row: &ThresholdRow) -> bool {
    row.expr.ends_with(ASSUMED) && row.actual.is_some_and(|actual| actual < row.bound)
}
