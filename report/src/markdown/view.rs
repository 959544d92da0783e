//! The report as finished texts.

use serde::Serialize;

use super::chart::{self, Chart};
use super::limits::LimitsContext;
use super::{captions, facts};
use crate::headline;
use crate::rows::{ClassCount, RunReport};
use crate::table::{Column, markdown_columns};
use crate::tables::{
    apart, behind, endpoints, failures, observed, slowest, stages, streams, thresholds, workers,
};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, markdown, markdown_block, markdown_name};

/// Most kinds of failure in the report.
pub const MAX_FAILURES: usize = 20;
/// Most slow answers, and slow first tokens, of each endpoint in the report.
pub const MAX_SLOWEST: usize = 3;
/// Most observed series in the report.
pub const MAX_OBSERVED: usize = 12;
/// Most exceptions that are printed with their traceback.
const MAX_EXCEPTIONS: usize = 5;

/// What the template lays out. An absent part is left out with its heading.
#[derive(Debug, Serialize)]
pub struct MarkdownContext {
    title: String,
    verdict: String,
    limits: Option<LimitsContext>,
    thresholds: Option<TableContext>,
    facts: TableContext,
    key: TableContext,
    notes: Vec<NoteContext>,
    endpoints: TableContext,
    /// Calls and streams apart.
    apart: Option<TableContext>,
    endpoints_caption: String,
    streams_title: &'static str,
    streams_caption: Option<String>,
    streams: Option<TableContext>,
    stages: Option<TableContext>,
    observed: Option<TableContext>,
    observed_caption: String,
    observed_silence: Vec<String>,
    behind: Option<TableContext>,
    behind_caption: String,
    charts_caption: String,
    charts: Vec<Chart>,
    classes: TableContext,
    failures: Option<TableContext>,
    no_failures: String,
    failures_caption: Option<String>,
    slowest: Option<TableContext>,
    slowest_caption: String,
    exceptions: Vec<ExceptionContext>,
    workers: Option<TableContext>,
    command: Option<String>,
}

/// A Markdown table; numbers are aligned to the right.
#[derive(Debug, Serialize)]
pub struct TableContext {
    head: Vec<&'static str>,
    align: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct NoteContext {
    severity: &'static str,
    kind: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct ExceptionContext {
    title: String,
    block: String,
}

impl TableContext {
    /// A table whose first `texts` columns hold text and the others numbers.
    pub fn new(head: Vec<&'static str>, texts: usize, rows: Vec<Vec<String>>) -> TableContext {
        let align = (0..head.len()).map(|column| if column < texts { "---" } else { "---:" }).collect();
        TableContext { head, align, rows }
    }

    /// The table of these rows.
    pub fn of<'r, R: 'r>(columns: &[Column<R>], rows: impl IntoIterator<Item = &'r R>) -> TableContext {
        let rows: Vec<&R> = rows.into_iter().collect();
        let columns = markdown_columns(columns, &rows);
        let cells = |row: &&R| {
            columns.iter().map(|(_, column)| (column.value)(row).markdown((column.unit)(row))).collect()
        };
        TableContext {
            head: columns.iter().map(|(head, _)| head.text).collect(),
            align: columns.iter().map(|(_, column)| if column.number { "---:" } else { "---" }).collect(),
            rows: rows.iter().map(cells).collect(),
        }
    }

    /// The table, or nothing when it has no row.
    pub(crate) fn unless_empty(self) -> Option<TableContext> {
        (!self.rows.is_empty()).then_some(self)
    }
}

impl MarkdownContext {
    pub fn of(report: &RunReport) -> MarkdownContext {
        let verdict = headline(report);
        MarkdownContext {
            title: markdown(&report.facts.shape, MAX_TEXT),
            verdict: markdown(&verdict.join(" "), MAX_SENTENCE),
            limits: report.limits.as_ref().map(LimitsContext::of),
            thresholds: TableContext::of(&thresholds::columns(), &report.thresholds).unless_empty(),
            facts: facts::facts(&report.facts),
            key: facts::key_figures(report),
            notes: notes(report),
            endpoints: TableContext::of(
                &endpoints::columns(),
                report.endpoints.iter().chain([&report.total_for_people()]),
            ),
            apart: TableContext::of(&apart::columns(), &apart::rows(report)).unless_empty(),
            endpoints_caption: captions::endpoints(report),
            streams_title: if report.streams.any() { "Streams" } else { "Connections" },
            streams_caption: streams::sentence(&report.streams),
            streams: TableContext::of(&streams::columns(), streams::shown(&report.streams)).unless_empty(),
            stages: TableContext::of(&stages::columns(), &report.stages).unless_empty(),
            observed: TableContext::of(
                &observed::series_columns(),
                report.observed.series.iter().take(MAX_OBSERVED),
            )
            .unless_empty(),
            observed_caption: captions::observed(report),
            observed_silence: observed::silence(report).map(|text| markdown(&text, MAX_SENTENCE)).collect(),
            behind: TableContext::of(
                &behind::columns(),
                report.behind.iter().flat_map(|behind| &behind.rows),
            )
            .unless_empty(),
            behind_caption: captions::behind(report),
            charts_caption: chart::caption(report),
            charts: chart::charts(&report.history),
            classes: TableContext::of(&failures::class_columns(), &ClassCount::of(&report.failures)),
            failures: TableContext::of(&failures::columns(), report.failures.iter().take(MAX_FAILURES))
                .unless_empty(),
            no_failures: captions::no_failures(report),
            failures_caption: captions::failures(report),
            slowest: TableContext::of(&slowest::columns(), slowest::first(&report.slowest, MAX_SLOWEST))
                .unless_empty(),
            slowest_caption: captions::slowest(report),
            exceptions: exceptions(report),
            workers: TableContext::of(&workers::columns(), &report.workers).unless_empty(),
            command: report.facts.command.as_deref().map(markdown_block),
        }
    }
}

fn notes(report: &RunReport) -> Vec<NoteContext> {
    let view = |note: &crate::rows::Note| NoteContext {
        severity: note.severity.name(),
        kind: markdown_name(note.kind.name()),
        text: markdown(&note.text, MAX_SENTENCE),
    };
    report.notes.iter().map(view).collect()
}

fn exceptions(report: &RunReport) -> Vec<ExceptionContext> {
    let mut views: Vec<_> = report
        .exceptions
        .iter()
        .take(MAX_EXCEPTIONS)
        .map(|row| ExceptionContext {
            title: format!(
                "{} × {} on {}",
                row.count,
                markdown(&row.message, MAX_TEXT),
                markdown(&row.workers.join(", "), MAX_TEXT)
            ),
            block: markdown_block(&row.traceback),
        })
        .collect();
    let hidden = report.exceptions.len().saturating_sub(MAX_EXCEPTIONS);
    if hidden > 0 {
        let title = format!("{hidden} more stand in the file `_exceptions.csv`.");
        views.push(ExceptionContext { title, block: String::new() });
    }
    views
}
