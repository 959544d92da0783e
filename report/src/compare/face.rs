//! A comparison for people, on a terminal and as Markdown, and for programs.

use serde::Serialize;

use super::observed_face;
use super::rows::{ComparedFigure, Comparison, Difference, Finding};
use crate::style::{Ink, Paint};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, column, columns, cut, markdown as quoted, plain};
use common::text::number::{exact, rounded};
use common::text::wrap::wrapped_at;

/// Columns of the terminal.
const WIDTH: usize = 80;

/// Name and version of the JSON. A field may be added within a version, never changed or removed.
const SCHEMA: &str = "loadtests/comparison/v1";

const HEAD: [&str; 6] = ["Figure", "A", "B", "Change", "99 % interval", ""];

/// The comparison on a terminal of 80 columns: the figures of each scope below its name.
pub fn terminal(comparison: &Comparison, paint: Paint) -> String {
    let mut text = String::new();
    let mut put = |line: &str, ink: Option<Ink>| {
        let line = line.trim_end();
        text.push_str(&ink.map_or_else(|| line.to_owned(), |ink| paint.ink(ink, line)));
        text.push('\n');
    };
    let wrap = |begins: &str, text: &str| {
        wrapped_at(WIDTH, &plain(text, MAX_SENTENCE), begins, &" ".repeat(columns(begins)))
    };
    let ink = if comparison.found(Finding::Worse).next().is_some() { Ink::Bad } else { Ink::Good };
    let ink = if comparison.barriers.is_empty() { ink } else { Ink::Warning };
    wrap("", &verdict(comparison)).lines().for_each(|line| put(line, Some(ink)));
    for (begins, run) in [("A  ", &comparison.a), ("B  ", &comparison.b)] {
        wrap(begins, &plain(run, MAX_TEXT)).lines().for_each(|line| put(line, None));
    }
    for ground in grounds(comparison) {
        wrap("! ", &ground).lines().for_each(|line| put(line, Some(Ink::Warning)));
    }
    if !comparison.rows.is_empty() {
        put("", None);
        put(&row("", &HEAD.map(str::to_owned)), Some(Ink::Faint));
    }
    let mut scope = None;
    for difference in &comparison.rows {
        if scope.replace(&difference.scope) != Some(&difference.scope) {
            put(&cut(&plain(&difference.scope, MAX_TEXT), WIDTH), None);
        }
        let ink = match difference.finding {
            Finding::Worse => Some(Ink::Bad),
            Finding::Better => Some(Ink::Good),
            Finding::Unsure => Some(Ink::Faint),
            Finding::Same => None,
        };
        let [_, numbers @ ..] = cells(difference);
        let [a, b, change, interval, finding] = numbers;
        put(&row("  ", &[named(difference), a, b, change, interval, finding]), ink);
    }
    for (place, line) in observed_face::terminal(&comparison.observed).iter().enumerate() {
        if place == 0 {
            put("", None);
            put("Observed inside, with the most users of both; nothing is judged:", None);
        }
        put(line, (place == 0).then_some(Ink::Faint));
    }
    if !comparison.left_out.is_empty() {
        put("", None);
        put("Not compared:", None);
    }
    for line in &comparison.left_out {
        wrap("- ", line).lines().for_each(|line| put(line, None));
    }
    text
}

/// The comparison as indented JSON, with a line end. What is not known is `null`.
pub fn json(comparison: &Comparison) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        headline: String,
        #[serde(flatten)]
        comparison: &'a Comparison,
    }
    let document = Document { schema: SCHEMA, headline: verdict(comparison), comparison };
    // Rows hold nothing that JSON cannot.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn row(indent: &str, [figure, a, b, change, interval, finding]: &[String; 6]) -> String {
    let figure = column(figure, 26 - indent.len().min(26));
    format!("{indent}{figure} {a:>8} {b:>8} {change:>8} {interval:>18}  {finding}")
}

/// The comparison as Markdown.
pub fn markdown(comparison: &Comparison) -> String {
    let text = |text: &str| quoted(text, MAX_SENTENCE);
    let mut lines =
        vec!["# Comparison of two runs".to_owned(), String::new(), text(&verdict(comparison)), String::new()];
    lines.push(format!("- A: {}", text(&comparison.a)));
    lines.push(format!("- B: {}", text(&comparison.b)));
    lines.extend(grounds(comparison).iter().map(|line| format!("- **Mind:** {}", text(line))));
    if !comparison.rows.is_empty() {
        lines.extend([String::new(), "| Figure | A | B | Change | 99 % interval | Finding |".to_owned()]);
        lines.push("|:--|--:|--:|--:|--:|:--|".to_owned());
    }
    for difference in &comparison.rows {
        let cells = cells(difference).map(|cell| text(&cell));
        let bold = matches!(difference.finding, Finding::Worse | Finding::Better);
        let [figure, a, b, change, interval, finding] = cells;
        let finding = if bold { format!("**{finding}**") } else { finding };
        lines.push(format!("| {figure} | {a} | {b} | {change} | {interval} | {finding} |"));
    }
    lines.extend(observed_face::markdown(&comparison.observed));
    if !comparison.left_out.is_empty() {
        lines.extend([String::new(), "## Not compared".to_owned(), String::new()]);
        lines.extend(comparison.left_out.iter().map(|line| format!("- {}", text(line))));
    }
    lines.join("\n") + "\n"
}

/// What was found, in a sentence.
fn verdict(comparison: &Comparison) -> String {
    if !comparison.barriers.is_empty() {
        let names: Vec<_> = comparison.barriers.iter().map(|barrier| barrier.premise.name()).collect();
        return format!("The runs cannot be compared: they differ in {}.", names.join(", "));
    }
    let sentence = |finding, word: &str| {
        let rows: Vec<&Difference> = comparison.found(finding).collect();
        let worst = rows.iter().max_by(|a, b| weight(a).total_cmp(&weight(b)))?;
        let scope = &worst.scope;
        let most = format!("most of all {} of {scope}, {}", worst.figure.name, change(worst));
        Some(format!("B is {word} in {} of {} figures ({most}).", rows.len(), comparison.rows.len()))
    };
    let found: Vec<String> = [sentence(Finding::Worse, "worse"), sentence(Finding::Better, "better")]
        .into_iter()
        .flatten()
        .collect();
    if found.is_empty() { "No difference was found that counts.".to_owned() } else { found.join(" ") }
}

/// How great a change is; one from nothing is the greatest.
fn weight(difference: &Difference) -> f64 {
    difference.change.map_or(f64::INFINITY, f64::abs)
}

/// Barriers and cautions in sentences.
fn grounds(comparison: &Comparison) -> Vec<String> {
    let barrier = |barrier: &super::ground::Barrier| {
        let name = barrier.premise.name();
        format!("Their {name} differs ({}; {}); if that is meant, add --allow {name}.", barrier.a, barrier.b)
    };
    comparison.barriers.iter().map(barrier).chain(comparison.cautions.iter().cloned()).collect()
}

/// The figure with its unit, where its name does not say that.
fn named(difference: &Difference) -> String {
    let ComparedFigure { name, unit, .. } = difference.figure;
    match unit {
        _ if name.contains(unit) => name.to_owned(),
        _ if unit.starts_with(name) => unit.to_owned(),
        _ => format!("{name}, {unit}"),
    }
}

fn cells(difference: &Difference) -> [String; 6] {
    let interval = difference.interval.map(|(low, high)| format!("{} to {}", signed(low), signed(high)));
    [
        format!("{}: {}", difference.scope, named(difference)),
        rounded(difference.a),
        rounded(difference.b),
        change(difference),
        interval.unwrap_or_else(|| "–".to_owned()),
        difference.finding.name().to_owned(),
    ]
}

fn change(difference: &Difference) -> String {
    difference.change.map_or_else(|| "from none".to_owned(), signed)
}

/// A relative change as a percentage with its sign: `+20.1 %`.
fn signed(share: f64) -> String {
    // Beyond the double a tenth of a percent says nothing.
    let step = if share.abs() < 1.0 { 10.0 } else { 1.0 };
    let percent = (share * 100.0 * step).round() / step;
    let sign = if percent > 0.0 {
        "+"
    } else if percent < 0.0 {
        "−"
    } else {
        ""
    };
    format!("{sign}{} %", exact(percent.abs()))
}
