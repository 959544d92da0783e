//! `<prefix>_behind.csv`: whose time users waited, where a model was asked with `--behind`.

use crate::rows::{BehindRow as Row, BehindRows};
use crate::table::{Column, Value, field};
use common::text::number::counted;

pub(crate) fn columns() -> Vec<Column<Row>> {
    vec![
        field!("Stage", stage).shown(0, "Stage", "", "Stage"),
        field!("Method", method).shown(1, "Method", "", "Method"),
        field!("Name", name)
            .with_value(|row| Value::Name(row.name.clone()))
            .shown(2, "Endpoint", "", "Endpoint")
            .class(|_| "name"),
        field!("Part", part).shown(3, "What", "", "What"),
        field!("Asked", asked).html(4, "Questions", ""),
        field!("Joined", joined).shown(5, "Joined", "", "Joined"),
        field!("Served", served).html(6, "Requests", "of the model"),
        field!("Count", count).html(7, "Answers", ""),
        field!("Seen 50%", seen_p50_ms).shown(8, "Seen p50", "", "Seen p50").milliseconds(),
        field!("Seen 95%", seen_p95_ms).shown(9, "Seen p95", "", "p95").milliseconds(),
        field!("Seen 99%", seen_p99_ms).shown(10, "Seen p99", "", "p99").milliseconds(),
        field!("Model 50%", model_p50_ms).shown(11, "Model p50", "", "Model p50").milliseconds(),
        field!("Model 95%", model_p95_ms).shown(12, "Model p95", "", "p95").milliseconds(),
        field!("Model 99%", model_p99_ms).shown(13, "Model p99", "", "p99").milliseconds(),
        field!("Application 50%", application_p50_ms)
            .shown(14, "In front p50", "", "In front p50")
            .milliseconds(),
        field!("Application 95%", application_p95_ms).shown(15, "In front p95", "", "p95").milliseconds(),
        field!("Application 99%", application_p99_ms).shown(16, "In front p99", "", "p99").milliseconds(),
    ]
}

/// What was joined, in sentences.
pub(crate) fn sentences(rows: &BehindRows) -> Vec<String> {
    let mut all: Vec<String> = rows.sentence.clone().into_iter().collect();
    let joined = rows.by_trace + rows.by_nonce;
    let by = match (rows.by_trace, rows.by_nonce) {
        (_, 0) => "by `traceparent`".to_owned(),
        (0, _) => "by the nonce in front of the question".to_owned(),
        (trace, nonce) => format!("{trace} by `traceparent`, {nonce} by the nonce in front of the question"),
    };
    all.push(match joined {
        0 => format!("Of {} none was found at the model.", counted(rows.asked, "question")),
        _ => format!("{joined} of {} were found at the model, {by}.", counted(rows.asked, "question")),
    });
    let others = rows.served.saturating_sub(rows.served_joined);
    if others > 0 {
        all.push(format!("{others} of its {} were for none of them.", counted(rows.served, "request")));
    }
    if rows.several > 0 {
        all.push(format!("For {} it was asked several times.", counted(rows.several, "question")));
    }
    if rows.dropped > 0 {
        all.push(format!("{} of either side were dropped, as there was no room.", rows.dropped));
    }
    all
}
