//! Figures of the whole run, from its seconds.

use super::bootstrap::{FEWEST, SecondPair, paired};
use super::finding::difference;
use super::rows::{ComparedFigure, Difference};
use crate::rows::SecondRow;
use common::text::number::counted;

/// What is taken of a second: the sum of the values, and of their weights.
type Taken = fn(&SecondRow) -> (f64, f64);

const ALL: &str = "all requests";
/// Those that are no streams, where there are any: a call is a moment and a stream a whole answer.
const CALLS: &str = "calls";
const STREAMS: &str = "streams";

/// Averages over seconds; a percentile weighs as many requests as its second had.
const FIGURES: [(&str, ComparedFigure, Taken); 8] = [
    (ALL, ComparedFigure::more("rate", "requests/s"), |row| (row.rps, 1.0)),
    (ALL, ComparedFigure::less("failed", "%"), |row| (row.failures_per_s * 100.0, row.rps)),
    (CALLS, ComparedFigure::less("p50 of a second", "ms"), |row| weighed(row.calls_ms()[0], row.rps)),
    (CALLS, ComparedFigure::less("p95 of a second", "ms"), |row| weighed(row.calls_ms()[1], row.rps)),
    (CALLS, ComparedFigure::less("p99 of a second", "ms"), |row| weighed(row.calls_ms()[2], row.rps)),
    (STREAMS, ComparedFigure::less("TTFT p50 of a second", "ms"), |row| weighed(row.ttft_p50_ms, 1.0)),
    (STREAMS, ComparedFigure::less("TTFT p95 of a second", "ms"), |row| weighed(row.ttft_p95_ms, 1.0)),
    (STREAMS, ComparedFigure::more("tokens", "tokens/s"), |row| (row.tokens_per_s.unwrap_or(0.0), 1.0)),
];

fn weighed(value: Option<f64>, weight: f64) -> (f64, f64) {
    value.map_or((0.0, 0.0), |value| (value * weight, weight))
}

/// The differences of the whole run.
pub(super) fn differences(a: &[SecondRow], b: &[SecondRow], left_out: &mut Vec<String>) -> Vec<Difference> {
    if a.is_empty() || b.is_empty() {
        left_out.push("the run second by second: no _stats_history.csv beside the other files".to_owned());
        return Vec::new();
    }
    let common = a.len().min(b.len());
    if a.len() != b.len() {
        let (more, which) = if a.len() > b.len() { (a.len() - common, "A") } else { (b.len() - common, "B") };
        let seconds = if more == 1 { "second".to_owned() } else { format!("{more} seconds") };
        left_out
            .push(format!("the last {seconds} of run {which}: the other run has nothing to pair with that"));
    }
    if common < FEWEST {
        left_out.push(format!(
            "how sure the figures of all requests are: both runs have only {}, and it takes {FEWEST}",
            counted(common as u64, "second")
        ));
    }
    let is_of_streams =
        |row: &SecondRow| row.streams.is_some_and(|streams| streams > 0) || row.ttft_p50_ms.is_some();
    let has_streams = a.iter().chain(b).any(is_of_streams);
    let figure = |(scope, figure, take): &(&str, ComparedFigure, Taken)| {
        let scope = if *scope == CALLS && !has_streams { ALL } else { *scope };
        let pairs: Vec<SecondPair> = a.iter().zip(b).map(|(a, b)| [take(a), take(b)]).collect();
        let something = pairs.iter().any(|[a, b]| a.0 != 0.0 || b.0 != 0.0);
        let (values, interval) = paired(&pairs).filter(|_| something || figure.name == "failed")?;
        Some(difference(scope, *figure, values, interval))
    };
    FIGURES.iter().filter_map(figure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Percentiles;

    fn seconds(streams: Option<u64>) -> Vec<SecondRow> {
        let row = |second| SecondRow {
            second,
            rps: 10.0,
            streams,
            // Half of them are answers of some seconds.
            percentiles: Some(Percentiles([4000.0; 11])),
            calls_p50_ms: streams.map(|_| 2.0),
            calls_p95_ms: streams.map(|_| 3.0),
            calls_p99_ms: streams.map(|_| 4.0),
            ..SecondRow::default()
        };
        (0..30).map(row).collect()
    }

    fn said(history: &[SecondRow]) -> Vec<(String, f64)> {
        let rows = differences(history, history, &mut Vec::new());
        let times = rows.into_iter().filter(|row| row.figure.name.contains("of a second"));
        times.map(|row| (format!("{}: {}", row.scope, row.figure.name), row.a)).collect()
    }

    /// What calls and whole answers took together says nothing of either.
    #[test]
    fn no_time_mixes_calls_and_streams() {
        let times = said(&seconds(Some(5)));
        assert_eq!(
            times,
            [
                ("calls: p50 of a second", 2.0),
                ("calls: p95 of a second", 3.0),
                ("calls: p99 of a second", 4.0)
            ]
            .map(|(name, ms)| (name.to_owned(), ms))
        );
        let alone = said(&seconds(Some(0)));
        assert_eq!(alone[0], ("all requests: p50 of a second".to_owned(), 2.0));
        let locust = said(&seconds(None));
        assert_eq!(locust[0], ("all requests: p50 of a second".to_owned(), 4000.0));
    }

    #[test]
    fn a_single_second_is_counted_in_the_singular() {
        let (all, mut left_out) = (seconds(Some(5)), Vec::new());
        differences(&all[..1], &all[..2], &mut left_out);
        assert!(left_out[0].starts_with("the last second of run B:"), "{left_out:?}");
        assert!(left_out[1].contains("both runs have only 1 second,"), "{left_out:?}");
    }
}
