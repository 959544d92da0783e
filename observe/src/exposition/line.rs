//! One line of a page: a sample, or nothing that the format knows.

/// What lines of loggers begin with, and no metric: `INFO 5`, and `WARNING:root:slow 3` as Python writes it.
const LEVELS: [&str; 9] =
    ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"];

/// A sample, as it stands there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SampleLine<'l> {
    pub metric: &'l str,
    /// What stands between the braces, and behind them; empty without any.
    labels: &'l str,
    pub value: f64,
}

impl<'l> SampleLine<'l> {
    /// The sample of a line without blanks around it; `None` where it is none: a name, labels, a value, and at most a
    /// time and an exemplar.
    pub(super) fn read(text: &'l str) -> Option<SampleLine<'l>> {
        let (metric, labels, rest) = match text.strip_prefix('{') {
            Some(inside) => quoted_name(inside)?,
            None => plain_name(text)?,
        };
        Some(SampleLine { metric, labels, value: value(rest)? })
    }

    /// Its labels as they are written.
    pub(super) fn labels(&self) -> Labels {
        let mut labels = Vec::new();
        let each = |name: &str, quoted: &str| labels.push(format!("{name}={quoted}"));
        // What `read` took has them whole.
        let _ = behind_labels(self.labels, each);
        Labels(labels)
    }
}

/// The labels of a sample.
#[derive(Debug, Default)]
pub(super) struct Labels(Vec<String>);

impl Labels {
    pub(super) fn text(&self) -> String {
        self.0.join(",")
    }

    /// One of them, if it says anything.
    pub(super) fn one(&self, name: &str) -> Option<String> {
        let is = |label: &&String| {
            label.strip_prefix(name).is_some_and(|rest| rest.starts_with('=') && rest != "=\"\"")
        };
        self.0.iter().find(is).cloned()
    }
}

/// Name, labels and what stands behind them.
type Parts<'l> = (&'l str, &'l str, &'l str);

fn plain_name(text: &str) -> Option<Parts<'_>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    let (metric, rest) = text.split_at(end);
    let is_none = metric.is_empty() || metric.starts_with(|c: char| c.is_ascii_digit());
    if is_none || LEVELS.contains(&metric.split(':').next().unwrap_or_default()) {
        return None;
    }
    match rest.trim_start().strip_prefix('{') {
        Some(labels) => Some((metric, labels, behind_labels(labels, |_, _| {})?)),
        None => rest.starts_with(char::is_whitespace).then_some((metric, "", rest)),
    }
}

/// A name that is no plain one stands in quotes before the labels: `{"http.requests",code="200"} 4`.
fn quoted_name(inside: &str) -> Option<Parts<'_>> {
    let name = inside.trim_start().strip_prefix('"')?;
    let close = closing(name)?;
    let labels = name.get(close + 1..)?.trim_start();
    let labels = match labels.strip_prefix(',') {
        Some(more) => more,
        None => labels.starts_with('}').then_some(labels)?,
    };
    Some((name.get(..close)?, labels, behind_labels(labels, |_, _| {})?))
}

/// Names each label and its quoted text, and gives what stands behind the closing brace.
fn behind_labels(text: &str, mut each: impl FnMut(&str, &str)) -> Option<&str> {
    let mut rest = text.trim_start();
    loop {
        if let Some(behind) = rest.strip_prefix('}') {
            return Some(behind);
        }
        let open = rest.find('"')?;
        let close = closing(rest.get(open + 1..)?)? + open + 1;
        let name = rest.get(..open)?.trim_end().strip_suffix('=')?.trim();
        each(name, rest.get(open..=close)?);
        rest = rest.get(close + 1..)?.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
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

/// The value, behind which only a time and an exemplar may stand: more is prose.
fn value(rest: &str) -> Option<f64> {
    let is_exemplar = |word: &str| word.starts_with('#');
    let mut words = rest.split_whitespace();
    let value = words.next()?.parse().ok()?;
    match words.next() {
        None => Some(value),
        Some(word) if is_exemplar(word) => Some(value),
        Some(time) => {
            let _time: f64 = time.parse().ok()?;
            words.next().is_none_or(is_exemplar).then_some(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_name_labels_and_a_value() {
        for (line, metric, labels, value) in [
            ("a_b:c 1", "a_b:c", "", 1.0),
            ("a{x=\"1\",y=\"}\"} 2e3 1700000000000", "a", "x=\"1\",y=\"}\"", 2000.0),
            ("a { x = \"1\" , } 5 # {t=\"x\"} 0.05", "a", "x=\"1\"", 5.0),
            ("a 5 1700000000.5 # {t=\"x\"} 0.05 9", "a", "", 5.0),
            ("a{} +Inf", "a", "", f64::INFINITY),
            ("{\"http.requests\",code=\"200\"} 4", "http.requests", "code=\"200\"", 4.0),
            ("{\"é\"} 4", "é", "", 4.0),
        ] {
            let read = SampleLine::read(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((read.metric, read.labels().text().as_str(), read.value), (metric, labels, value));
        }
    }

    #[test]
    fn what_loggers_and_people_write_is_none() {
        for line in [
            "2026-11-30 03:12:33 INFO started 5",
            "INFO 5 requests waiting",
            "INFO 5",
            "WARNING:root:slow 3",
            "INFO: 127.0.0.1 - \"GET /metrics HTTP/1.1\" 200",
            "tgi_queue_size 3 requests wait",
            "tgi_queue_size one",
            "tgi_queue_size",
            "tgi_queue_size3",
            "tgi_queue_size{ 1",
            "tgi_queue_size{a=\"b} 1",
            "tgi_queue_size{a=\"b\"}",
            "{\"level\":\"info\",\"msg\":\"ready\"} 1",
            "{\"level\": 5}",
            "{} 1",
            "[12:00:01] ready",
            "queue.size 4",
            "<html>",
            "3 4",
        ] {
            assert_eq!(SampleLine::read(line), None, "{line}");
        }
    }
}
