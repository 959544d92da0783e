//! REPORT.md: what somebody attaches to a ticket.
//!
//! The view holds finished texts, every one from outside quoted; the template lays them out.

mod captions;
mod chart;
mod facts;
mod limits;
mod view;

use std::io::{self, Write};

use super::rows::RunReport;

const TEMPLATE: &str = include_str!("../../templates/report.md.tera");

/// The report could not be laid out. No input can cause this.
#[derive(Debug, thiserror::Error)]
#[error("the Markdown template failed ({0}); this is a fault of the program, please report it")]
pub struct MarkdownError(#[from] tera::Error);

/// The report as Markdown.
///
/// # Errors
/// A fault of the template itself.
pub fn render(report: &RunReport) -> Result<String, MarkdownError> {
    let context = tera::Context::from_serialize(view::MarkdownContext::of(report))?;
    Ok(tera::Tera::one_off(TEMPLATE, &context, false)?)
}

/// Writes [`render`]'s Markdown.
///
/// # Errors
/// What `out` says; a fault of the template as [`io::ErrorKind::Other`].
pub fn write(mut out: impl Write, report: &RunReport) -> io::Result<()> {
    let text = render(report).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    out.flush()
}
