//! Reports: rows in, CSV, Markdown, HTML, JSON and text out, and CSV files back to rows.

pub mod csv;
pub mod facts;
pub mod files;
pub mod html;
pub mod ink;
pub mod job_summary;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod metrics;
pub mod number;
pub mod quoting;
pub mod read;
pub mod rows;
pub mod terminal;
mod verdict;

pub use read::{read_prefix, run_command};
pub use verdict::verdict;
