//! The same metrics for OpenTelemetry: one message, pushed over HTTP as protobuf.

use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::families::families;
use super::family::{Family, Kind, LabelledValue, MetricUnit, MetricValue};
use crate::rows::{Buckets, RunReport, SecondRow};
use common::text::escape::{MAX_TEXT, plain};

/// When a value holds: from the run's start to now, in nanoseconds of Unix time.
#[derive(Debug, Clone, Copy)]
struct ValidFor {
    start: u64,
    end: u64,
}

/// The message about a report as of the moment `at`; `now` is the last closed second.
pub fn export(report: &RunReport, now: Option<&SecondRow>, at: Timestamp) -> ExportMetricsServiceRequest {
    let nanos = |at: Timestamp| u64::try_from(at.as_nanosecond()).unwrap_or(0);
    let span = ValidFor { start: report.facts.started.map_or(nanos(at), nanos), end: nanos(at) };
    let scope = InstrumentationScope {
        name: "loadtests".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let metrics = families(report, now).iter().map(|family| metric(family, span)).collect();
    let attributes = vec![
        attribute("service.name", "loadtests"),
        attribute("service.version", env!("CARGO_PKG_VERSION")),
        attribute("loadtest.shape", &report.facts.shape),
    ];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource { attributes, ..Resource::default() }),
            scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }],
            ..ResourceMetrics::default()
        }],
    }
}

fn metric(family: &Family, span: ValidFor) -> Metric {
    let cumulative = AggregationTemporality::Cumulative.into();
    let data = match family.kind {
        Kind::Gauge => metric::Data::Gauge(Gauge { data_points: numbers(family, span) }),
        Kind::Counter => metric::Data::Sum(Sum {
            data_points: numbers(family, span),
            aggregation_temporality: cumulative,
            is_monotonic: true,
        }),
        Kind::Histogram => metric::Data::Histogram(Histogram {
            data_points: spreads(family, span),
            aggregation_temporality: cumulative,
        }),
    };
    let unit = match family.unit {
        MetricUnit::None | MetricUnit::Ratio => "1",
        MetricUnit::Seconds => "s",
        MetricUnit::Bytes => "By",
    };
    Metric {
        name: family.name.to_owned(),
        description: family.help.to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

fn numbers(family: &Family, span: ValidFor) -> Vec<NumberDataPoint> {
    let point = |sample: &LabelledValue| {
        let value = match sample.value {
            MetricValue::Count(count) => {
                number_data_point::Value::AsInt(i64::try_from(count).unwrap_or(i64::MAX))
            }
            MetricValue::Number(number) => number_data_point::Value::AsDouble(number),
            MetricValue::Spread(_) => return None,
        };
        Some(NumberDataPoint {
            attributes: attributes(sample),
            start_time_unix_nano: span.start,
            time_unix_nano: span.end,
            value: Some(value),
            ..NumberDataPoint::default()
        })
    };
    family.samples.iter().filter_map(point).collect()
}

fn spreads(family: &Family, span: ValidFor) -> Vec<HistogramDataPoint> {
    let point = |sample: &LabelledValue| {
        let MetricValue::Spread(buckets) = &sample.value else { return None };
        Some(HistogramDataPoint {
            attributes: attributes(sample),
            start_time_unix_nano: span.start,
            time_unix_nano: span.end,
            count: buckets.count,
            sum: Some(buckets.sum),
            bucket_counts: apart(buckets),
            explicit_bounds: buckets.cumulative.iter().map(|(bound, _)| *bound).collect(),
            ..HistogramDataPoint::default()
        })
    };
    family.samples.iter().filter_map(point).collect()
}

/// Counts between the bounds, as this format has them, from counts below each.
fn apart(buckets: &Buckets) -> Vec<u64> {
    let upto = buckets.cumulative.iter().map(|(_, count)| *count).chain([buckets.count]);
    upto.scan(0, |before, count| Some(count - std::mem::replace(before, count))).collect()
}

fn attributes(sample: &LabelledValue) -> Vec<KeyValue> {
    sample.labels.iter().map(|(name, text)| attribute(name, text)).collect()
}

fn attribute(name: &str, text: &str) -> KeyValue {
    let value = any_value::Value::StringValue(plain(text, MAX_TEXT));
    KeyValue { key: name.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
