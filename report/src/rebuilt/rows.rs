//! What was tallied, as the rows of a report.

use std::collections::BTreeMap;
use std::path::Path;

use common::request_log::{LogEnding, LogHeader};
use common::slowest::{SlowPart, SlowRequest};
use common::stats::{Histogram, Metric};
use common::totals::EndpointTotals;
use jiff::Timestamp;
use logs::LogReader;

use super::calls::CallTally;
use super::notes;
use super::stages::thousandths;
use super::tally::LogTally;
use crate::rows::{
    EndpointRow, MetricRow, RunEnd, RunFacts, RunReport, SecondRow, Severity, SlowRow, Source, StageRow,
    StreamRows, WorkerRow, WorkerState, rate,
};

/// What reports call a run of which there are only logs: the name of one without its worker and ending.
fn stem(path: &Path, worker: Option<&str>) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let bare = LogEnding::of(path).and_then(|ending| name.strip_suffix(ending.text())).unwrap_or(&name);
    let of_worker = worker.and_then(|worker| {
        let (before, last) = bare.rsplit_once('.')?;
        // A worker that began anew has a number behind its name.
        (last == worker || last.rsplit_once('-').is_some_and(|(name, _)| name == worker)).then_some(before)
    });
    of_worker.unwrap_or(bare).to_owned()
}

impl LogTally {
    /// The report, of files that were read to their ends.
    pub(super) fn into_report(mut self, header: Option<&LogHeader<'_>>, files: &[&LogReader]) -> RunReport {
        self.streams.counts.cut = self.calls.cut_streams();
        let seconds = thousandths(self.end);
        let started = header.and_then(|header| wall(header.started));
        let notes = notes::notes(files, self.weights.is_sample(), header.map(|header| header.sample));
        let (workers, is_crowded) = (self.worker_rows(files), self.course.is_crowded());
        let mut report = RunReport {
            facts: self.facts(header, files, started),
            endpoints: self.endpoint_rows(seconds),
            calls: MetricRow::calls(&self.all(|call| !call.is_stream).latency, seconds),
            total: EndpointRow::aggregated(&self.all(|_| true), seconds),
            streams: self.stream_rows(seconds),
            stages: self.stages.rows(self.end),
            slowest: self.slow_rows(),
            history: self.course.rows(started.map_or(0, Timestamp::as_second)),
            failures: self.failures.rows(started),
            workers,
            notes,
            ..RunReport::default()
        };
        // Where too many are to be told apart, nobody is drawn, and nobody known.
        if !is_crowded {
            report.facts.users_peak = peak(&report.history, |_| true);
            for stage in &mut report.stages {
                stage.users_peak = peak_of(stage, &report.history);
            }
        }
        let weak = report.notes.iter().filter(|note| note.severity > Severity::Info);
        report.facts.degraded = weak.map(|note| note.kind.clone()).collect();
        report.sort();
        report
    }

    fn facts(
        &self,
        header: Option<&LogHeader<'_>>,
        files: &[&LogReader],
        started: Option<Timestamp>,
    ) -> RunFacts {
        let name =
            files.first().map(|file| stem(file.path(), file.header().map(|header| header.worker.as_ref())));
        RunFacts {
            shape: name.unwrap_or_default(),
            seed: header.map(|header| header.seed),
            started,
            duration_s: Some(thousandths(self.end)),
            classes: self.classes.iter().map(|class| class.name().to_owned()).collect(),
            workers: Some(self.workers.keys().filter(|name| !name.is_empty()).count() as u64),
            end: RunEnd::Unknown,
            source: Source::Log,
            ..RunFacts::default()
        }
    }

    fn all(&self, of: impl Fn(&CallTally) -> bool) -> EndpointTotals {
        let mut all = EndpointTotals::default();
        self.calls.rows().filter(|(_, call)| of(call)).for_each(|(_, call)| all.add(&call.totals));
        all
    }

    fn endpoint_rows(&self, seconds: f64) -> Vec<EndpointRow> {
        let sent = self.calls.rows().filter(|(_, call)| call.totals.count() > 0);
        sent.map(|(endpoint, call)| EndpointRow::new(&endpoint, &call.totals, seconds)).collect()
    }

    fn stream_rows(&self, seconds: f64) -> StreamRows {
        let samples = |metric: Metric| -> &Histogram { &self.streams.metrics[metric as usize] };
        let arrive = samples(Metric::StartDelay).count() > 0;
        let is_known = |metric: &Metric| *metric != Metric::Icl && (arrive || !metric.is_of_arrivals());
        let known = Metric::ALL.into_iter().filter(is_known);
        StreamRows {
            started: self.streams.count(),
            in_progress: 0,
            counts: self.streams.counts,
            tokens_per_s: rate(self.streams.counts.tokens, seconds),
            metrics: known.map(|metric| MetricRow::new(metric, samples(metric), seconds)).collect(),
        }
    }

    fn slow_rows(&self) -> Vec<SlowRow> {
        let names: BTreeMap<u32, _> =
            self.calls.rows().map(|(endpoint, call)| (call.number, endpoint)).collect();
        let row = |(call, part, slow): (u32, SlowPart, &SlowRequest)| {
            let stage = format!("stage {}", slow.stage.saturating_add(1));
            Some(SlowRow::new(names.get(&call)?, stage, part, slow))
        };
        self.slowest.iter().filter_map(row).collect()
    }

    /// A worker whose file has no end was lost, as far as its file shows; a merged file does not show it.
    fn worker_rows(&self, files: &[&LogReader]) -> Vec<WorkerRow> {
        let state = |name: &str| {
            let of_it = |file: &&&LogReader| file.header().is_some_and(|header| header.worker == name);
            let own: Vec<_> = files.iter().filter(of_it).collect();
            match own.iter().any(|file| file.is_open()) {
                _ if own.is_empty() => WorkerState::Unknown,
                true => WorkerState::Lost,
                false => WorkerState::Finished,
            }
        };
        let row = |(name, totals): (&String, &EndpointTotals)| WorkerRow {
            name: name.clone(),
            state: state(name),
            requests: totals.count(),
            failures: totals.failures,
            ..WorkerRow::default()
        };
        self.workers.iter().filter(|(name, _)| !name.is_empty()).map(row).collect()
    }
}

/// Most users at the end of any of these seconds; `None` where no second sees anybody.
fn peak(history: &[SecondRow], is_meant: impl Fn(&SecondRow) -> bool) -> Option<u64> {
    history.iter().filter(|row| is_meant(row)).map(|row| row.users).max().filter(|users| *users > 0)
}

/// The same of a stage; of one without a second's end, in the second in which it lies.
fn peak_of(stage: &StageRow, history: &[SecondRow]) -> Option<u64> {
    let (from, to) = (stage.from_s, stage.to_s);
    let end = |row: &SecondRow| (row.second + 1) as f64;
    let touches = |row: &SecondRow| (row.second as f64) < to && end(row) > from;
    peak(history, |row| end(row) > from && end(row) <= to).or_else(|| peak(history, touches))
}

/// A moment of the world's clock from seconds since 1970.
fn wall(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_called_by_the_name_of_its_logs() {
        for (path, worker, name) in [
            ("a/requests.w1.jsonl.zst", Some("w1"), "requests"),
            ("requests.w1-2.jsonl", Some("w1"), "requests"),
            ("requests.w1.jsonl", Some("w2"), "requests.w1"),
            ("merged.jsonl", None, "merged"),
            ("odd", Some("w1"), "odd"),
        ] {
            assert_eq!(stem(Path::new(path), worker), name, "{path}");
        }
    }
}
