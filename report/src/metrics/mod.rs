//! The report as metrics: a list of families, and what Prometheus and OpenTelemetry make of it.
//!
//! ```text
//! RunReport ─▶ Family … ─┬─▶ prometheus: the text of `/metrics`
//!                        └─▶ otlp: what `--otlp` pushes
//! ```
//!
//! Cardinality is bounded: endpoints are those of the API description, failures are counted by class,
//! and of workers and thresholds the first [`MAX_SERIES`] have series.

mod families;
mod family;
mod otlp;
mod prometheus;

pub use families::{MAX_SERIES, families};
pub use family::{Family, Kind, LabelledValue, MetricUnit, MetricValue};
pub use otlp::export;
pub use prometheus::{CONTENT_TYPE, render};
