//! What was asked of the run.

use super::{judged, sentence, verdict_class};
use crate::rows::ThresholdRow as Row;
use crate::table::{Column, Value};
use common::text::escape::{MAX_TEXT, markdown};

pub(crate) fn columns() -> Vec<Column<Row>> {
    vec![
        Column::text("verdict", |row: &Row| judged(row.verdict))
            .html(0, "Verdict", "")
            .class(|row| verdict_class(row.verdict)),
        Column::text("verdict", |row: &Row| Value::Own(row.verdict.sign().to_owned())).markdown(0, ""),
        Column::text("expr", |row: &Row| Value::Sentence(row.expr.clone()))
            .shown(1, "Threshold", "", "Threshold")
            .class(|_| "name"),
        Column::text("verdict", |row: &Row| Value::Own(row.verdict.name().to_owned())).markdown(2, "Verdict"),
        Column::text("why", |row: &Row| sentence(row.why.as_ref())).html(5, "Why", "").class(|_| "long"),
        Column::text("why", |row: &Row| match &row.why {
            Some(why) => Value::Sentence(why.clone()),
            None => Value::Nothing,
        })
        .markdown(3, "Why"),
        Column::number("actual", measured).html(2, "Measured", ""),
        Column::number("actual", |row: &Row| match measured(row) {
            Value::Own(text) => Value::Own(markdown(&text, MAX_TEXT)),
            other => other,
        })
        .markdown(4, "Measured"),
        Column::number("low", |row: &Row| Value::Own(row.interval().unwrap_or_else(|| "–".to_owned())))
            .html(3, "95 % interval", "")
            .markdown(5, "95 % interval"),
        Column::number("samples", |row: &Row| Value::Count(row.samples))
            .html(4, "Samples", "")
            .markdown(6, "Samples"),
    ]
}

fn measured(row: &Row) -> Value {
    Value::Own(row.measured().unwrap_or_else(|| "–".to_owned()))
}
