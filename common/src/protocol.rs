//! The generated protocol. `proto/loadtests/v1/control.proto` documents it field by field.

#![expect(missing_docs, reason = "the .proto file is the documentation")]
#![expect(clippy::all, reason = "generated code")]

tonic::include_proto!("loadtests.v1");

/// Version of the contract. Raised with every change that an older peer would misread.
pub const VERSION: u32 = 5;

/// Number of the bucket layout in [`Delta::layout`]: HDR, 3 digits, 1 to 3,600,000,000.
pub const LAYOUT: u32 = 1;
