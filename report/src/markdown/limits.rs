//! The limits: the answer, the curves over users, the rungs, the diagnosis.

use serde::Serialize;

use super::chart::axis_top;
use super::view::TableContext;
use crate::rows::{Cause, Estimate, LimitRows, Paragraph, RateLimit, RungRow, RungVerdict};
use crate::tables::rungs;
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, markdown, markdown_sentence};
use common::text::number::{rounded, short, whole};

/// The section as finished texts.
#[derive(Debug, Serialize)]
pub struct LimitsContext {
    headline: String,
    criteria: String,
    figures: TableContext,
    charts: Vec<Curve>,
    rungs: TableContext,
    cause: String,
    paragraphs: Vec<String>,
    evidence: Vec<String>,
}

/// One figure over the users of the rungs.
#[derive(Debug, Serialize)]
struct Curve {
    title: &'static str,
    unit: &'static str,
    users: Vec<String>,
    top: String,
    /// The figure, and the bound where one is marked.
    lines: Vec<Vec<String>>,
}

impl LimitsContext {
    pub fn of(limits: &LimitRows) -> LimitsContext {
        let cause = &limits.cause;
        let sentence = |text: &str| markdown(text, MAX_SENTENCE);
        LimitsContext {
            headline: sentence(&limits.headline.join(" ")),
            criteria: criteria(limits),
            figures: figures(limits),
            charts: charts(limits),
            rungs: TableContext::of(&rungs::columns(), &limits.rungs),
            cause: cause.title(),
            paragraphs: paragraphs(cause),
            evidence: cause.evidence.iter().map(|text| sentence(text)).collect(),
        }
    }
}

/// The diagnosis; of two causes each part with its heading, since what is to be changed depends on which it is.
fn paragraphs(cause: &Cause) -> Vec<String> {
    let is_one = cause.either.is_empty();
    let paragraph = |part: Paragraph| {
        let text = markdown_sentence(&part.text, MAX_SENTENCE);
        if is_one { text } else { format!("**{}.** {text}", markdown(&part.heading, MAX_TEXT)) }
    };
    cause.paragraphs().into_iter().map(paragraph).collect()
}

fn criteria(limits: &LimitRows) -> String {
    let asked = limits.criteria.iter().map(|text| markdown(text, MAX_TEXT)).collect::<Vec<_>>().join(", ");
    match limits.assumed {
        true => format!(
            "Each rung was asked for {asked}: what is usual, since no threshold was given; name your own with \
             `--threshold`."
        ),
        false => format!("Each rung was asked for {asked}."),
    }
}

/// The rate of arrivals that is held, and what was served beneath a backlog.
fn rate_figures(rate: &RateLimit) -> TableContext {
    let between = |low: f64, high: f64| format!("{} to {}", short(low), short(high));
    let mut rows = vec![vec![
        "Arrivals per second within the criteria".to_owned(),
        rate.point.map_or_else(|| "–".to_owned(), short),
        match rate.high {
            Some(high) => between(rate.low, high),
            None if rate.low > 0.0 => format!("{} or more", short(rate.low)),
            None => "–".to_owned(),
        },
    ]];
    rows.extend(rate.served.map(|served| {
        let what = "Served per second beneath a backlog".to_owned();
        vec![what, short(served.estimate), between(served.low, served.high)]
    }));
    TableContext::new(vec!["Limit", "Estimate", "95 % confidence"], 1, rows)
}

fn figures(limits: &LimitRows) -> TableContext {
    if let Some(rate) = &limits.rate {
        return rate_figures(rate);
    }
    let users = &limits.users;
    let mut rows = vec![vec![
        "Users within the criteria".to_owned(),
        users.point.map_or_else(|| "–".to_owned(), |point| format!("{:.0}", point.floor())),
        users
            .high
            .map_or_else(|| format!("{} or more", users.low), |high| format!("{} to {high}", users.low)),
    ]];
    let mut estimate = |what: &str, value: Option<Estimate>| {
        if let Some(Estimate { estimate, low, high }) = value {
            rows.push(vec![
                what.to_owned(),
                whole(estimate),
                // Users and streams are whole.
                format!("{} to {}", whole(low.floor()), whole(high.ceil())),
            ]);
        }
    };
    let at_once = match limits.cause.is_sure_of_slots() {
        true => "Streams that the server runs at once",
        false => "Streams that ran at once, were it a pool",
    };
    estimate(at_once, limits.slot_limit);
    estimate("Users at which throughput stops growing", limits.knee);
    if let Some(saturation) = limits.saturation {
        // Requests beside the streams may go on growing.
        let (what, rate) = match saturation.streams_per_s > 0.0 {
            true => ("Streams per second where throughput stops growing", saturation.streams_per_s),
            false => ("Requests per second where throughput stops growing", saturation.rps),
        };
        rows.push(vec![what.to_owned(), rounded(rate), String::new()]);
    }
    TableContext::new(vec!["Limit", "Estimate", "95 % confidence"], 1, rows)
}

/// Throughput and the slow end of the latency, by users. An invalid rung is no point of a curve.
fn charts(limits: &LimitRows) -> Vec<Curve> {
    let mut rungs: Vec<&RungRow> =
        limits.rungs.iter().filter(|rung| rung.verdict != RungVerdict::Invalid).collect();
    rungs.sort_by(|a, b| a.place().total_cmp(&b.place()));
    rungs.dedup_by(|a, b| a.place() == b.place());
    // A chart of rates has numbers between its marks that are not evenly spaced; the table says them better.
    if rungs.len() < 2 || limits.rate.is_some() {
        return Vec::new();
    }
    let streams = rungs.iter().any(|rung| rung.streams > 0);
    let users: Vec<String> = rungs.iter().map(|rung| rung.users.to_string()).collect();
    let curve = |title, unit, figure: &dyn Fn(&RungRow) -> f64, bound: Option<f64>| {
        let values: Vec<f64> = rungs.iter().map(|rung| figure(rung)).collect();
        let top = values.iter().copied().chain(bound).fold(0.0, f64::max);
        let line = |values: Vec<f64>| values.into_iter().map(short).collect::<Vec<_>>();
        let bound = bound.map(|bound| line(vec![bound; rungs.len()]));
        let lines = std::iter::once(line(values)).chain(bound).collect();
        Curve { title, unit, users: users.clone(), top: axis_top(top), lines }
    };
    let p95 = |rung: &RungRow| rung.p95_ms.unwrap_or(0.0);
    match streams {
        true => vec![
            curve(
                "Streams per second by users, and their plateau",
                "streams/s",
                &|rung| rung.streams_per_s,
                limits.saturation.map(|saturation| saturation.streams_per_s),
            ),
            curve(
                "p95 of the time to first token by users",
                "ms",
                &|rung| rung.ttft_p95_ms.unwrap_or(0.0),
                None,
            ),
        ],
        false => vec![
            curve(
                "Requests per second by users, and their plateau",
                "requests/s",
                &|rung| rung.rps,
                limits.saturation.map(|saturation| saturation.rps),
            ),
            curve("p95 of the latency by users", "ms", &p95, None),
        ],
    }
}
