//! The end of a run on one screen.

mod layout;

use std::path::PathBuf;

use common::stats::Metric;
use layout::Sheet;

use super::headline::{ending, headline};
use super::rows::{AGGREGATED, EndpointRow, Figures, KeyFigures, Percentiles, RunReport, Severity, Verdict};
use super::style::{Ink, Paint};
use crate::tables::behind;
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, column, cut, plain};
use common::text::number::{count, counted, milliseconds, or_dash, percent, rounded, rounded_or_dash};

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
/// files that were written, for a terminal of so many columns. `paint` adds colours and changes nothing else.
pub fn summary(report: &RunReport, files: &[PathBuf], paint: Paint, columns: usize) -> String {
    let sheet = Sheet::new(paint, columns);
    let key = KeyFigures::of(report);
    let blocks = [
        limits(report, sheet),
        thresholds(report, sheet),
        heading(report, sheet),
        totals(report, &key, sheet),
        endpoints(report, sheet),
        model(report, sheet),
        failures(report, sheet),
        notes(report, sheet),
        sheet.folders(files),
    ];
    let mut text = blocks.into_iter().filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// How many users the service holds, and what gives way first: what most people came for.
fn limits(report: &RunReport, sheet: Sheet) -> String {
    let Some(limits) = &report.limits else { return String::new() };
    let sentences = |text: &str| sheet.wrapped(&plain(text, MAX_SENTENCE), "", "");
    let mut text = String::new();
    for line in sentences(&limits.headline.join(" ")).lines() {
        text += &sheet.paint.ink(Ink::Good, line);
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
        text += &sheet.wrapped(&plain(&line, MAX_SENTENCE), "- ", "  ");
    }
    text
}

/// What was asked of the run comes before its figures: it is what the exit code says.
fn thresholds(report: &RunReport, sheet: Sheet) -> String {
    let mut text = String::new();
    for row in &report.thresholds {
        let ink = match row.verdict {
            Verdict::Pass => Ink::Good,
            Verdict::Fail => Ink::Bad,
            Verdict::Undetermined => Ink::Warning,
        };
        let interval =
            row.interval().filter(|_| row.low != row.high).map(|interval| format!(" ({interval})"));
        let measured =
            row.measured().unwrap_or_else(|| "–".to_owned()) + interval.unwrap_or_default().as_str();
        let why = row.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let line = format!("{}: {measured}, {}{why}", row.expr, counted(row.samples, "sample"));
        for line in
            sheet.wrapped(&plain(&line, MAX_SENTENCE), &format!("{} ", row.verdict.sign()), "  ").lines()
        {
            text += &sheet.paint.ink(ink, line);
            text.push('\n');
        }
    }
    text
}

fn heading(report: &RunReport, sheet: Sheet) -> String {
    let facts = &report.facts;
    let title = match &facts.host {
        Some(host) => format!("{} against {host}: {}", facts.shape, ending(report)),
        None => format!("{}: {}", facts.shape, ending(report)),
    };
    let failed = report.thresholds.iter().any(|row| row.verdict == Verdict::Fail);
    let ink = if report.is_sound() && !failed { Ink::Good } else { Ink::Bad };
    let title = sheet.paint.ink(ink, &cut(&plain(&title, MAX_TEXT), sheet.width));
    format!("{title}\n{}", sheet.wrapped(&headline(report).join(" "), "", ""))
}

/// Labels with their legend in brackets, so that each line explains itself and can be grepped.
fn totals(report: &RunReport, key: &KeyFigures, sheet: Sheet) -> String {
    let total = &report.total;
    let facts = &report.facts;
    let counts = |numbers: &[u64]| numbers.iter().map(|number| count(*number)).collect::<Vec<_>>().join(", ");
    let users = |value: Option<u64>| value.map_or_else(|| "–".to_owned(), count);
    let mut lines = vec![
        (
            "Requests  [total, failed, cut]",
            format!(
                "{}, {} ({}), {}",
                count(total.count),
                count(total.failures),
                percent(key.failure_share),
                count(total.cut)
            ),
        ),
        (
            "Rate      [mean, peak second]",
            format!("{}/s, {}/s", rounded(total.rps), rounded_or_dash(key.peak_rps)),
        ),
        (
            "Users     [peak, target]",
            format!("{}, {}", users(facts.users_peak), users(facts.users_target_peak)),
        ),
    ];
    if let Some(row) = report.arrivals {
        let p99 = |metric| report.streams.figures(metric).and_then(|figures| figures.percentiles.p99());
        lines.extend([
            ("Arrivals  [due, came, late]", counts(&[row.due, row.started, row.late])),
            ("  not come [dropped, missed, lost]", counts(&[row.dropped, row.missed, row.lost])),
            ("  p99      [from due, from start]", times([p99(Metric::FromDue), p99(Metric::FromStart)])),
        ]);
    }
    let apart = [("  of good ones  [p50, p95, p99]", total.good), ("  of failed ones", total.failed)];
    // Where there are streams, all together mixes answers of minutes with calls: each endpoint has its own below.
    let apart = apart
        .into_iter()
        .filter(|_| key.streams.is_none())
        .filter_map(|(label, some)| some.map(|some| (label, times([some.p50(), some.p95(), some.p99()]))));
    lines.splice(2..2, latencies(report, key).into_iter().chain(apart));
    if let Some(streams) = &key.streams {
        let of = &report.streams.counts;
        lines.extend([
            match of.abandoned {
                0 => (
                    "Streams   [completed, failed, cut]",
                    counts(&[streams.completed, streams.failed, of.cut]),
                ),
                left => (
                    "Streams   [done, failed, left, cut]",
                    counts(&[streams.completed, streams.failed, left, of.cut]),
                ),
            },
            ("Tokens    [total, rate]", format!("{}, {}/s", count(of.tokens), rounded(streams.tokens_per_s))),
        ]);
    }
    lines.iter().map(|(label, value)| sheet.total(label, value)).collect()
}

fn times<const N: usize>(values: [Option<f64>; N]) -> String {
    values.map(|value| or_dash(value, milliseconds)).join(", ")
}

/// How long what was asked took: calls, first tokens and whole answers apart, as one is a moment and another a minute.
fn latencies(report: &RunReport, key: &KeyFigures) -> Vec<(&'static str, String)> {
    let line = |figures: Figures| {
        let of = figures.percentiles;
        times([of.p50(), of.p95(), of.p99(), Some(figures.summary.max)])
    };
    let calls = match key.streams {
        None => "Latency   [p50, p95, p99, max]",
        Some(_) => "Calls     [p50, p95, p99, max]",
    };
    let streams = [(Metric::Ttft, "First token"), (Metric::E2e, "Whole answer")];
    let streams = streams.into_iter().map(|(metric, label)| (label, report.streams.figures(metric).copied()));
    let all = [(calls, key.calls)].into_iter().chain(streams);
    all.filter_map(|(label, figures)| Some((label, line(figures?)))).collect()
}

fn endpoints(report: &RunReport, sheet: Sheet) -> String {
    if report.endpoints.is_empty() {
        return String::new();
    }
    let head = ["Count", "Failed", "Per s", "p50", "p95", "p99"].map(str::to_owned);
    let mut text = sheet.paint.ink(Ink::Faint, &sheet.table_row("Endpoint", &head)) + "\n";
    // With more endpoints than fit, the busiest ones are shown.
    let mut shown: Vec<&EndpointRow> = report.endpoints.iter().collect();
    shown.sort_by_key(|row| std::cmp::Reverse(row.count));
    let hidden = shown.split_off(MAX_ENDPOINTS.min(shown.len())).len();
    shown.sort_by_key(|row| (&row.name, &row.method));
    // All together is Locust's row: a stream is a whole answer in it, so it stands where there are none.
    let total = [&report.total].into_iter().filter(|_| !report.streams.any());
    for row in shown.into_iter().chain(total) {
        let line = endpoint_line(row, sheet);
        text += &if row.failures > 0 { sheet.paint.ink(Ink::Bad, &line) } else { line };
        text.push('\n');
        if let Some(good) = row.good.filter(|_| report.streams.any()) {
            text += &sheet.table_row("  good ones alone", &good_cells(row, good));
            text.push('\n');
        }
    }
    if hidden > 0 {
        text += &format!("and {} with fewer requests\n", counted(hidden as u64, "endpoint"));
    }
    for (metric, label) in STREAM_METRICS {
        let Some(row) = report.streams.metric(metric).filter(|row| row.figures.is_some()) else { continue };
        // Where the first of any kind was always text, it is the next line.
        if metric == Metric::Ttfr && row.figures.as_ref() == report.streams.figures(Metric::Ttft) {
            continue;
        }
        let percentiles = row.figures.map(|figures| figures.percentiles);
        let [p50, p95, p99] = [
            percentiles.and_then(|p| p.p50()),
            percentiles.and_then(|p| p.p95()),
            percentiles.and_then(|p| p.p99()),
        ];
        let [p50, p95, p99] = [p50, p95, p99].map(|value| or_dash(value, milliseconds));
        text +=
            &sheet.table_row(label, &[count(row.count), String::new(), rounded(row.per_s), p50, p95, p99]);
        text.push('\n');
    }
    text
}

fn endpoint_line(row: &EndpointRow, sheet: Sheet) -> String {
    let percentiles = row.latency.map(|figures| figures.percentiles);
    let shown = [
        percentiles.and_then(|p| p.p50()),
        percentiles.and_then(|p| p.p95()),
        percentiles.and_then(|p| p.p99()),
    ];
    let [p50, p95, p99] = shown.map(|value| or_dash(value, milliseconds));
    let cells = [count(row.count), count(row.failures), rounded(row.rps), p50, p95, p99];
    sheet.table_row(&format!("{} {}", row.method, row.name), &cells)
}

/// The good answers of an endpoint of which some failed.
fn good_cells(row: &EndpointRow, good: Percentiles) -> [String; 6] {
    let [p50, p95, p99] = [good.p50(), good.p95(), good.p99()].map(|value| or_dash(value, milliseconds));
    let answered = row.count.saturating_sub(row.failures + row.cut + row.abandoned);
    [count(answered), String::new(), String::new(), p50, p95, p99]
}

/// Whose time users waited.
fn model(report: &RunReport, sheet: Sheet) -> String {
    let Some(rows) = &report.behind else { return String::new() };
    let mut text = sheet.wrapped(&plain(&behind::sentences(rows).join(" "), MAX_SENTENCE), "", "");
    let whole = rows.rows.iter().filter(|row| row.stage == AGGREGATED && row.count > 0);
    for row in whole {
        let part = format!("{:20}[p50, p95, p99]", row.part.name());
        let of = |label: &str, values| format!("{label} {}", times(values));
        let seen = of("seen", [row.seen_p50_ms, row.seen_p95_ms, row.seen_p99_ms]);
        let front = of("in front", [row.application_p50_ms, row.application_p95_ms, row.application_p99_ms]);
        text += &(sheet.total(&part, &seen) + &sheet.total("", &front));
    }
    text
}

fn failures(report: &RunReport, sheet: Sheet) -> String {
    let mut text = String::new();
    for row in report.failures.iter().take(MAX_FAILURES) {
        let what = plain(&format!("{} {}", row.method, row.name), MAX_TEXT);
        let head = format!("{:>8} × {} {what}", count(row.occurrences), column(&row.class, 18));
        for line in sheet.headed(&head, &plain(&row.text, MAX_TEXT), "           ", FAILURE_LINES) {
            text += &sheet.paint.ink(Ink::Bad, &line);
            text.push('\n');
        }
    }
    let hidden = report.failures.len().saturating_sub(MAX_FAILURES);
    if hidden > 0 {
        text += &format!("and {} of failure\n", counted(hidden as u64, "other kind"));
    }
    text
}

fn notes(report: &RunReport, sheet: Sheet) -> String {
    let mut text = String::new();
    for note in &report.notes {
        let (mark, ink) = match note.severity {
            Severity::Info => ("i ", Ink::Faint),
            Severity::Warning => ("! ", Ink::Warning),
            Severity::Error => ("x ", Ink::Bad),
        };
        for line in sheet.wrapped(&plain(&note.text, MAX_SENTENCE), mark, "  ").lines() {
            text += &sheet.paint.ink(ink, line);
            text.push('\n');
        }
    }
    text
}
