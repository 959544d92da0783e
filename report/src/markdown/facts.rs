//! What was run, and the figures it is quoted by, as tables.

use super::view::TableContext;
use crate::facts::{self, Fact};
use crate::rows::{RunFacts, RunReport};
use common::text::escape::{MAX_TEXT, markdown, markdown_name};

/// The facts that are known.
pub fn facts(facts: &RunFacts) -> TableContext {
    TableContext::new(vec!["", ""], 2, facts::facts(facts).iter().map(cells).collect())
}

/// The key figures that apply.
pub fn key_figures(report: &RunReport) -> TableContext {
    TableContext::new(vec!["Figure", "Value"], 1, facts::key_figures(report).iter().map(cells).collect())
}

fn cells(fact: &Fact) -> Vec<String> {
    let label = match &fact.subject {
        Some(name) => format!("{} {}", fact.label, markdown_name(name)),
        None => fact.label.clone(),
    };
    let value = if fact.verbatim { markdown_name(&fact.value) } else { markdown(&fact.value, MAX_TEXT) };
    vec![label, format!("{value} {}", fact.unit).trim_end().to_owned()]
}
