//! What each line and mark is called.

use serde::Serialize;

use crate::charts::figure::{Figure, Form, Look};

/// One name with its sign.
#[derive(Debug, Serialize)]
pub struct Entry {
    name: &'static str,
    colour: &'static str,
    /// A path around the middle, in pixels.
    shape: &'static str,
    /// Whether the path is a dashed line.
    dashed: bool,
}

/// The names, lines first; none for a line alone whose heading says it all.
pub fn entries(figure: &Figure) -> Vec<Entry> {
    if figure.lines.len() + figure.marks.len() < 2 {
        return Vec::new();
    }
    let lines = figure.lines.iter().map(|line| Entry {
        name: line.name,
        colour: line.colour.name(),
        shape: "M-7 0H7",
        dashed: line.look == Look::Dashed,
    });
    let marks = figure.marks.iter().map(|mark| Entry {
        name: mark.name,
        colour: mark.colour.name(),
        shape: shape(mark.form),
        dashed: false,
    });
    lines.chain(marks).collect()
}

/// A mark as a path around its point, in pixels.
pub const fn shape(form: Form) -> &'static str {
    match form {
        Form::Disc => "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
        Form::Cross => "M-4-4L4 4M-4 4L4-4",
        Form::Diamond => "M0-5L5 0L0 5L-5 0z",
        Form::Plus => "M-5 0H5M0-5V5",
    }
}
