//! What was measured with each number of users. Latencies in milliseconds.

use super::{judged, sentence, verdict_class};
use crate::rows::{Estimate, RungRow as Row, RungVerdict, Verdict};
use crate::table::{CellType, Column, Value};
use common::text::number::rounded;

pub(crate) fn columns() -> Vec<Column<Row>> {
    vec![
        number("users", |row| row.users.value()).html(0, "Users", "").markdown(3, "Users"),
        number("rate", |row| row.rate.value()).shown(24, "Arrivals", "1/s", "Arrivals/s").needed(of_rate),
        number("grew_per_s", |row| row.grew_per_s.value())
            .shown(25, "Users grew", "1/s", "Users grew/s")
            .needed(of_rate),
        number("dropped", |row| row.dropped.value())
            .shown(26, "Dropped", "", "Dropped")
            .needed(|row| row.dropped.is_some_and(|dropped| dropped > 0)),
        Column::text("verdict", verdict).html(1, "Verdict", "").class(class),
        Column::text("verdict", |row: &Row| Value::Own(row.verdict.name().to_owned())).markdown(1, "Verdict"),
        Column::text("stage", |row: &Row| row.stage.value())
            .html(2, "Stage", "")
            .markdown(0, "Rung")
            .class(|_| "name"),
        number("from_s", |row| row.from_s.value()).html(3, "From", "").seconds().folded(|_| true),
        number("to_s", |row| row.to_s.value()).html(4, "To", "").seconds().folded(|_| true),
        number("count", |row| row.count.value()).html(5, "Requests", ""),
        number("failures", |row| Value::Share(row.failures)).shown(6, "Failed", "", "Failed"),
        number("rps", |row| row.rps.value()).html(7, "Rate", "req/s").markdown(4, "Requests/s"),
        number("p95_ms", |row| row.p95_ms.value())
            .html(8, "p95", "")
            .markdown(5, "p95")
            .milliseconds()
            .hidden(|row| row.streams > 0),
        number("streams", |row| row.streams.value()).html(9, "Streams", "").folded(|_| true),
        number("streams_per_s", |row| row.streams_per_s.value())
            .html(10, "Streams", "1/s")
            .markdown(7, "Streams/s"),
        number("throughput", |row| middle(row.throughput)).html(11, "Through", "1/s").folded(|_| true),
        number("ttft_mean_ms", |row| middle(row.ttft_mean_ms))
            .html(12, "TTFT mean", "")
            .milliseconds()
            .folded(|_| true),
        number("ttft_p50_ms", |row| row.ttft_p50_ms.value())
            .html(13, "TTFT p50", "")
            .markdown(8, "TTFT p50")
            .milliseconds(),
        number("ttft_p95_ms", |row| row.ttft_p95_ms.value())
            .html(14, "TTFT p95", "")
            .markdown(9, "TTFT p95")
            .milliseconds(),
        number("icl_p50_ms", |row| row.icl_p50_ms.value())
            .html(15, "ICL p50", "")
            .markdown(10, "Gap p50")
            .milliseconds(),
        number("icl_p95_ms", |row| row.icl_p95_ms.value())
            .html(16, "ICL p95", "")
            .milliseconds()
            .folded(|_| true),
        number("headers_p50_ms", |row| row.headers_p50_ms.value())
            .html(17, "Headers p50", "")
            .milliseconds()
            .folded(|_| true),
        number("e2e_p50_ms", |row| row.e2e_p50_ms.value()).html(18, "E2E p50", "").milliseconds(),
        number("open", |row| row.open.value()).html(19, "Open", "mean").markdown(11, "Open"),
        number("producing", |row| row.producing.value()).html(20, "Sending", "mean"),
        number("producing_peak", |row| row.producing_peak.value())
            .html(21, "Sending", "peak")
            .folded(|_| true),
        number("producing", |row| {
            Value::Own(format!("{} (peak {})", rounded(row.producing), row.producing_peak))
        })
        .markdown(12, "Sending"),
        number("canary_p50_ms", |row| row.canary_p50_ms.value())
            .html(22, "Canary p50", "")
            .markdown(13, "Cheap request")
            .milliseconds()
            .folded(|_| true),
        Column::text("why", |row: &Row| sentence(row.why.as_ref())).html(23, "Why", "").class(|_| "long"),
        Column::text("why", |row: &Row| Value::Text(row.why.clone().unwrap_or_default())).markdown(2, "Why"),
    ]
}

/// Whether a rate of arrivals was tried, and not a number of users.
fn of_rate(row: &Row) -> bool {
    row.rate.is_some()
}

fn middle(of: Option<Estimate>) -> Value {
    of.map(|of| of.estimate).value()
}

fn number(source: &'static str, value: fn(&Row) -> Value) -> Column<Row> {
    Column::number(source, value)
}

fn judgement(row: &Row) -> Option<Verdict> {
    match row.verdict {
        RungVerdict::Pass => Some(Verdict::Pass),
        RungVerdict::Fail => Some(Verdict::Fail),
        RungVerdict::Undetermined => Some(Verdict::Undetermined),
        RungVerdict::Invalid => None,
    }
}

fn verdict(row: &Row) -> Value {
    judgement(row).map_or_else(|| Value::Own("– invalid".to_owned()), judged)
}

fn class(row: &Row) -> &'static str {
    judgement(row).map_or("unsure", verdict_class)
}
