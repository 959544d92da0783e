//! The tables of measured rows.

use common::stats::Metric;

use super::view::Table;
use crate::rows::{
    AGGREGATED, ClassCount, EndpointRow, FailureRow, Figures, MetricRow, RunReport, StageRow, StreamRows,
    ThresholdRow, WorkerRow,
};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, markdown, markdown_name};
use common::text::number::{bytes, counted, exact, percent, short, short_or_dash};

/// Most kinds of failure in the report.
const MAX_FAILURES: usize = 20;

pub fn thresholds(report: &RunReport) -> Table {
    let head = vec!["", "Threshold", "Verdict", "Why", "Measured", "95 % interval", "Samples"];
    Table::new(head, 4, report.thresholds.iter().map(threshold).collect())
}

fn threshold(row: &ThresholdRow) -> Vec<String> {
    let unit = markdown(&row.unit, MAX_TEXT);
    let measured = row.actual.map_or_else(|| "–".to_owned(), |value| format!("{} {unit}", exact(value)));
    vec![
        row.verdict.sign().to_owned(),
        markdown(&row.expr, MAX_SENTENCE),
        row.verdict.name().to_owned(),
        row.why.as_deref().map_or_else(|| "–".to_owned(), |why| markdown(why, MAX_SENTENCE)),
        measured,
        row.interval().unwrap_or_else(|| "–".to_owned()),
        row.samples.to_string(),
    ]
}

pub fn endpoints(report: &RunReport) -> Table {
    let mut head = vec!["Method", "Endpoint", "Count", "Failed"];
    // CSV files know the sum alone: then the caption says it.
    let with_cut = report.endpoints.iter().any(|row| row.cut > 0);
    if with_cut {
        head.push("Cut");
    }
    head.extend(["Req/s", "p50 ms", "p95 ms", "p99 ms", "Max ms"]);
    let rows = report.endpoints.iter().chain([&report.total]).map(|row| endpoint(row, with_cut));
    Table::new(head, 2, rows.collect())
}

fn endpoint(row: &EndpointRow, with_cut: bool) -> Vec<String> {
    let name = if row.method.is_empty() && row.name == AGGREGATED {
        format!("**{AGGREGATED}**")
    } else {
        markdown_name(&row.name)
    };
    let mut cells =
        vec![markdown(&row.method, MAX_TEXT), name, row.count.to_string(), row.failures.to_string()];
    if with_cut {
        cells.push(row.cut.to_string());
    }
    cells.push(short(row.rps));
    cells.extend(distribution(row.latency.as_ref()));
    cells
}

/// p50, p95, p99 and the greatest value.
fn distribution(figures: Option<&Figures>) -> [String; 4] {
    let percentiles = figures.map(|figures| figures.percentiles);
    [
        percentiles.map(|told| told.p50()),
        percentiles.map(|told| told.p95()),
        percentiles.map(|told| told.p99()),
        figures.map(|figures| figures.summary.max),
    ]
    .map(short_or_dash)
}

pub fn endpoints_caption(report: &RunReport) -> String {
    let mut caption =
        "Count holds every request sent, failed ones too; latency holds failed ones too.".to_owned();
    if report.total.cut > 0 {
        caption += &format!(
            " The load test itself cut {} at a stop: they count, but have no latency.",
            counted(report.total.cut, "request")
        );
    }
    if !report.facts.source.is_locust() {
        caption += " Percentiles are nearest ranks, at most 0.1 % above the sample.";
    }
    caption
}

/// The metrics that have samples, those of the answer before those of the connection.
pub fn streams(streams: &StreamRows) -> Table {
    use Metric::*;
    let order = [
        (Ttft, "TTFT"),
        (Icl, "ICL"),
        (Tpot, "TPOT"),
        (E2e, "E2E"),
        (TokenRate, "Tokens/s of a stream"),
        (Connect, "Connect"),
        (Headers, "Headers"),
        (FirstByte, "TTFB"),
        (FirstEvent, "First event"),
    ];
    let rows = order
        .into_iter()
        .filter_map(|(metric, label)| streams.metric(metric).map(|row| (label, row)))
        .filter(|(_, row)| row.count > 0)
        .map(|(label, row)| metric(label, row));
    Table::new(vec!["Metric", "Unit", "Samples", "p50", "p95", "p99", "Max"], 2, rows.collect())
}

fn metric(label: &str, row: &MetricRow) -> Vec<String> {
    let mut cells = vec![label.to_owned(), markdown(&row.unit, MAX_TEXT), row.count.to_string()];
    cells.extend(distribution(row.figures.as_ref()));
    cells
}

pub fn streams_caption(streams: &StreamRows) -> Option<String> {
    streams.any().then(|| {
        format!(
            "{} started, {} completed, {} failed, {} cut at a stop, {} stalled; {} tokens ({} counted by the \
             server) in {} chunks, {} tokens/s over all streams.",
            streams.started,
            streams.completed,
            streams.failed,
            streams.cut,
            streams.stalled,
            streams.tokens,
            streams.tokens_reported,
            streams.chunks,
            short(streams.tokens_per_s)
        )
    })
}

pub fn stages(report: &RunReport) -> Table {
    let streams = report.stages.iter().any(|row| row.ttft_p95_ms.is_some());
    let mut head = vec![
        "Stage",
        "From s",
        "To s",
        "Measured from s",
        "Users",
        "Target",
        "Count",
        "Failed",
        "Req/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
    ];
    if streams {
        head.extend(["TTFT p50 ms", "TTFT p95 ms", "Tokens/s"]);
    }
    Table::new(head, 1, report.stages.iter().map(|row| stage(row, streams)).collect())
}

fn stage(row: &StageRow, streams: bool) -> Vec<String> {
    let mut cells = vec![
        markdown(&row.name, MAX_TEXT),
        short(row.from_s),
        short(row.to_s),
        short(row.measured_from_s),
        row.users_peak.to_string(),
        row.users_target.to_string(),
        row.count.to_string(),
        row.failures.to_string(),
        short(row.rps),
    ];
    cells.extend([row.p50_ms, row.p95_ms, row.p99_ms].map(short_or_dash));
    if streams {
        cells.extend([row.ttft_p50_ms, row.ttft_p95_ms].map(short_or_dash));
        cells.push(short(row.tokens_per_s));
    }
    cells
}

pub fn classes(report: &RunReport) -> Table {
    let rows = ClassCount::of(&report.failures)
        .into_iter()
        .map(|row| vec![markdown_name(&row.class), row.occurrences.to_string()]);
    Table::new(vec!["Class", "Failures"], 1, rows.collect())
}

pub fn failures(report: &RunReport) -> Table {
    let rows = report.failures.iter().take(MAX_FAILURES).map(failure);
    Table::new(
        vec!["Method", "Endpoint", "Class", "Text", "First seen", "Last seen", "Failures"],
        6,
        rows.collect(),
    )
}

fn failure(row: &FailureRow) -> Vec<String> {
    let stamp =
        |time: Option<jiff::Timestamp>| time.map_or_else(|| "–".to_owned(), |time| format!("{time:.0}"));
    vec![
        markdown(&row.method, MAX_TEXT),
        markdown_name(&row.name),
        markdown_name(&row.class),
        markdown(&row.text, MAX_TEXT),
        stamp(row.first_seen),
        stamp(row.last_seen),
        row.occurrences.to_string(),
    ]
}

/// What stands in place of the tables when there is no row.
pub fn no_failures(report: &RunReport) -> String {
    match report.total.failures {
        0 => "None.".to_owned(),
        failures => format!("{}, of which the kinds are not known.", counted(failures, "failure")),
    }
}

pub fn failures_caption(report: &RunReport) -> Option<String> {
    let hidden = report.failures.len().saturating_sub(MAX_FAILURES);
    (hidden > 0).then(|| format!("{hidden} more kinds stand in the file `_failures.csv`."))
}

pub fn workers(report: &RunReport) -> Table {
    let head = vec![
        "Worker",
        "Host",
        "Version",
        "State",
        "Not covered",
        "Cores",
        "Users",
        "Requests",
        "Failed",
        "CPU",
        "Memory",
        "Late timers",
        "Late by (p99) ms",
        "Late by (max) ms",
        "Clock offset ms",
        "Deltas",
        "Last delta s",
    ];
    Table::new(head, 5, report.workers.iter().map(worker).collect())
}

fn worker(row: &WorkerRow) -> Vec<String> {
    let clock = match (row.clock_offset_ms, row.clock_uncertainty_ms) {
        (Some(offset), Some(uncertainty)) => format!("{} ± {}", short(offset), short(uncertainty)),
        (offset, _) => short_or_dash(offset),
    };
    let deltas = format!("{} ({} repeated, {} refused)", row.deltas, row.duplicates, row.refused);
    vec![
        markdown_name(&row.name),
        markdown(&row.host, MAX_TEXT),
        markdown(&row.version, MAX_TEXT),
        row.state.name().to_owned(),
        markdown(&row.lost_spans.join("; "), MAX_TEXT),
        row.cores.to_string(),
        row.users_peak.to_string(),
        row.requests.to_string(),
        row.failures.to_string(),
        percent(row.cpu_peak),
        bytes(row.memory_peak),
        percent(row.timers_late),
        short(row.lateness_p99_ms),
        short(row.lateness_max_ms),
        clock,
        deltas,
        short_or_dash(row.last_delta_s),
    ]
}
