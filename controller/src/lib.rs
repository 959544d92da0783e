//! The controller: runs a shape over workers, merges what they measured, writes the reports.

pub mod report;
