//! Which API the service speaks: a preset, or a file that says what differs from one.
//!
//! ```text
//! default ─▶ preset ─▶ file ─▶ --header ─▶ Api, whole and checked ─▶ workers
//! ```
//!
//! Everything is checked before any load is sent, with the file's line: a wrong path or a body that is not
//! JSON would otherwise be a run full of failures that are not the service's.

mod choice;
mod draft;
mod headers;
mod life;
#[cfg(test)]
mod preset_tests;
mod source;
mod stream;
mod values;
mod words;

pub(crate) use choice::choose;
pub use choice::{ApiChoice, PRESETS, Preset, from_text, preset, spelled_out};
