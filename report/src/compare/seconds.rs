//! Figures of the whole run, from its seconds.

use super::bootstrap::{FEWEST, SecondPair, paired};
use super::finding::difference;
use super::rows::{ComparedFigure, Difference};
use crate::rows::SecondRow;

/// What is taken of a second: the sum of the values, and of their weights.
type Taken = fn(&SecondRow) -> (f64, f64);

const ALL: &str = "all requests";
const STREAMS: &str = "streams";

/// Averages over seconds; a percentile weighs as many requests as its second had.
const FIGURES: [(&str, ComparedFigure, Taken); 8] = [
    (ALL, ComparedFigure::more("rate", "requests/s"), |row| (row.rps, 1.0)),
    (ALL, ComparedFigure::less("failed", "%"), |row| (row.failures_per_s * 100.0, row.rps)),
    (ALL, ComparedFigure::less("p50 of a second", "ms"), |row| {
        weighed(row.percentiles.and_then(|p| p.p50()), row.rps)
    }),
    (ALL, ComparedFigure::less("p95 of a second", "ms"), |row| {
        weighed(row.percentiles.and_then(|p| p.p95()), row.rps)
    }),
    (ALL, ComparedFigure::less("p99 of a second", "ms"), |row| {
        weighed(row.percentiles.and_then(|p| p.p99()), row.rps)
    }),
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
        left_out.push(format!(
            "the last {more} seconds of run {which}: the other run has none to pair them with"
        ));
    }
    if common < FEWEST {
        left_out.push(format!(
            "how sure the figures of all requests are: {common} seconds are too few, it takes {FEWEST}"
        ));
    }
    let figure = |(scope, figure, take): &(&str, ComparedFigure, Taken)| {
        let pairs: Vec<SecondPair> = a.iter().zip(b).map(|(a, b)| [take(a), take(b)]).collect();
        let something = pairs.iter().any(|[a, b]| a.0 != 0.0 || b.0 != 0.0);
        let (values, interval) = paired(&pairs).filter(|_| something || figure.name == "failed")?;
        Some(difference(scope, *figure, values, interval))
    };
    FIGURES.iter().filter_map(figure).collect()
}
