//! What series are called: as Prometheus writes them, `name{label="value"}`, and `rate(…)` around a counter's.

/// The parts of a series' name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesName<'a> {
    /// Whether it is the rate of a counter.
    pub is_rate: bool,
    /// Without labels.
    pub metric: &'a str,
    /// What stands between the braces.
    pub labels: &'a str,
}

impl<'a> SeriesName<'a> {
    /// Takes a name apart.
    pub fn of(text: &'a str) -> SeriesName<'a> {
        let inner = text.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
        let bare = inner.unwrap_or(text);
        let (metric, labels) = bare.split_once('{').unwrap_or((bare, ""));
        SeriesName { is_rate: inner.is_some(), metric, labels: labels.strip_suffix('}').unwrap_or(labels) }
    }

    /// Whether this label is among its own, both as they are written.
    fn has(&self, label: &str) -> bool {
        let mut rest = self.labels;
        while let Some(at) = rest.find(label) {
            let (before, after) = (&rest[..at], &rest[at + label.len()..]);
            if (before.is_empty() || before.ends_with(',')) && (after.is_empty() || after.starts_with(',')) {
                return true;
            }
            rest = after;
        }
        false
    }
}

/// Whether a series is one of those that a name stands for: of the same metric, and with the name's label if it has
/// one.
pub fn is_of(series: &str, name: &str) -> bool {
    let (series, name) = (SeriesName::of(series), SeriesName::of(name));
    series.is_rate == name.is_rate
        && series.metric == name.metric
        && (name.labels.is_empty() || series.has(name.labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_all_series_of_its_metric_or_for_those_with_its_label() {
        for (series, name, is) in [
            ("up", "up", true),
            ("up{job=\"a\"}", "up", true),
            ("upper", "up", false),
            ("rate(up)", "up", false),
            ("rate(cpu_total{mode=\"idle\"})", "rate(cpu_total)", true),
            ("rate(cpu_total{cpu=\"0\",mode=\"idle\"})", "rate(cpu_total{mode=\"idle\"})", true),
            ("rate(cpu_total{mode=\"idle\",x=\"y\"})", "rate(cpu_total{mode=\"idle\"})", true),
            ("s{xstate=\"idle\"}", "s{state=\"idle\"}", false),
            ("s{state=\"idle in transaction\"}", "s{state=\"idle\"}", false),
            ("s{", "s", true),
            ("rate(", "rate(", true),
        ] {
            assert_eq!(is_of(series, name), is, "{series} {name}");
        }
    }
}
