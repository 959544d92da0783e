//! The run second by second, as rows.

use jiff::Timestamp;

use common::stats::{Histogram, Percentile};
use common::totals::EndpointTotals;
use hub::merge::OpenSecond;
use report::rows::{EndpointSecond, Percentiles, SecondRow, Summary, rate};

/// Seconds that room is made for beforehand.
const MAX_ROOM: u64 = 4 * 3600;

/// The rows of all seconds closed so far, and the sums that their cumulative columns show.
#[derive(Debug, Clone, Default)]
pub struct History {
    rows: Vec<SecondRow>,
    /// By row: most users within the second, where no worker gave one to another.
    peaks: Vec<u64>,
    total: EndpointTotals,
}

impl History {
    /// An empty history that has taken the memory for the rows of `seconds`, up to four hours: a list that
    /// grows by copying leaves twice its size behind, and a run that began can go on to its end.
    pub(crate) fn with_room(seconds: u64) -> History {
        let room = usize::try_from(seconds.min(MAX_ROOM)).unwrap_or(0);
        let mut rows = vec![SecondRow::default(); room];
        rows.clear();
        History { rows, peaks: Vec::with_capacity(room), ..History::default() }
    }

    /// Adds a closed second. `started`: wall clock of the run's start; `target`: the users that the
    /// shape wanted at the second's end.
    pub fn push(&mut self, second: u64, open: &OpenSecond, target: u32, started: Timestamp) -> &SecondRow {
        let all = &open.all;
        self.total.add(all);
        let total = &self.total;
        let [calls_p50_ms, calls_p95_ms, calls_p99_ms] = quantiles(&open.calls());
        let [ttft_p50_ms, ttft_p95_ms, ttft_p99_ms] = quantiles(&open.ttft);
        let [icl_p50_ms, icl_p95_ms, icl_p99_ms] = quantiles(&open.icl);
        let end = i64::try_from(second + 1).unwrap_or(i64::MAX);
        let row = SecondRow {
            second,
            timestamp: started.as_second().saturating_add(end),
            users: u64::from(open.running()),
            users_target: open.arrivals.is_none().then_some(u64::from(target)),
            stopping: Some(u64::from(open.stopping())),
            streams: Some(open.in_progress()),
            workers: Some(open.workers() as u64),
            rps: all.count() as f64,
            failures_per_s: all.failures as f64,
            percentiles: Percentiles::of(&all.latency),
            calls_p50_ms,
            calls_p95_ms,
            calls_p99_ms,
            ttft_p50_ms,
            ttft_p95_ms,
            ttft_p99_ms,
            icl_p50_ms,
            icl_p95_ms,
            icl_p99_ms,
            tokens_per_s: Some(open.tokens as f64),
            arrivals: open.arrivals.map(|arrivals| arrivals.started),
            arrivals_late: open.arrivals.map(|arrivals| arrivals.late),
            arrivals_dropped: open.arrivals.map(|arrivals| arrivals.dropped),
            arrivals_missed: open.arrivals.map(|arrivals| arrivals.missed),
            arrivals_waiting: open.arrivals.map(|_| open.arrivals_waiting()),
            total_count: total.count(),
            total_failures: total.failures,
            total_latency: Summary::of(&total.latency),
            total_avg_bytes: rate(total.bytes, total.count() as f64),
        };
        self.peaks.push(u64::from(open.peak()));
        self.rows.push(row);
        &self.rows[self.rows.len() - 1]
    }

    /// The rows, ascending.
    pub fn rows(&self) -> &[SecondRow] {
        &self.rows
    }

    /// Most users running at the end of any second, or within one. Within a second a user that moved from one worker to
    /// another is counted twice, so there `most_wanted` is the most that is believed.
    pub fn users_peak(&self, most_wanted: u64) -> u64 {
        let at_end = self.rows.iter().map(|row| row.users).max().unwrap_or(0);
        at_end.max(self.peaks.iter().copied().max().unwrap_or(0).min(most_wanted))
    }

    /// Most users running in a span, in seconds since the run's start, in which `target` users are wanted: at the end
    /// of any of its seconds, or within one that lies in it wholly.
    pub(crate) fn users_peak_in(&self, from_s: f64, to_s: f64, target: u64) -> u64 {
        let touches = |row: &SecondRow| (row.second as f64) < to_s && (row.second + 1) as f64 > from_s;
        let inside = |row: &SecondRow| row.second as f64 >= from_s && (row.second + 1) as f64 <= to_s;
        let peak = |lies: &dyn Fn(&SecondRow) -> bool| {
            let seconds = self.rows.iter().zip(&self.peaks).filter(|(row, _)| lies(row));
            seconds.map(|(_, peak)| (*peak).min(target)).max()
        };
        // A span without a whole second has those in which it lies.
        let within = peak(&inside).or_else(|| peak(&touches)).unwrap_or(0);
        self.users_at_ends_in(from_s, to_s, target).max(within)
    }

    /// At the very end of the span the next one has begun: who is beyond the target there is its first user. A span
    /// without a second's end has that of the second in which it lies.
    fn users_at_ends_in(&self, from_s: f64, to_s: f64, target: u64) -> u64 {
        let end = |row: &SecondRow| (row.second + 1) as f64;
        let inside = |row: &SecondRow| {
            end(row) > from_s && (end(row) < to_s || (end(row) == to_s && row.users <= target))
        };
        let most = self.rows.iter().filter(|row| inside(row)).map(|row| row.users).max();
        let around = |row: &&SecondRow| (row.second as f64) < to_s && end(row) >= to_s;
        most.or_else(|| self.rows.iter().find(around).map(|row| row.users)).unwrap_or(0)
    }
}

/// The first `most` endpoints of a closed second, in the order of the table of endpoints.
pub fn endpoint_seconds(open: &OpenSecond, most: usize) -> Vec<EndpointSecond> {
    let second = |totals: &EndpointTotals| {
        let [p50_ms, p95_ms, p99_ms] = quantiles(&totals.latency);
        let (rps, failures_per_s) = (totals.count() as f64, totals.failures as f64);
        EndpointSecond { rps, failures_per_s, p50_ms, p95_ms, p99_ms }
    };
    open.endpoints.iter().take(most).map(second).collect()
}

/// Median, 95 % and 99 % of microseconds, in milliseconds; none without samples.
fn quantiles(samples: &Histogram) -> [Option<f64>; 3] {
    let quantiles = samples.percentiles([Percentile::P50, Percentile::P95, Percentile::P99]);
    quantiles.map_or([None; 3], |values| values.map(|us| Some(us as f64 / 1000.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stages_peak_is_not_the_next_ones_first_user() {
        let row = |(second, users): (u64, u64)| SecondRow { second, users, ..SecondRow::default() };
        let users = [4, 10, 10, 11, 20, 20, 0];
        let history = History { rows: (0..).zip(users).map(row).collect(), ..History::default() };
        let table = [
            ((0.0, 4.0, 10), 10, "the eleventh came with the next stage"),
            ((0.0, 4.0, 11), 11, "it was wanted here"),
            ((4.0, 7.0, 20), 20, "a whole stage"),
            ((0.0, 3.0, 9), 10, "more than wanted within the stage is reported"),
            ((4.2, 4.8, 20), 20, "less than a second"),
            ((9.0, 12.0, 5), 0, "beyond what was seen"),
        ];
        for ((from, to, target), peak, why) in table {
            assert_eq!(history.users_peak_in(from, to, target), peak, "{why}");
        }
    }

    #[test]
    fn users_of_a_run_that_ends_within_a_second_are_reported() {
        let rows = vec![SecondRow::default()];
        let history = History { rows, peaks: vec![3], ..History::default() };
        assert_eq!((history.users_peak(3), history.users_peak_in(0.0, 0.9, 3)), (3, 3));
        assert_eq!(
            (history.users_peak(2), history.users_peak_in(0.0, 1.0, 2)),
            (2, 2),
            "never more than wanted"
        );
    }
}
