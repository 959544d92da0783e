//! What a fuzzer and the property tests drive alike: functions of nothing but bytes, which panic
//! when a promise is broken.
//!
//! The targets in `fuzz/` and `controller/tests/fuzz_harness` both call these, so they cannot differ.

pub mod api;
pub mod books;
pub mod csv_files;
pub mod csv_rows;
pub mod delta;
pub mod dice;
pub mod fleet;
pub mod quota;
pub mod samples;
pub mod shape;
pub mod threshold;
pub mod valid;

/// A fuzz target: its name, which is that of its file and of its seeds' folder, and its function.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [FuzzTarget; 9] = [
    ("api", api::read),
    ("csv_files", csv_files::read_and_render),
    ("delta", delta::decode_and_merge),
    ("fleet", fleet::merge_mutated),
    ("quota", quota::expand_ranges),
    ("samples", samples::decode),
    ("shape", shape::read),
    ("sse", crate::sse::fuzz_one),
    ("threshold", threshold::read),
];
