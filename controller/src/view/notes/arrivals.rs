//! What the schedule of an open load wanted, and did not get.

use crate::view::arrivals::row;
use common::stats::{Histogram, Metric, Percentile};
use common::text::number::{count, counted, milliseconds};
use hub::run::Run;
use report::rows::{Note, NoteKind};

/// So much later than due is late, in microseconds.
const LATE_US: u64 = 10_000;

/// Arrivals that did not come, and questions of a trace that nobody asked.
pub(super) fn not_offered(run: &Run) -> Option<Note> {
    let said: Vec<String> = [absent(run), unasked(run)].into_iter().flatten().collect();
    (!said.is_empty()).then(|| Note::new(NoteKind::NotOffered, said.join(" ")))
}

/// A session that ended early asks no more, be it that its worker was lost, or its thread could not be made.
fn unasked(run: &Run) -> Option<String> {
    let wanted = run.settings().replay.as_ref().filter(|_| run.has_replayed())?.questions() as u64;
    missing(wanted, run.ledger().totals.run.streams.count())
}

fn missing(wanted: u64, asked: u64) -> Option<String> {
    (asked < wanted).then(|| {
        format!(
            "Of the trace's {} {} are in this report: those of sessions that did not come are not, nor what sessions had \
             still to ask that were under way on a lost worker, or could make no thread.",
            counted(wanted, "question"),
            count(asked)
        )
    })
}

fn absent(run: &Run) -> Option<String> {
    let row = row(run).filter(|row| row.not_offered() > 0)?;
    let places = run.timeline().shape().peak_users();
    let reasons = [
        (row.dropped, format!("as {places} users were there, the most that --max-users allows")),
        (row.missed, "as their worker could not start anybody, or none was there".to_owned()),
        (row.lost, "as their worker was lost and did not say what became of them".to_owned()),
    ];
    let reasons = reasons.into_iter().filter(|(count, _)| *count > 0);
    let reasons: Vec<String> = reasons.map(|(count, why)| format!("{count} {why}")).collect();
    Some(format!(
        "{} of {} did not come: {}. None was moved to another moment, so the load was lighter than the schedule \
         by these; add workers, or raise --max-users if the service is meant to hold so many.",
        row.not_offered(),
        counted(row.due, "arrival"),
        reasons.join("; ")
    ))
}

/// Arrivals that came after they were due, and questions of a trace that left so.
pub(super) fn late(run: &Run) -> Option<Note> {
    let said: Vec<String> = [late_comers(run), late_questions(run)].into_iter().flatten().collect();
    (!said.is_empty()).then(|| {
        let why = "the times from when each was due have that in, those from its start have not. Add workers, or look at \
                   what else their machines did.";
        Note::new(NoteKind::LateArrivals, format!("{}; {why}", said.join(", and ")))
    })
}

fn late_comers(run: &Run) -> Option<String> {
    let row = row(run).filter(|row| row.late > 0)?;
    Some(format!(
        "{} of {} started more than 10 ms after they were due",
        row.late,
        counted(row.started, "arrival")
    ))
}

/// The user of a session comes before its first question, in time or not: of the questions the delay tells.
fn late_questions(run: &Run) -> Option<String> {
    run.settings().replay.as_ref()?;
    late_by(&run.ledger().totals.run.streams.metrics[Metric::StartDelay as usize])
}

fn late_by(delays: &Histogram) -> Option<String> {
    let p99 = delays.percentile(Percentile::P99).filter(|us| *us > LATE_US)?;
    Some(format!(
        "one in a hundred of the trace's questions left {} or more after it was due",
        milliseconds(p99 as f64 / 1000.0)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_of_a_trace_that_were_not_asked_or_left_late_are_told() {
        assert_eq!(missing(120, 120), None);
        let said = missing(1200, 94).unwrap();
        assert!(said.starts_with("Of the trace's 1,200 questions 94 are in this report: "), "{said}");
        let mut delays = Histogram::default();
        delays.record_times(9_000, 1000);
        assert_eq!(late_by(&delays), None);
        delays.record_times(1_248_000, 100);
        let said = late_by(&delays).unwrap();
        assert!(said.contains("left 1.25 s or more after it was due"), "{said}");
    }
}
