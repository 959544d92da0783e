//! Text as people read it: made harmless, and numbers in words.

pub mod escape;
pub mod number;
pub mod shell;
pub mod toml;
pub mod wrap;
