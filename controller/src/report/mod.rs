//! Reports: rows in, CSV, Markdown, JSON and text out, and CSV files back to rows.

pub mod rows;
