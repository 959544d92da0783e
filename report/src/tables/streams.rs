//! `<prefix>_streams.csv`: the columns of `_stats.csv`, a `STREAM` row for each metric (milliseconds;
//! tokens/s for `tokens_per_s`), then a `COUNT` row for each total. The `Requests/s` of the row `tokens` is
//! the rate of tokens over the run.

use common::stats::{Metric, StreamCounts};

use super::stats::{MeasuredRow, percentiles, read_figures, summary};
use crate::csv_cells::{COUNT_TYPE, NO_NUMBER, STREAM_TYPE};
use crate::csv_cells::{CsvCell, CsvRow, ReadError};
use crate::rows::{MetricRow as Row, Percentiles, StreamRows, Summary};
use crate::table::{Column, Unit, Value, csv_header, field};
use common::text::number::{count, exact, rounded};

pub(crate) fn columns() -> Vec<Column<Row>> {
    let mut columns = vec![
        Column::written("Type", false, |_: &Row| Value::Own(STREAM_TYPE.to_owned())),
        Column::stored("Name", false, |row: &Row| Value::Text(row.name.clone()), read_name),
        Column::text("Name", |row: &Row| Value::Own(label(&row.name).to_owned()))
            .shown(0, "Metric", "", "Metric"),
        field!("Request Count", count).shown(2, "Samples", "", "Samples"),
        Column::written("Failure Count", true, |_: &Row| Value::Count(0)),
    ];
    columns.extend(summary());
    columns.extend([
        Column::written("Average Content Size", true, |_: &Row| Value::Count(0)),
        field!("Requests/s", per_s).html(3, "Rate", "1/s"),
        Column::written("Failures/s", true, |_: &Row| Value::Count(0)),
    ]);
    columns.extend(percentiles());
    columns
}

fn read_name(row: &mut Row, cell: &CsvCell<'_>) -> Result<(), ReadError> {
    let name = cell.text();
    let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.name() == name) else {
        return Err(cell.wrong("a metric of streams that this release knows"));
    };
    row.name = name;
    row.unit = Row::unit_of(metric).to_owned();
    Ok(())
}

impl MeasuredRow for Row {
    fn unit(&self) -> Unit {
        if self.is_time() { Unit::Milliseconds } else { Unit::OfTheHead }
    }

    fn summary(&self) -> Option<Summary> {
        self.figures.map(|figures| figures.summary)
    }

    fn percentiles(&self) -> Option<Percentiles> {
        self.figures.map(|figures| figures.percentiles)
    }

    fn read(&mut self, cell: &CsvCell<'_>) -> Result<(), ReadError> {
        self.figures = read_figures(cell)?;
        Ok(())
    }
}

/// The `COUNT` rows.
pub(crate) fn csv_totals(streams: &StreamRows) -> Vec<Vec<String>> {
    let header = csv_header(&columns());
    let line = |(name, total): (&str, u64)| {
        let cell = |column: &&str| match *column {
            "Type" => COUNT_TYPE.to_owned(),
            "Name" => name.to_owned(),
            "Request Count" => total.to_string(),
            "Requests/s" if name == "tokens" => exact(streams.tokens_per_s),
            _ => NO_NUMBER.to_owned(),
        };
        header.iter().map(cell).collect()
    };
    streams.totals().map(line).collect()
}

/// Takes the total of a `COUNT` row.
pub(crate) fn read_total(row: &CsvRow<'_>, streams: &mut StreamRows) -> Result<(), ReadError> {
    let count = row.cell("Request Count").count()?;
    let name = row.cell("Name");
    let Some(total) = streams.total_mut(&name.text()) else {
        return Err(name.wrong("a total of streams that this release knows"));
    };
    *total = count;
    if name.text() == "tokens" {
        streams.tokens_per_s = row.cell("Requests/s").number()?;
    }
    Ok(())
}

/// The metrics that have samples, those of the answer before those of the connection.
pub(crate) fn shown(streams: &StreamRows) -> Vec<&Row> {
    let rows = LABELS.iter().filter_map(|(metric, _)| streams.metric(*metric));
    rows.filter(|row| row.count > 0).collect()
}

/// What people call each metric.
const LABELS: [(Metric, &str); 14] = [
    (Metric::Ttft, "TTFT"),
    (Metric::Ttfr, "TTFR"),
    (Metric::Icl, "ICL"),
    (Metric::Tpot, "TPOT"),
    (Metric::E2e, "E2E"),
    (Metric::TokenRate, "Tokens/s of a stream"),
    (Metric::Connect, "Connect"),
    (Metric::Headers, "Headers"),
    (Metric::FirstByte, "TTFB"),
    (Metric::FirstEvent, "First event"),
    (Metric::FromDue, "Arrival's first request, from when it was due"),
    (Metric::FromStart, "the same, from its start"),
    (Metric::StartDelay, "its start, from when it was due"),
    (Metric::TextFromDue, "its first text, from when it was due"),
];

fn label(name: &str) -> &'static str {
    LABELS.iter().find(|(metric, _)| metric.name() == name).map_or("?", |(_, label)| label)
}

/// Why answers ended, as far as the service says so.
const FINISHED: [(&str, &str); 5] = [
    ("finish_stop", "finished: done"),
    ("finish_length", "finished: out of tokens"),
    ("finish_tool", "finished: tool call"),
    ("finish_filter", "finished: filtered"),
    ("finish_other", "finished: other reasons"),
];

/// Totals that are shown only where they are not 0.
const SELDOM: [&str; 14] = [
    "abandoned",
    "hidden",
    "wordless",
    "prompt_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "contradicted",
    "text_after_end",
    "left_open",
    "finish_stop",
    "finish_length",
    "finish_tool",
    "finish_filter",
    "finish_other",
];

/// What people call each total, with its value.
pub(crate) fn facts(streams: &StreamRows) -> Vec<(&'static str, String)> {
    if !streams.any() {
        return Vec::new();
    }
    let total = |(name, total): (&'static str, u64)| {
        let label = match name {
            "abandoned" => "left by their users",
            "cut" => "cut at a stop",
            "textless" => "failed without text",
            "in_progress" => "in progress",
            "tokens_reported" => "tokens counted by the server",
            "comments" => "keep-alive comments",
            "hidden" => "events of thoughts and tool calls",
            "wordless" => "completed without text",
            "prompt_tokens" => "prompt tokens",
            "cached_tokens" => "of those from a cache",
            "reasoning_tokens" => "tokens of thoughts",
            "contradicted" => "counted fewer tokens than came",
            "text_after_end" => "text after the end",
            "left_open" => "body open after the end",
            name => FINISHED.iter().find(|(finish, _)| *finish == name).map_or(name, |(_, label)| label),
        };
        (label, count(total))
    };
    // What most services never do is shown where it happens.
    let is_shown = |(name, total): &(&str, u64)| *total > 0 || !SELDOM.contains(name);
    let rate = ("tokens/s over all streams", rounded(streams.tokens_per_s));
    streams.totals().filter(is_shown).map(total).chain([rate]).collect()
}

/// The totals in a sentence.
pub(crate) fn sentence(streams: &StreamRows) -> Option<String> {
    let StreamCounts { completed, failed, abandoned, cut, stalled, tokens, tokens_reported, chunks, .. } =
        streams.counts;
    let left =
        if abandoned > 0 { format!("{} left by their users, ", count(abandoned)) } else { String::new() };
    let [started, completed, failed, cut, stalled] =
        [streams.started, completed, failed, cut, stalled].map(count);
    let [tokens, tokens_reported, chunks] = [tokens, tokens_reported, chunks].map(count);
    streams.any().then(|| {
        format!(
            "{started} started, {completed} completed, {failed} failed, {left}{cut} cut at a stop, {stalled} stalled; {tokens} \
             tokens ({tokens_reported} counted by the server) in {chunks} chunks, {} tokens/s over all streams.{}{}",
            rounded(streams.tokens_per_s),
            beside(&streams.counts),
            finished(&streams.counts)
        )
    })
}

/// The tokens that are no visible text.
fn beside(counts: &StreamCounts) -> String {
    let counted = [
        (counts.prompt_tokens, "of prompts"),
        (counts.cached_tokens, "of those from a cache"),
        (counts.reasoning_tokens, "of thoughts"),
    ];
    list(counted.into_iter().map(|(tokens, what)| (tokens, format!("{} {what}", count(tokens)))), "Tokens")
}

fn finished(counts: &StreamCounts) -> String {
    let ends = [
        (counts.finish_stop, "done"),
        (counts.finish_length, "out of tokens"),
        (counts.finish_tool, "tool call"),
        (counts.finish_filter, "filtered"),
        (counts.finish_other, "other reasons"),
    ];
    list(ends.into_iter().map(|(times, why)| (times, format!("{why} {}", count(times)))), "Finished")
}

fn list(figures: impl Iterator<Item = (u64, String)>, title: &str) -> String {
    let parts: Vec<String> = figures.filter(|(count, _)| *count > 0).map(|(_, text)| text).collect();
    if parts.is_empty() { String::new() } else { format!(" {title}: {}.", parts.join(", ")) }
}
