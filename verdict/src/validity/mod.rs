//! Whether the load generator itself was the limit.

mod spoilt;
mod strain;

pub use spoilt::Spoilt;
pub use strain::{Strain, spoilt};
