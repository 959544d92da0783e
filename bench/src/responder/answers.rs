//! Canned answers of the sizes that the default API's have.

use std::sync::LazyLock;

use common::stats::{Histogram, Percentile};

use super::Counts;
use super::request::Request;

/// Head of a stream; its body is chunked, as a framework would send it.
pub(super) const STREAM_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
    cache-control: no-cache\r\ntransfer-encoding: chunked\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";

const NO_CONTENT: &[u8] = b"HTTP/1.1 204 No Content\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";

/// Bodies of 198, 146 and 1,024 bytes.
static LIST: LazyLock<Vec<u8>> = LazyLock::new(|| json("200 OK", 198));
static CREATED: LazyLock<Vec<u8>> = LazyLock::new(|| json("201 Created", 146));
static RENAMED: LazyLock<Vec<u8>> = LazyLock::new(|| json("200 OK", 146));
static MESSAGES: LazyLock<Vec<u8>> = LazyLock::new(|| json("200 OK", 1024));

/// The answer to any request of the API but a stream.
pub(super) fn to(request: &Request<'_>) -> &'static [u8] {
    let is_messages = request.path().ends_with(b"/messages");
    match (request.method, is_messages) {
        (b"GET", true) => &MESSAGES,
        (b"POST", _) => &CREATED,
        (b"PATCH", _) => &RENAMED,
        (b"DELETE", _) => NO_CONTENT,
        _ => &LIST,
    }
}

/// The answer to the question what was served.
pub(super) fn counts(counts: &Counts) -> Vec<u8> {
    let Counts { requests, events, streams, connections, ttft, gap } = counts;
    let at = |of: &Histogram, percentile| of.percentile(percentile).unwrap_or_default();
    let body = format!(
        r#"{{"requests":{requests},"events":{events},"streams":{streams},"connections":{connections},"ttft_us":[{},{}],"gap_us":[{},{}]}}"#,
        at(ttft, Percentile::P50),
        at(ttft, Percentile::P99),
        at(gap, Percentile::P50),
        at(gap, Percentile::P99),
    );
    with_body("200 OK", &body)
}

/// An answer with a JSON body of exactly `length` bytes.
fn json(status: &str, length: usize) -> Vec<u8> {
    let (start, end) = (r#"[{"id":"lt-0123456789abcdef0123456789abcdef","title":""#, r#""}]"#);
    let filling = "plan a small garden ".chars().cycle().take(length - start.len() - end.len());
    with_body(status, &(start.to_owned() + &filling.collect::<String>() + end))
}

fn with_body(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n{body}"
    )
    .into_bytes()
}
