//! The harness functions of `controller/tests/fuzz_harness`, for the fuzz targets.

#[path = "../../controller/tests/fuzz_harness/mod.rs"]
pub mod harness;
