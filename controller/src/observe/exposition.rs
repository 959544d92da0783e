//! Prometheus' text format, 0.0.4, and OpenMetrics, piece by piece as it comes: bytes in, the chosen samples out.
//!
//! Nothing of a page is kept but the line that is being read and what was chosen, so a page may be as long as it likes.
//! What is no sample is skipped.

use std::collections::HashMap;

use super::choice::{Choice, Fold};
use super::rates::{Sample, SampleKind};

/// Longest line; the rest of a longer one is skipped, and with it the line.
const LONGEST_LINE: usize = 16 * 1024;
/// Longest name of a series with its labels, in bytes.
const LONGEST_SERIES: usize = 300;
/// Most series that are gathered from one page, before the first so many are kept.
const MOST_GATHERED: usize = 4096;

/// A page that is being read.
#[derive(Debug)]
pub(crate) struct Exposition<'c> {
    choice: &'c Choice,
    line: Vec<u8>,
    /// The line is too long to be one.
    skips: bool,
    /// The family that the lines are of, and its type.
    family: (String, Family),
    /// Order, kind and value of each series.
    gathered: HashMap<String, (usize, SampleKind, f64)>,
    left_out: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Counter,
    /// Of sums, counts and buckets, which are counters.
    Spread,
    Gauge,
    Untyped,
}

impl<'c> Exposition<'c> {
    pub(crate) fn new(choice: &'c Choice) -> Exposition<'c> {
        Exposition {
            choice,
            line: Vec::new(),
            skips: false,
            family: (String::new(), Family::Untyped),
            gathered: HashMap::new(),
            left_out: 0,
        }
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (head, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            match (self.skips, self.line.is_empty()) {
                (true, _) => {}
                (false, true) => self.read(head),
                (false, false) => {
                    self.keep(head);
                    if !self.skips {
                        let line = std::mem::take(&mut self.line);
                        self.read(&line);
                    }
                }
            }
            self.line.clear();
            self.skips = false;
        }
        self.keep(bytes);
    }

    /// The chosen samples in the order of the page, and how many series there was no room for.
    pub(crate) fn finish(mut self) -> (Vec<Sample>, u64) {
        if !self.skips {
            let line = std::mem::take(&mut self.line);
            self.read(&line);
        }
        let mut gathered: Vec<_> = self.gathered.into_iter().collect();
        gathered.sort_unstable_by_key(|(_, (order, ..))| *order);
        let sample = |(series, (_, kind, value))| Sample { series, kind, value };
        (gathered.into_iter().map(sample).collect(), self.left_out)
    }

    fn keep(&mut self, piece: &[u8]) {
        match self.line.len() + piece.len() > LONGEST_LINE {
            true => self.skips = true,
            false => self.line.extend_from_slice(piece),
        }
    }

    fn read(&mut self, line: &[u8]) {
        if line.len() > LONGEST_LINE {
            return;
        }
        let text = String::from_utf8_lossy(line);
        let text = text.trim();
        match text.strip_prefix('#') {
            Some(comment) => self.comment(comment),
            None => self.sample(text),
        }
    }

    fn comment(&mut self, text: &str) {
        let mut words = text.split_whitespace();
        if words.next() != Some("TYPE") {
            return;
        }
        let (Some(name), Some(kind)) = (words.next(), words.next()) else { return };
        let kind = match kind {
            "counter" => Family::Counter,
            "histogram" | "summary" | "gaugehistogram" => Family::Spread,
            "untyped" | "unknown" => Family::Untyped,
            _ => Family::Gauge,
        };
        self.family = (name.chars().take(LONGEST_SERIES).collect(), kind);
    }

    fn sample(&mut self, text: &str) {
        let end = text.find(|c: char| c == '{' || c.is_whitespace()).unwrap_or(text.len());
        let (metric, rest) = text.split_at(end);
        if metric.is_empty() || !self.choice.may_want(metric) {
            return;
        }
        let (labels, rest) = match rest.trim_start().strip_prefix('{') {
            None => (Labels::default(), rest),
            Some(rest) => match Labels::read(rest) {
                Some(found) => found,
                None => return,
            },
        };
        let Some(value) = rest.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()) else {
            return;
        };
        let wanted = self.choice.series(metric, &labels.text(), |label| labels.one(label));
        let Some((series, fold)) = wanted.filter(|_| value.is_finite()) else { return };
        self.gather(metric, series, fold, value);
    }

    fn gather(&mut self, metric: &str, series: String, fold: Fold, value: f64) {
        let kind = self.kind(metric);
        let order = self.gathered.len();
        if series.len() > LONGEST_SERIES || order >= MOST_GATHERED && !self.gathered.contains_key(&series) {
            self.left_out += 1;
            return;
        }
        self.gathered
            .entry(series)
            .and_modify(|(_, _, known)| {
                *known = match fold {
                    Fold::Sum => *known + value,
                    Fold::Most => known.max(value),
                    Fold::Each => value,
                }
            })
            .or_insert((order, kind, value));
    }

    fn kind(&self, metric: &str) -> SampleKind {
        let (family, kind) = (self.family.0.as_str(), self.family.1);
        // A counter of OpenMetrics is called without `_total` where its type stands.
        let ending = metric.strip_prefix(family).filter(|_| !family.is_empty());
        let counts = match (kind, ending) {
            (Family::Counter, Some("" | "_total")) => true,
            (Family::Spread, Some("_sum" | "_count" | "_bucket")) => true,
            (Family::Gauge | Family::Spread, Some("")) => false,
            _ => metric.ends_with("_total"),
        };
        if counts { SampleKind::Counter } else { SampleKind::Gauge }
    }
}

/// The labels of a sample, as they are written.
#[derive(Debug, Default)]
struct Labels(Vec<String>);

impl Labels {
    /// The labels before the closing brace, and what stands behind it.
    fn read(text: &str) -> Option<(Labels, &str)> {
        let mut labels = Vec::new();
        let mut rest = text.trim_start();
        loop {
            if let Some(behind) = rest.strip_prefix('}') {
                return Some((Labels(labels), behind));
            }
            let open = rest.find('"')?;
            let close = closing(rest.get(open + 1..)?)? + open + 1;
            let name = rest.get(..open)?.trim_end().strip_suffix('=')?.trim();
            labels.push(format!("{name}={}", rest.get(open..=close)?));
            rest = rest.get(close + 1..)?.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
    }

    fn text(&self) -> String {
        self.0.join(",")
    }

    /// One of them, if it says anything.
    fn one(&self, name: &str) -> Option<String> {
        let is = |label: &&String| {
            label.strip_prefix(name).is_some_and(|rest| rest.starts_with('=') && rest != "=\"\"")
        };
        self.0.iter().find(is).cloned()
    }
}

/// Where a quoted text ends.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
