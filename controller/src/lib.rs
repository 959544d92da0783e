//! The controller: runs a shape over workers, merges what they measured, writes the reports.

pub mod api;
pub mod canary;
pub mod charts;
pub mod cli;
pub mod command;
pub mod compare;
pub mod control;
pub mod course;
pub mod dashboard;
pub mod fleet;
pub mod image;
pub mod ladder;
pub mod limits;
pub mod live;
pub mod local;
pub mod merge;
pub mod order;
pub mod owner;
pub mod preflight;
pub mod push;
pub mod report;
pub mod run;
pub mod start;
pub mod threshold;
pub mod view;
pub mod writer;
