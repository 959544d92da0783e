//! The harness of the SSE parser, which belongs to the worker's tests.

#[path = "../../../worker/tests/sse_parser/drive.rs"]
pub mod drive;
#[path = "../../../worker/tests/sse_parser/fuzz.rs"]
pub mod fuzz;
