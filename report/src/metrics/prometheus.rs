//! The text that Prometheus scrapes, format 0.0.4.

use std::fmt::Write;

use super::families::families;
use super::family::{Family, Kind, LabelledValue, MetricUnit, MetricValue};
use crate::rows::{RunReport, SecondRow};
use common::text::escape::{MAX_TEXT, plain};
use common::text::number::exact;

/// The content type of [`render`]'s text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page of a report; `now` is the last closed second, where there is one.
pub fn render(report: &RunReport, now: Option<&SecondRow>) -> String {
    let mut page = String::new();
    for family in families(report, now) {
        render_family(&mut page, &family);
    }
    page
}

fn render_family(page: &mut String, family: &Family) {
    let name = full_name(family);
    let kind = match family.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    let mut put = |line: String| {
        page.push_str(&line);
        page.push('\n');
    };
    put(format!("# HELP {name} {}", family.help));
    put(format!("# TYPE {name} {kind}"));
    for LabelledValue { labels, value } in &family.samples {
        match value {
            MetricValue::Count(count) => put(format!("{name}{} {count}", braces(labels, None))),
            MetricValue::Number(number) => put(format!("{name}{} {}", braces(labels, None), exact(*number))),
            MetricValue::Spread(buckets) => {
                for (bound, count) in &buckets.cumulative {
                    put(format!("{name}_bucket{} {count}", braces(labels, Some(&exact(*bound)))));
                }
                put(format!("{name}_bucket{} {}", braces(labels, Some("+Inf")), buckets.count));
                put(format!("{name}_sum{} {}", braces(labels, None), exact(buckets.sum)));
                put(format!("{name}_count{} {}", braces(labels, None), buckets.count));
            }
        }
    }
}

/// The name with its unit, and `_total` for what only grows.
fn full_name(family: &Family) -> String {
    let unit = match family.unit {
        MetricUnit::None => "",
        MetricUnit::Seconds => "_seconds",
        MetricUnit::Bytes => "_bytes",
        MetricUnit::Ratio => "_ratio",
    };
    let total = if family.kind == Kind::Counter { "_total" } else { "" };
    format!("{}{unit}{total}", family.name)
}

fn braces(labels: &[(&'static str, String)], bound: Option<&str>) -> String {
    let mut text = String::new();
    let bound = bound.map(|bound| ("le", bound.to_owned()));
    for (name, value) in labels.iter().chain(&bound) {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}{name}=\"{}\"", label(value));
    }
    if text.is_empty() { text } else { format!("{{{text}}}") }
}

/// A text as a label's value: one line, quoted as the format wants it.
fn label(text: &str) -> String {
    let mut quoted = String::new();
    for c in plain(text, MAX_TEXT).chars() {
        if matches!(c, '\\' | '"') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}
