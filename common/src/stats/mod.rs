//! Statistics that merge without loss: buckets, what travels, what is kept.
//!
//! ```text
//! worker core                    wire                  controller
//! Recorder ── drain() ──▶ SparseHistogram ──▶ Histogram::merge()
//!  dense, one second       touched buckets     whole run, percentiles
//! ```
//!
//! All three share one bucket layout ([`buckets`]), that of an HDR histogram with three significant
//! digits from 1 to 3,600,000,000 (in microseconds: one hour). So merging parts gives exactly the
//! histogram of the whole, and a percentile is off by at most 0.1 %.

pub mod buckets;
mod concurrency;
mod error;
mod histogram;
mod metric;
mod recorder;
mod runs;
mod sparse;
mod stream_counts;
mod uncertain;

pub use concurrency::{Concurrency, LOOKS};
pub use error::SamplesError;
pub use histogram::{Histogram, Percentile};
pub use metric::{Metric, Unit};
pub use recorder::Recorder;
pub use sparse::SparseHistogram;
pub use stream_counts::StreamCounts;
pub use uncertain::{SURE_US, Side, Uncertain};
