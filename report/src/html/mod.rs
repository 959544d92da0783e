//! report.html: the run on one page that needs nothing else, neither network nor, but for its charts,
//! JavaScript.
//!
//! The view holds finished texts, the template lays them out and escapes each. The charts' points
//! stand in a JSON element beside plotly's own code. A content security policy forbids the page to
//! load anything, and to run any script but its own.

mod limits;
mod status;
mod table;
mod tables;
mod view;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::rows::RunReport;
use crate::charts;

const TEMPLATE: &str = include_str!("../../templates/report.html.tera");
const STYLE: &str = include_str!("../../templates/report.css");

/// The report could not be laid out. No input can cause this.
#[derive(Debug, thiserror::Error)]
#[error("the HTML template failed ({0}); this is a fault of the program, please report it")]
pub struct PageError(#[from] tera::Error);

/// Where the page stands and what stands beside it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The folder that the page is written to.
    pub folder: &'a Path,
    /// The files of the run. Those in the folder become links.
    pub files: &'a [PathBuf],
    /// A random word, drawn after the run's texts were made: only scripts that carry it run.
    pub nonce: &'a str,
}

/// The report as HTML.
///
/// # Errors
/// A fault of the template itself.
pub fn render(report: &RunReport, place: Place<'_>) -> Result<String, PageError> {
    let figures = view::Figures::of(report);
    let view = view::PageContext::of(report, &figures, place.files, place.folder);
    let mut context = tera::Context::from_serialize(view)?;
    context.insert("nonce", place.nonce);
    context.insert("style", &[charts::STYLE, STYLE].concat());
    context.insert("script", charts::SCRIPT);
    context.insert("plotly", charts::plotly_js());
    context.insert("figures", &inert(&figures.all())?);
    Ok(tera::Tera::one_off(TEMPLATE, &context, true)?)
}

/// Writes [`render`]'s HTML.
///
/// # Errors
/// What `out` says; a fault of the template as [`io::ErrorKind::Other`].
pub fn write(mut out: impl Write, report: &RunReport, place: Place<'_>) -> io::Result<()> {
    let text = render(report, place).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// JSON that cannot end the element it stands in.
fn inert(figures: &[charts::Figure]) -> Result<String, tera::Error> {
    Ok(serde_json::to_string(figures).map_err(tera::Error::json)?.replace('<', "\\u003c"))
}
