//! The harness of the SSE parser, which belongs to the worker's tests.

#[path = "../../../worker/tests/it/sse/drive.rs"]
pub mod drive;
#[path = "../../../worker/tests/it/sse/fuzz.rs"]
pub mod fuzz;
