//! report.html: the run on one page that needs nothing else, neither network nor JavaScript.
//!
//! The view holds finished texts and drawings, the template lays them out and escapes each text. The
//! charts' values stand in a JSON element too, for the script that reads them out. A content security
//! policy forbids the page to load anything, and to run any script but its own.

mod limits;
mod status;
mod table;
mod tables;
mod view;

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::rows::RunReport;
use crate::charts::svg;
use common::text::wrap;

/// What lays out charts, then the page.
const TEMPLATE: &str = concat!(
    include_str!("../../templates/charts.html.tera"),
    include_str!("../../templates/report.html.tera")
);
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
    context.insert("style", &[svg::STYLE, STYLE].concat());
    context.insert("script", &svg::script());
    context.insert("figures", &inert(&figures.readouts())?);
    let mut tera = tera::Tera::default();
    tera.register_filter("together", together);
    tera.add_raw_template("report.html", TEMPLATE)?;
    Ok(tera.render("report.html", &context)?)
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

/// A sentence in which no number leaves its unit.
fn together(text: &tera::Value, _: &HashMap<String, tera::Value>) -> tera::Result<tera::Value> {
    Ok(tera::Value::from(wrap::together(text.as_str().unwrap_or_default())))
}

/// JSON that cannot end the element it stands in.
fn inert(readouts: &[svg::Readout<'_>]) -> Result<String, tera::Error> {
    Ok(serde_json::to_string(readouts).map_err(tera::Error::json)?.replace('<', "\\u003c"))
}
