//! Image, compose and Swarm on a real Docker engine; `deploy/tests/run` starts them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod deploy_compose;
mod deploy_image;
mod deploy_inside;
mod deploy_swarm;
