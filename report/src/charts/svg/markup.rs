//! Drawings as HTML, for a page that is not the report: by the very template that lays out those of the report.

use std::sync::OnceLock;

use tera::{Context, Tera};

use super::Drawing;
use crate::charts::figure::Figure;

/// The name ends so that every text is escaped.
const NAME: &str = "charts.html";
const TEMPLATE: &str =
    concat!(include_str!("../../../templates/charts.html.tera"), "{{ self::charts(of=charts) }}");

/// The charts could not be laid out. No input can cause this.
#[derive(Debug, thiserror::Error)]
#[error("the template of charts failed ({0}); this is a fault of the program, please report it")]
pub struct MarkupError(#[from] tera::Error);

/// A `<figure>` for each figure, in one `<div>`.
///
/// # Errors
/// A fault of the template itself.
pub fn markup(figures: &[Figure]) -> Result<String, MarkupError> {
    let mut context = Context::new();
    context.insert("charts", &figures.iter().map(Drawing::of).collect::<Vec<_>>());
    Ok(template()?.render(NAME, &context)?)
}

/// Reading the template takes longer than drawing.
fn template() -> Result<&'static Tera, tera::Error> {
    static READ: OnceLock<Tera> = OnceLock::new();
    if let Some(tera) = READ.get() {
        return Ok(tera);
    }
    let mut tera = Tera::default();
    tera.add_raw_template(NAME, TEMPLATE)?;
    Ok(READ.get_or_init(|| tera))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::OverTime;
    use crate::rows::{SecondRow, StageRow};

    #[test]
    fn a_drawing_has_every_second_and_no_name_becomes_markup() {
        let history: Vec<SecondRow> =
            (0..3).map(|second| SecondRow { second, rps: 2.5, ..SecondRow::default() }).collect();
        let stage = StageRow { name: "<a href='x'>up</a>".to_owned(), to_s: 3.0, ..StageRow::default() };
        let drawn = markup(&[OverTime::Rate.figure(&history, &[stage])]).unwrap();
        assert!(drawn.contains("M6667 113l6666 0l6667 0"), "{drawn}");
        assert!(drawn.contains("&lt;a href=") && !drawn.contains("<a"), "{drawn}");
        assert!(!drawn.contains("style="), "a page may forbid styles in its markup: {drawn}");
        let one_second = markup(&[OverTime::Users.figure(&history[..1], &[])]).unwrap();
        assert!(one_second.contains("M20000 2000h0"), "a second alone is seen: {one_second}");
    }
}
