//! The last lines of a trial: what the report would hold, and what looks wrong.

use common::plan::Plan;
use common::text::number::duration;
use worker::chat::{Finish, StreamReport};
use worker::user::{Tried, TriedStream};

use super::events::counts;
use super::findings::{Looked, of_call};
use super::way;

/// What there is to say once all calls are made.
pub(super) fn closing(all: &[Tried], plan: &Plan) -> String {
    let streams = || all.iter().filter_map(|tried| tried.stream.as_ref());
    let came = streams().filter(|stream| !stream.events.is_empty());
    let mut out: String = came.map(|stream| figures(stream) + "\n").collect();
    // Where one call does not get there, no other does.
    let of_way = all.iter().find_map(|tried| way::finding(tried, plan));
    let of_calls = all.iter().filter_map(|tried| of_call(tried, &plan.api));
    let findings: Vec<String> = of_way
        .into_iter()
        .chain(of_calls)
        .chain(streams().flat_map(|stream| Looked::at(stream).findings()))
        .collect();
    let failed = all.iter().filter(|tried| tried.outcome.is_err()).count();
    match (failed, findings.is_empty()) {
        (0, true) => out.push_str("Nothing looks wrong.\n"),
        (failed, true) => out.push_str(&format!("{failed} of {} calls failed.\n", all.len())),
        _ => {
            out.push_str("What looks wrong:\n");
            findings.iter().for_each(|finding| out.push_str(&format!("- {finding}\n")));
        }
    }
    out
}

/// What the report would hold of a stream.
fn figures(TriedStream { events, report, .. }: &TriedStream) -> String {
    let time = |name: &str, time: Option<worker::http::Span>| {
        format!("{name} {}", time.map_or_else(|| "–".to_owned(), |time| duration(time.seen)))
    };
    let times = [
        time("first output (ttfr)", report.ttfr),
        time("first text (ttft)", report.ttft),
        time("whole answer (e2e)", report.e2e()),
        time("each token (tpot)", report.tpot()),
    ];
    format!(
        "What the report would hold of the stream:\n  {}\n  {}\n  events: {}\n  finished: {}\n",
        times.join(", "),
        tokens(report),
        if events.is_empty() { "none".to_owned() } else { counts(events) },
        report.finish.map_or("not said", Finish::name),
    )
}

fn tokens(report: &StreamReport) -> String {
    let source = if report.has_usage { "as the service counts them" } else { "an event each" };
    let parts = [
        ("prompt", report.prompt_tokens),
        ("of it cached", report.cached_tokens),
        ("thoughts", report.reasoning_tokens),
    ];
    let parts = parts.into_iter().filter(|(_, tokens)| *tokens > 0);
    let parts: String = parts.map(|(name, tokens)| format!(", {name} {tokens}")).collect();
    format!("tokens: {} {source}{parts}", report.tokens)
}
