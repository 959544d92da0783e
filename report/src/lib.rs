//! Reports: rows in, CSV, Markdown, HTML, JSON and text out, and CSV files back to rows.

#![forbid(unsafe_code)]

pub mod charts;
pub mod compare;
pub mod csv;
mod csv_cells;
pub mod facts;
pub mod files;
mod headline;
pub mod html;
pub mod job_summary;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod metrics;
pub mod read;
pub mod rebuilt;
pub mod rows;
pub mod style;
mod table;
mod tables;
pub mod terminal;

pub use headline::headline;
pub use read::{read_prefix, run_command};
