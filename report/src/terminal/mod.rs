//! The end of a run on one screen of 80 columns.

mod layout;

use std::path::PathBuf;

use common::stats::Metric;
use layout::{WIDTH, folders, table_row, wrapped};

use super::headline::headline;
use super::rows::{EndpointRow, KeyFigures, RunReport, Severity, Verdict};
use super::style::{Ink, Paint};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, column, cut, plain};
use common::text::number::{counted, percent, short, short_or_dash};

/// Most endpoints, and most failures, that the summary lists.
const MAX_ENDPOINTS: usize = 12;
const MAX_FAILURES: usize = 5;
/// Most lines of a failure's text.
const FAILURE_LINES: usize = 2;

/// The metrics of streams that the summary lists.
const STREAM_METRICS: [(Metric, &str); 5] = [
    (Metric::Ttfr, "Stream: first of any kind"),
    (Metric::Ttft, "Stream: first token"),
    (Metric::Icl, "Stream: gap of chunks"),
    (Metric::Tpot, "Stream: time per token"),
    (Metric::E2e, "Stream: whole answer"),
];

/// The summary: limits, thresholds, verdict, totals, endpoints and streams, worst failures, notes, and the
/// files that were written. `paint` adds colours and changes nothing else.
pub fn summary(report: &RunReport, files: &[PathBuf], paint: Paint) -> String {
    let key = KeyFigures::of(report);
    let blocks = [
        limits(report, paint),
        thresholds(report, paint),
        heading(report, paint),
        totals(report, &key),
        endpoints(report, paint),
        failures(report, paint),
        notes(report, paint),
        folders(files),
    ];
    let mut text = blocks.into_iter().filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// How many users the service holds, and what gives way first: what most people came for.
fn limits(report: &RunReport, paint: Paint) -> String {
    let Some(limits) = &report.limits else { return String::new() };
    let sentences = |text: &str| wrapped(&plain(text, MAX_SENTENCE), "", "");
    let mut text = String::new();
    for line in sentences(&limits.headline.join(" ")).lines() {
        text += &paint.ink(Ink::Good, line);
        text.push('\n');
    }
    let cause = &limits.cause;
    if cause.either.is_empty() {
        let description = [&cause.seen, &cause.means, &cause.change].map(|part| part.trim()).join(" ");
        return text
            + &sentences(&format!("What gives way first: {}. {}", cause.title(), description.trim()));
    }
    text += &sentences(&format!("What gives way first: {}. {}", cause.title(), cause.seen));
    for part in cause.paragraphs().iter().skip(1) {
        let line = format!("{}: {}", part.heading, part.text);
        text += &wrapped(&plain(&line, MAX_SENTENCE), "- ", "  ");
    }
    text
}

/// What was asked of the run comes before its figures: it is what the exit code says.
fn thresholds(report: &RunReport, paint: Paint) -> String {
    let mut text = String::new();
    for row in &report.thresholds {
        let ink = match row.verdict {
            Verdict::Pass => Ink::Good,
            Verdict::Fail => Ink::Bad,
            Verdict::Undetermined => Ink::Warning,
        };
        let interval =
            row.interval().filter(|_| row.low != row.high).map(|interval| format!(" [{interval}]"));
        let measured =
            row.measured().unwrap_or_else(|| "–".to_owned()) + interval.unwrap_or_default().as_str();
        let why = row.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let line = format!("{} ({measured}, {}){why}", row.expr, counted(row.samples, "sample"));
        for line in wrapped(&plain(&line, MAX_SENTENCE), &format!("{} ", row.verdict.sign()), "  ").lines() {
            text += &paint.ink(ink, line);
            text.push('\n');
        }
    }
    text
}

fn heading(report: &RunReport, paint: Paint) -> String {
    let facts = &report.facts;
    let title = match &facts.host {
        Some(host) => format!("{} against {host}: {}", facts.shape, facts.end.name()),
        None => format!("{}: {}", facts.shape, facts.end.name()),
    };
    let failed = report.thresholds.iter().any(|row| row.verdict == Verdict::Fail);
    let ink = if report.is_sound() && !failed { Ink::Good } else { Ink::Bad };
    let title = paint.ink(ink, &cut(&plain(&title, MAX_TEXT), WIDTH));
    format!("{title}\n{}", wrapped(&headline(report).join(" "), "", ""))
}

/// Labels with their legend in brackets, so that each line explains itself and can be grepped.
fn totals(report: &RunReport, key: &KeyFigures) -> String {
    let total = &report.total;
    let facts = &report.facts;
    let max = total.latency.map(|figures| figures.summary.max);
    let count = |value: Option<u64>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
    let mut lines = vec![
        (
            "Requests  [total, failed, cut]",
            format!("{}, {} ({}), {}", total.count, total.failures, percent(key.failure_share), total.cut),
        ),
        (
            "Rate      [mean, peak second]",
            format!("{}/s, {}/s", short(total.rps), short_or_dash(key.peak_rps)),
        ),
        ("Latency   [p50, p95, p99, max]", times([key.p50_ms, key.p95_ms, key.p99_ms, max])),
        (
            "Users     [peak, target]",
            format!("{}, {}", count(facts.users_peak), count(facts.users_target_peak)),
        ),
    ];
    if let Some(row) = report.arrivals {
        let p99 = |metric| report.streams.figures(metric).and_then(|figures| figures.percentiles.p99());
        lines.extend([
            ("Arrivals  [due, came, late]", format!("{}, {}, {}", row.due, row.started, row.late)),
            ("  not come [dropped, missed, lost]", format!("{}, {}, {}", row.dropped, row.missed, row.lost)),
            ("  p99      [from due, from start]", times([p99(Metric::FromDue), p99(Metric::FromStart)])),
        ]);
    }
    let apart = [("  of good ones  [p50, p95, p99]", total.good), ("  of failed ones", total.failed)];
    let apart = apart
        .into_iter()
        .filter_map(|(label, some)| some.map(|some| (label, times([some.p50(), some.p95(), some.p99()]))));
    lines.splice(3..3, apart);
    if let Some(streams) = &key.streams {
        let counts = &report.streams.counts;
        lines.extend([
            match counts.abandoned {
                0 => (
                    "Streams   [completed, failed, cut]",
                    format!("{}, {}, {}", streams.completed, streams.failed, counts.cut),
                ),
                left => (
                    "Streams   [done, failed, left, cut]",
                    format!("{}, {}, {left}, {}", streams.completed, streams.failed, counts.cut),
                ),
            },
            ("Tokens    [total, rate]", format!("{}, {}/s", counts.tokens, short(streams.tokens_per_s))),
        ]);
    }
    lines.iter().map(|(label, value)| format!("{label:36}{value}\n")).collect()
}

fn times<const N: usize>(values: [Option<f64>; N]) -> String {
    format!("{} ms", values.map(short_or_dash).join(", "))
}

fn endpoints(report: &RunReport, paint: Paint) -> String {
    if report.endpoints.is_empty() {
        return String::new();
    }
    let head = ["Count", "Failed", "Req/s", "p50 ms", "p95 ms", "p99 ms"].map(str::to_owned);
    let mut text = paint.ink(Ink::Faint, &table_row("Endpoint", &head)) + "\n";
    // With more endpoints than fit, the busiest ones are shown.
    let mut shown: Vec<&EndpointRow> = report.endpoints.iter().collect();
    shown.sort_by_key(|row| std::cmp::Reverse(row.count));
    let hidden = shown.split_off(MAX_ENDPOINTS.min(shown.len())).len();
    shown.sort_by_key(|row| (&row.name, &row.method));
    for row in shown.into_iter().chain([&report.total]) {
        let line = endpoint_line(row);
        text += &if row.failures > 0 { paint.ink(Ink::Bad, &line) } else { line };
        text.push('\n');
    }
    if hidden > 0 {
        text += &format!("and {} with fewer requests\n", counted(hidden as u64, "endpoint"));
    }
    for (metric, label) in STREAM_METRICS {
        let Some(row) = report.streams.metric(metric).filter(|row| row.figures.is_some()) else { continue };
        let percentiles = row.figures.map(|figures| figures.percentiles);
        let [p50, p95, p99] = [
            percentiles.and_then(|p| p.p50()),
            percentiles.and_then(|p| p.p95()),
            percentiles.and_then(|p| p.p99()),
        ];
        let [per_s, p50, p95, p99] = [Some(row.per_s), p50, p95, p99].map(layout::narrow);
        text += &table_row(label, &[row.count.to_string(), String::new(), per_s, p50, p95, p99]);
        text.push('\n');
    }
    text
}

fn endpoint_line(row: &EndpointRow) -> String {
    let percentiles = row.latency.map(|figures| figures.percentiles);
    let shown = [
        percentiles.and_then(|p| p.p50()),
        percentiles.and_then(|p| p.p95()),
        percentiles.and_then(|p| p.p99()),
    ];
    let [p50, p95, p99] = shown.map(layout::narrow);
    let cells =
        [row.count.to_string(), row.failures.to_string(), layout::narrow(Some(row.rps)), p50, p95, p99];
    table_row(&format!("{} {}", row.method, row.name), &cells)
}

fn failures(report: &RunReport, paint: Paint) -> String {
    let mut text = String::new();
    for row in report.failures.iter().take(MAX_FAILURES) {
        let what = plain(&format!("{} {}", row.method, row.name), MAX_TEXT);
        let head = format!("{:>8} × {} {what}", row.occurrences, column(&row.class, 18));
        for line in layout::headed(&head, &plain(&row.text, MAX_TEXT), "           ", FAILURE_LINES) {
            text += &paint.ink(Ink::Bad, &line);
            text.push('\n');
        }
    }
    let hidden = report.failures.len().saturating_sub(MAX_FAILURES);
    if hidden > 0 {
        text += &format!("and {} of failure\n", counted(hidden as u64, "other kind"));
    }
    text
}

fn notes(report: &RunReport, paint: Paint) -> String {
    let mut text = String::new();
    for note in &report.notes {
        let (mark, ink) = match note.severity {
            Severity::Info => ("i ", Ink::Faint),
            Severity::Warning => ("! ", Ink::Warning),
            Severity::Error => ("x ", Ink::Bad),
        };
        for line in wrapped(&plain(&note.text, MAX_SENTENCE), mark, "  ").lines() {
            text += &paint.ink(ink, line);
            text.push('\n');
        }
    }
    text
}
