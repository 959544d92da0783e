//! Whether an answer's head is what was asked for, and if not, which failure it is.

use std::borrow::Cow;
use std::time::Duration;

use common::api::Answer;
use common::failure::FailureClass;
use http::HeaderName;

use super::Failure;
use super::explanation::words_in;
use super::head::Headers;

/// Longest `Retry-After` that is believed.
const LONGEST_RETRY: Duration = Duration::from_secs(24 * 3600);

/// What the answer to a request must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expect<'c> {
    pub(super) answer: Answer,
    /// Statuses that are a success, and no others; empty: 200 to 299.
    pub(super) success: &'c [u16],
    /// Headers of the answer that somebody wants.
    pub(super) keep: &'c [HeaderName],
    /// Whether somebody reads the body.
    pub(super) body: bool,
}

/// What an answer's head says beside its framing.
#[derive(Debug)]
pub(crate) struct JudgedHead {
    /// Whether the head is what was asked for.
    pub(crate) outcome: Result<(), Unexpected>,
    /// How long the service asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// The headers that were wanted, each as often as it came.
    pub(super) kept: Vec<(HeaderName, String)>,
}

/// A head that is not what was asked for; the body may explain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unexpected {
    pub(crate) class: FailureClass,
    text: String,
    /// The body is compressed, so that it explains nothing.
    is_encoded: bool,
}

impl Unexpected {
    /// With how long the service asks to wait, in whole seconds as it said it.
    fn with_retry(self, wait: Duration) -> Unexpected {
        Unexpected { text: format!("{} (retry after {}s)", self.text, wait.as_secs()), ..self }
    }

    /// The failure, with what the body says as its explanation: its message, else its beginning.
    pub(crate) fn into_failure(self, body: &[u8]) -> Failure {
        let body = if self.is_encoded { &[] } else { body };
        // A body of the wrong type shows by its beginning what it is.
        let words = if self.class == FailureClass::WrongContentType { None } else { words_in(body) };
        let body = words.map_or_else(|| String::from_utf8_lossy(body), Cow::Owned);
        let join = if body.trim().is_empty() { "" } else { ": " };
        Failure::new(self.class, &format!("{}{join}{body}", self.text))
    }
}

impl Expect<'_> {
    pub(super) fn judge(self, status: u16, headers: Headers<'_>) -> JudgedHead {
        let retry_after = retry_after(headers);
        let outcome = judge(status, headers, self.answer, self.success);
        let outcome =
            outcome.and_then(|()| self.judge_coding(headers)).map_err(|unexpected| match retry_after {
                Some(wait) => unexpected.with_retry(wait),
                None => unexpected,
            });
        JudgedHead { outcome, retry_after, kept: self.kept(headers) }
    }

    /// A body that somebody reads must be plain, as was asked for.
    fn judge_coding(self, headers: Headers<'_>) -> Result<(), Unexpected> {
        if !self.body {
            return Ok(());
        }
        match coding(headers) {
            None => Ok(()),
            Some(coding) => {
                let text = format!(
                    "the body is compressed ({coding}) though no accept-encoding was sent; turn that off in the service \
                     or the proxy before it, as browsers get events late by it too"
                );
                Err(Unexpected { class: FailureClass::Encoded, text, is_encoded: true })
            }
        }
    }

    fn kept(self, headers: Headers<'_>) -> Vec<(HeaderName, String)> {
        if self.keep.is_empty() {
            return Vec::new();
        }
        let values = |name: &HeaderName| {
            let text = |value: &[u8]| (name.clone(), String::from_utf8_lossy(value).trim().to_owned());
            headers.all(name.as_str()).map(text).collect::<Vec<_>>()
        };
        self.keep.iter().flat_map(values).collect()
    }
}

fn judge(status: u16, headers: Headers<'_>, expected: Answer, success: &[u16]) -> Result<(), Unexpected> {
    let is_listed = success.contains(&status);
    let class = match status {
        200..=299 if !is_listed && !success.is_empty() => FailureClass::BadAnswer,
        // What a refusal's body is, the API does not say.
        _ if is_listed && !(200..300).contains(&status) => return Ok(()),
        200..=299 => {
            let judged = judge_type(headers, expected);
            // Frameworks name a type of nothing: Flask sends a 204 as `text/html`.
            let is_nothing = || expected == Answer::Any && is_empty(status, headers);
            return if judged.is_err() && is_nothing() { Ok(()) } else { judged };
        }
        300..=399 => FailureClass::Redirect,
        429 => FailureClass::Http429,
        400..=499 => FailureClass::Http4xx,
        500..=599 => FailureClass::Http5xx,
        // 101, or a number without a meaning in HTTP: not what was asked for.
        _ => FailureClass::Transport,
    };
    let text = match headers.get("location") {
        Some(to) if class == FailureClass::Redirect => format!("HTTP {status} to {to}, not followed"),
        _ => format!("HTTP {status}"),
    };
    let (text, is_encoded) = match coding(headers) {
        Some(coding) => (format!("{text}, its body compressed ({coding})"), true),
        None => (text, false),
    };
    Err(Unexpected { class, text, is_encoded })
}

/// Whether no body follows.
fn is_empty(status: u16, headers: Headers<'_>) -> bool {
    status == 204 || headers.get("content-length").is_some_and(|length| length.trim() == "0")
}

fn judge_type(headers: Headers<'_>, expected: Answer) -> Result<(), Unexpected> {
    let found = headers.first("content-type");
    let essence = essence(found.unwrap_or_default());
    let is = |name: &str| essence.eq_ignore_ascii_case(name.as_bytes());
    let (fits, wanted) = match expected {
        Answer::Any => (!is("text/html"), "no web page"),
        Answer::Json => (is_json(essence), "application/json"),
        Answer::Sse => (is(EVENTS), EVENTS),
        Answer::Lines => (!is(EVENTS) && !is("text/html"), "no web page and no SSE"),
    };
    if fits {
        return Ok(());
    }
    let essence = &*String::from_utf8_lossy(essence);
    let found = if essence.is_empty() { "no content type" } else { essence };
    let hint = if expected == Answer::Sse { framing_hint(essence, headers) } else { "" };
    let text = format!("expected {wanted}, got {found}{hint}");
    let is_encoded = coding(headers).is_some();
    Err(Unexpected { class: FailureClass::WrongContentType, text, is_encoded })
}

/// A content type without its parameters.
fn essence(value: &[u8]) -> &[u8] {
    let end = memchr::memchr(b';', value).unwrap_or(value.len());
    value[..end].trim_ascii()
}

/// What the body is compressed with.
fn coding(headers: Headers<'_>) -> Option<&str> {
    headers
        .get("content-encoding")
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
}

/// Server-sent events.
const EVENTS: &str = "text/event-stream";

/// Which framing a stream has that is not sent as server-sent events, as far as its head shows.
fn framing_hint(essence: &str, headers: Headers<'_>) -> &'static str {
    if headers.get("x-vercel-ai-data-stream").is_some() {
        return " (the AI SDK before its version 5: `--api ai-sdk-v4`, or `framing = \"ai-sdk-v4\"` in [stream])";
    }
    let lines = ["ndjson", "jsonl", "jsonlines", "json-lines", "stream+json"];
    match lines.iter().any(|kind| essence.to_ascii_lowercase().ends_with(kind)) {
        true => " (lines of JSON: `framing = \"ndjson\"` in [stream])",
        false => "",
    }
}

/// `application/json`, or a type with the suffix `+json` (RFC 6839).
fn is_json(essence: &[u8]) -> bool {
    essence.eq_ignore_ascii_case(b"application/json")
        || essence.last_chunk::<5>().is_some_and(|suffix| suffix.eq_ignore_ascii_case(b"+json"))
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which counts from the answer's own `Date`
/// so that clocks need not agree. At most a day; `None` if it is absent or cannot be read.
fn retry_after(headers: Headers<'_>) -> Option<Duration> {
    let value = headers.get("retry-after")?.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let until = httpdate::parse_http_date(value).ok()?;
        let sent = httpdate::parse_http_date(headers.get("date")?).ok()?;
        until.duration_since(sent).unwrap_or_default()
    };
    Some(wait.min(LONGEST_RETRY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers<'h>(pairs: &[(&'h str, &'h str)]) -> Vec<httparse::Header<'h>> {
        pairs.iter().map(|(name, value)| httparse::Header { name, value: value.as_bytes() }).collect()
    }

    fn class(code: u16) -> Option<FailureClass> {
        judge(code, Headers(&[]), Answer::Any, &[]).err().map(|unexpected| unexpected.class)
    }

    #[test]
    fn an_api_may_list_the_statuses_of_success() {
        let class = |status, success: &[u16]| {
            judge(status, Headers(&[]), Answer::Any, success).err().map(|unexpected| unexpected.class)
        };
        for success in [201, 304, 404] {
            assert_eq!(class(success, &[201, 304, 404]), None);
        }
        assert_eq!(class(200, &[201]), Some(FailureClass::BadAnswer));
        assert_eq!(class(409, &[404]), Some(FailureClass::Http4xx));
    }

    #[test]
    fn every_status_has_its_class() {
        use FailureClass::*;
        let cases = [
            (101, Some(Transport)),
            (200, None),
            (204, None),
            (299, None),
            (301, Some(Redirect)),
            (304, Some(Redirect)),
            (400, Some(Http4xx)),
            (428, Some(Http4xx)),
            (429, Some(Http429)),
            (430, Some(Http4xx)),
            (499, Some(Http4xx)),
            (500, Some(Http5xx)),
            (599, Some(Http5xx)),
            (600, Some(Transport)),
        ];
        for (code, expected) in cases {
            assert_eq!(class(code), expected, "{code}");
        }
    }

    #[test]
    fn content_types_are_compared_by_their_essence() {
        let fits = |value: &str, expected| {
            judge_type(Headers(&headers(&[("Content-Type", value)])), expected).is_ok()
        };
        assert!(fits("application/json", Answer::Json));
        assert!(fits("Application/JSON; charset=utf-8", Answer::Json));
        assert!(fits("application/problem+json", Answer::Json));
        assert!(!fits("application/jsonp", Answer::Json));
        assert!(!fits("text/html", Answer::Json));
        assert!(fits("text/event-stream;charset=utf-8", Answer::Sse));
        assert!(!fits("application/json", Answer::Sse));
        assert!(fits("application/x-ndjson", Answer::Lines) && fits("text/plain", Answer::Lines));
        assert!(!fits("text/event-stream", Answer::Lines) && !fits("text/html", Answer::Lines));
        assert!(fits("image/png", Answer::Any));
        assert!(!fits("text/HTML; charset=utf-8", Answer::Any));
        assert!(judge_type(Headers(&[]), Answer::Any).is_ok());
        assert_eq!(
            judge_type(Headers(&[]), Answer::Sse).unwrap_err().into_failure(b" \n").text,
            "expected text/event-stream, got no content type"
        );
    }

    #[test]
    fn nothing_at_all_is_no_web_page() {
        let fits = |status, length, expected| {
            let pairs = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", length)];
            judge(status, Headers(&headers(&pairs)), expected, &[]).is_ok()
        };
        assert!(fits(204, "7", Answer::Any) && fits(200, "0", Answer::Any));
        assert!(
            !fits(200, "7", Answer::Any) && !fits(200, "0", Answer::Json) && !fits(200, "0", Answer::Sse)
        );
    }

    #[test]
    fn a_stream_in_another_framing_is_told_which() {
        let told = |pairs: &[(&str, &str)]| {
            judge_type(Headers(&headers(pairs)), Answer::Sse).unwrap_err().into_failure(b"").text
        };
        assert!(told(&[("content-type", "application/x-ndjson")]).contains("`framing = \"ndjson\"`"));
        let v4 = [("content-type", "text/plain"), ("x-vercel-ai-data-stream", "v1")];
        assert!(told(&v4).contains("--api ai-sdk-v4"));
        assert!(!told(&[("content-type", "text/plain")]).contains("framing"));
    }

    #[test]
    fn a_body_that_is_compressed_unasked_is_named() {
        let told = |status, pairs: &[(&str, &str)], body| {
            let expect = Expect { answer: Answer::Sse, success: &[], body, keep: &[] };
            let outcome = expect.judge(status, Headers(&headers(pairs))).outcome;
            outcome
                .map_err(|unexpected| unexpected.into_failure(b"\x1f\x8b\x08"))
                .map_err(|failure| failure.to_string())
        };
        let sse = ("content-type", "text/event-stream");
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let failure = told(200, &[sse, ("content-encoding", coding)], true).unwrap_err();
            assert!(
                failure.starts_with(&format!("encoded: the body is compressed ({coding}) though no")),
                "{failure}"
            );
        }
        assert_eq!(told(200, &[sse, ("content-encoding", "identity")], true), Ok(()));
        assert_eq!(told(200, &[sse, ("content-encoding", "gzip")], false), Ok(()), "nobody reads it");
        let failure = told(500, &[("content-encoding", "gzip")], true).unwrap_err();
        assert_eq!(failure, "http_5xx: HTTP 500, its body compressed (gzip)");
    }

    #[test]
    fn a_refusal_says_how_long_to_wait() {
        let expect = Expect { answer: Answer::Json, success: &[], body: true, keep: &[] };
        let told = |status| {
            let judged = expect.judge(status, Headers(&headers(&[("Retry-After", "7")])));
            judged.outcome.unwrap_err().into_failure(b"busy").text
        };
        assert_eq!(told(429), "HTTP 429 (retry after 7s): busy");
        assert_eq!(told(503), "HTTP 503 (retry after 7s): busy");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let sent = "Sun, 06 Nov 1994 08:49:37 GMT";
        let after = |value: &str| retry_after(Headers(&headers(&[("retry-after", value), ("date", sent)])));
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("0"), Some(Duration::ZERO));
        assert_eq!(after("99999999999"), Some(LONGEST_RETRY));
        assert_eq!(after("Sun, 06 Nov 1994 08:50:07 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
        assert_eq!(after("-1"), None);
        assert_eq!(retry_after(Headers(&headers(&[("retry-after", sent)]))), None);
        assert_eq!(retry_after(Headers(&[])), None);
    }
}
