//! The generated protocol. `proto/loadtests/v1/control.proto` documents it field by field.
//!
//! Generated once and kept here, so that who builds the program compiles no compiler of `.proto` files first;
//! `common/tests/it/protocol.rs` tells when it is not what the `.proto` says, and writes it anew.

#![expect(missing_docs, reason = "the .proto file is the documentation")]
#![expect(clippy::all, reason = "generated code")]

include!("loadtests.v1.rs");

/// Version of the contract. Raised with every change that an older peer would misread.
pub const VERSION: u32 = 5;

/// Number of the bucket layout in [`Delta::layout`]: HDR, 3 digits, 1 to 3,600,000,000.
pub const LAYOUT: u32 = 1;
