//! `http://…/metrics`: a page, read piece by piece, of a server that may be slow, huge or hostile.

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Url};

use super::choice::Choice;
use super::exposition::{Exposition, Page};
use common::text::escape::plain;

/// Most bytes of a page. Exporters of large machines write about one million.
const LONGEST_PAGE: u64 = 8 * 1024 * 1024;
/// Longest content type that is shown to people, in characters.
const LONGEST_TYPE: usize = 40;
/// What we read; the older format first, since everybody writes it.
const FORMATS: &str = "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5, */*;q=0.1";

/// Whose certificates are taken, as those of the service under test are.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Authorities in PEM; those of the system where there are none.
    pub ca_pem: String,
    /// Everybody's.
    pub insecure: bool,
}

/// A page of metrics.
#[derive(Debug)]
pub(super) struct MetricsPage {
    client: Client,
    url: Url,
}

impl MetricsPage {
    /// Follows no redirect, uses no proxy, and keeps one connection.
    ///
    /// # Errors
    /// The TLS of this machine cannot be set up.
    pub(super) fn at(url: Url, trust: &Trust) -> Result<MetricsPage, String> {
        let mut client = Client::builder().redirect(Policy::none()).no_proxy().pool_max_idle_per_host(1);
        if !trust.ca_pem.is_empty() {
            let named =
                Certificate::from_pem_bundle(trust.ca_pem.as_bytes()).map_err(|error| root(&error))?;
            client = client.tls_certs_merge(named);
        }
        client = client.tls_danger_accept_invalid_certs(trust.insecure);
        Ok(MetricsPage { client: client.build().map_err(|error| root(&error))?, url })
    }

    /// Looks once.
    ///
    /// # Errors
    /// The server cannot be reached, or its answer is no page of metrics.
    pub(super) async fn look(&self, choice: &Choice) -> Result<Page, String> {
        let request = self.client.get(self.url.clone());
        let request = request.header(ACCEPT, FORMATS).header(ACCEPT_ENCODING, "identity");
        let mut answer = request.send().await.map_err(|error| root(&error))?;
        check(&answer)?;
        let content_type = content_type(&answer);
        let mut page = Exposition::new(choice);
        let mut length = 0;
        while let Some(piece) = answer.chunk().await.map_err(|error| root(&error))? {
            length += piece.len() as u64;
            if length > LONGEST_PAGE {
                return Err(too_long());
            }
            page.feed(&piece);
        }
        let page = page.finish();
        if !page.is_metrics() {
            return Err(no_metrics(&content_type, page.begins.as_deref()));
        }
        match page.samples.is_empty() {
            false => Ok(page),
            true => {
                Err("its page has none of the series that are kept; choose some with --observe-series"
                    .to_owned())
            }
        }
    }
}

fn check(answer: &Response) -> Result<(), String> {
    let status = answer.status();
    if status.is_redirection() {
        return Err(format!("it answered {status}, which is not followed; give the address it leads to"));
    }
    if status == StatusCode::UNAUTHORIZED {
        return Err(format!(
            "it answered {status}; a name and a password stand before the host: http://NAME:PASSWORD@…"
        ));
    }
    if !status.is_success() {
        return Err(format!("it answered {status}"));
    }
    let is_plain = |value: &reqwest::header::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if answer.headers().get(CONTENT_ENCODING).is_some_and(|value| !is_plain(value)) {
        return Err(
            "its page is compressed, which was not asked for; let it be plain for whoever accepts that alone"
                .to_owned(),
        );
    }
    match answer.content_length() {
        Some(length) if length > LONGEST_PAGE => Err(too_long()),
        _ => Ok(()),
    }
}

fn content_type(answer: &Response) -> String {
    let value = answer.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    value.map_or_else(|| "without a content type".to_owned(), |value| plain(&value, LONGEST_TYPE))
}

/// What an answer is that nobody can take for metrics, as a page to sign in on is.
fn no_metrics(content_type: &str, begins: Option<&str>) -> String {
    let begins = begins.map_or_else(|| "and empty".to_owned(), |begins| format!("begins with `{begins}`"));
    format!(
        "its answer is no page of metrics ({content_type}, {begins}); check the path, as in /metrics, and whether it wants a \
         login"
    )
}

fn too_long() -> String {
    format!("its page is longer than {} MiB", LONGEST_PAGE / 1024 / 1024)
}

/// What is at the bottom of an error: the message of the top repeats the address, whose query may hold a key.
fn root(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    match deepest.to_string() {
        text if text.contains("invalid peer certificate") => {
            format!("{text}; name its authority with --ca-cert, or take --insecure")
        }
        text => text,
    }
}
