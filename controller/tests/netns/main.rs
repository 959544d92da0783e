//! Controller and workers on hosts of their own: network namespaces. As root.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod netns_lossy;
mod netns_partition;
