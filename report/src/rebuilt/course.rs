//! The run second by second.

use std::collections::{BTreeMap, HashMap};

use common::request_log::{LoggedRequest, Moment};
use common::stats::{Histogram, Percentile};
use common::totals::EndpointTotals;

use super::calls::{self, is_stream};
use crate::rows::{Percentiles, SecondRow, Summary, rate};

/// No run is drawn beyond its first week.
const MOST_SECONDS: u64 = 7 * 24 * 3600;
/// First tokens are put into their seconds for so long after these: streams end within it, as a rule.
const OPEN_FIRSTS: usize = 600;
/// Users are told apart up to so many; where there are more, none are drawn.
const MOST_USERS: usize = 1_000_000;

/// The second that is under way, those that are over, and what spans several.
#[derive(Debug, Default)]
pub(super) struct CourseTally {
    rows: Vec<SecondRow>,
    all: EndpointTotals,
    beside_streams: EndpointTotals,
    tokens: u64,
    sum: EndpointTotals,
    /// First tokens by second.
    firsts: BTreeMap<u64, Histogram>,
    /// Streams that began in each second, less those that ended.
    streams: Changes,
    /// By user: the first second and the last.
    users: HashMap<u64, (u64, u64)>,
    is_crowded: bool,
}

/// By second: how many more there are from then on.
#[derive(Debug, Default)]
struct Changes(BTreeMap<u64, i64>);

impl Changes {
    /// Somebody is there from one second on and no longer in another.
    fn span(&mut self, from: u64, until: u64) {
        *self.0.entry(from).or_default() += 1;
        *self.0.entry(until).or_default() -= 1;
    }

    /// How many there are at the end of each second.
    fn levels(&self, seconds: usize) -> impl Iterator<Item = u64> {
        let mut level = 0;
        (0..seconds as u64).map(move |second| {
            level += self.0.get(&second).copied().unwrap_or(0);
            u64::try_from(level).unwrap_or(0)
        })
    }
}

fn second(moment: Moment) -> u64 {
    u64::try_from(moment.nanos() / 1_000_000_000).unwrap_or(0)
}

impl CourseTally {
    /// Counts a request `times` times. Requests come in the order of their ends.
    pub(super) fn add(&mut self, request: &LoggedRequest<'_>, times: u64) {
        let at = second(request.end);
        if at >= MOST_SECONDS {
            return;
        }
        while (self.rows.len() as u64) < at {
            self.close();
        }
        calls::add(&mut self.all, request, times);
        self.user(request, at);
        if is_stream(request) {
            self.stream(request, at, times);
        } else {
            calls::add(&mut self.beside_streams, request, times);
        }
    }

    /// Whether there were more users than can be told apart.
    pub(super) fn is_crowded(&self) -> bool {
        self.is_crowded
    }

    fn stream(&mut self, request: &LoggedRequest<'_>, at: u64, times: u64) {
        let tokens = request.tokens.map_or(0, |tokens| tokens.output);
        self.tokens = self.tokens.saturating_add(tokens.saturating_mul(times));
        if let (Some(first), Some(ttft)) = (request.first_token, request.ttft()) {
            self.firsts.entry(second(first)).or_default().record_times(ttft.nearest_us(), times);
        }
        while self.firsts.len() > OPEN_FIRSTS {
            self.close_firsts();
        }
        if times > 0 {
            self.streams.span(second(request.start), at);
        }
    }

    fn user(&mut self, request: &LoggedRequest<'_>, at: u64) {
        self.is_crowded |= self.users.len() >= MOST_USERS && !self.users.contains_key(&request.user);
        if !self.is_crowded {
            let from = second(request.start);
            let known = self.users.entry(request.user).or_insert((from, at));
            *known = (known.0.min(from), known.1.max(at));
        }
    }

    /// The second that is under way is over.
    fn close(&mut self) {
        let all = std::mem::take(&mut self.all);
        self.sum.add(&all);
        let [calls_p50_ms, calls_p95_ms, calls_p99_ms] =
            quantiles(&std::mem::take(&mut self.beside_streams).latency);
        self.rows.push(SecondRow {
            second: self.rows.len() as u64,
            rps: all.count() as f64,
            failures_per_s: all.failures as f64,
            percentiles: Percentiles::of(&all.latency),
            calls_p50_ms,
            calls_p95_ms,
            calls_p99_ms,
            tokens_per_s: Some(std::mem::take(&mut self.tokens) as f64),
            total_count: self.sum.count(),
            total_failures: self.sum.failures,
            total_latency: Summary::of(&self.sum.latency),
            total_avg_bytes: rate(self.sum.bytes, self.sum.count() as f64),
            ..SecondRow::default()
        });
    }

    fn close_firsts(&mut self) {
        let Some((second, ttft)) = self.firsts.pop_first() else { return };
        let row = usize::try_from(second).ok().and_then(|second| self.rows.get_mut(second));
        if let Some(row) = row {
            [row.ttft_p50_ms, row.ttft_p95_ms, row.ttft_p99_ms] = quantiles(&ttft);
        }
    }

    /// The rows of a run that began at this second of the world's clock.
    pub(super) fn rows(mut self, started: i64) -> Vec<SecondRow> {
        self.close();
        while !self.firsts.is_empty() {
            self.close_firsts();
        }
        let mut users = Changes::default();
        let known = self.users.values().filter(|_| !self.is_crowded);
        // Who ends in a second is gone at its end.
        known.for_each(|(from, to)| users.span(*from, *to));
        let seconds = self.rows.len();
        let levels = users.levels(seconds).zip(self.streams.levels(seconds));
        for (row, (users, streams)) in self.rows.iter_mut().zip(levels) {
            row.users = users;
            row.streams = Some(streams);
            row.timestamp = started.saturating_add(i64::try_from(row.second + 1).unwrap_or(i64::MAX));
        }
        self.rows
    }
}

/// Median, 95 % and 99 % of microseconds, in milliseconds; none without samples.
fn quantiles(samples: &Histogram) -> [Option<f64>; 3] {
    let quantiles = samples.percentiles([Percentile::P50, Percentile::P95, Percentile::P99]);
    quantiles.map_or([None; 3], |values| values.map(|us| Some(us as f64 / 1000.0)))
}
