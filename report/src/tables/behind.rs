//! `<prefix>_behind.csv`: whose time users waited, where a model was asked with `--behind`.

use crate::rows::{BehindRow as Row, BehindRows};
use crate::table::{Column, Value, field};
use common::text::number::{count, counted};

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
    let questions = counted(rows.asked, "question");
    all.push(match joined {
        0 => format!("Of {questions} none was found at the model."),
        _ => format!("{} of {questions} {} found at the model, {by}.", count(joined), were(joined)),
    });
    all.extend(rows.unfound.clone());
    let others = rows.served.saturating_sub(rows.served_joined);
    let requests = counted(rows.served, "request");
    match (others, rows.served_joined) {
        (0, _) => {}
        (_, 0) => all.push(format!("Of its {requests} none was for any of them.")),
        _ => {
            all.push(format!("{} of its {requests} {} for none of them.", count(others), were(others)));
        }
    }
    if rows.several > 0 {
        all.push(format!("For {} it was asked several times.", counted(rows.several, "question")));
    }
    if rows.dropped > 0 {
        let (dropped, were) = (count(rows.dropped), were(rows.dropped));
        all.push(format!("{dropped} of either side {were} dropped, as there was no room."));
    }
    all
}

fn were(many: u64) -> &'static str {
    if many == 1 { "was" } else { "were" }
}
