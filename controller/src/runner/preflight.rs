//! One look at the service before any load: is it there, and is it the API?

use std::time::{Duration, Instant};

use common::api::{Answer, Template};
use common::plan::Plan;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::probe_call;
use crate::api::{in_json, in_path};

/// A service that must be there answers within this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Time between two looks at a service that is not there yet.
const AGAIN: Duration = Duration::from_millis(500);

/// Header of requests that are no load.
pub(crate) const PROBE_HEADER: &str = "x-loadtest-probe";

/// Why a run against this host makes no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreflightError {
    /// Nothing answers.
    #[error("nothing answers at {host}: {reason}; start the service, or name another with --host")]
    Unreachable { host: String, reason: String },
    /// The service and we cannot agree on a secure connection.
    #[error(
        "{host} answers, but TLS fails ({reason}); check http or https in --host, or name its authority with --ca-cert"
    )]
    Tls { host: String, reason: String },
    /// Something answers that is no HTTP, or not whole.
    #[error("{host} answers, but not with HTTP that can be read ({reason}); check --host")]
    NotHttp { host: String, reason: String },
    /// The service wants to know who asks.
    #[error(
        "{host} does not let us in: {method} {path} gave {got}; add --header 'authorization: Bearer …', or whatever it asks for"
    )]
    Unauthorised { host: String, method: String, path: String, got: String },
    /// Something answers that is not the API.
    #[error(
        "{host} answers, but not as the API: {method} {path} gave {got}; check --host, or describe the API with --api"
    )]
    NotTheApi { host: String, method: String, path: String, got: String },
    /// The client cannot be made: bad certificates.
    #[error("--ca-cert: {0}; name a PEM file with certificates")]
    Certificates(String),
}

/// Asks the host for its threads, again and again until it answers well or `patience` is over: what
/// starts services side by side, as Swarm and Kubernetes do, starts them in no order.
///
/// # Errors
/// What the last look met.
pub(crate) async fn await_service(plan: &Plan, patience: Duration) -> Result<(), PreflightError> {
    let deadline = Instant::now() + patience;
    loop {
        match check(plan).await {
            Err(error) if error.may_pass() && Instant::now() < deadline => {
                tracing::info!("not ready yet: {error}");
                tokio::time::sleep(AGAIN).await;
            }
            done => return done,
        }
    }
}

impl PreflightError {
    /// Whether a service that comes up may answer otherwise soon.
    fn may_pass(&self) -> bool {
        use PreflightError::{Certificates, Tls, Unauthorised};
        !matches!(self, Certificates(_) | Tls { .. } | Unauthorised { .. })
    }
}

/// Asks the host for its threads once.
///
/// # Errors
/// Nothing answers, or what answers is not the API.
async fn check(plan: &Plan) -> Result<(), PreflightError> {
    let client = client(plan)?;
    let call = plan.api.probe();
    if call.skip {
        return Ok(()); // the API file says that nothing can be asked
    }
    let path = &probe_call::filled(&call.path, "", plan, in_path);
    let method = reqwest::Method::from_bytes(call.method.as_bytes()).unwrap_or(reqwest::Method::GET);
    // No load: whoever counts requests can tell it from those of users, which alone are reported.
    let mut request =
        client.request(method, format!("{}{path}", plan.base_url)).header(PROBE_HEADER, "preflight");
    if let Some(body) = &call.body {
        request = request
            .header("content-type", "application/json")
            .body(probe_call::filled(body, "", plan, in_json));
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| no_answer(&plan.base_url, &error))?;
    let status = answer.status();
    let kind = answer
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("no content type");
    let json = kind.starts_with("application/json") || kind.contains("+json");
    // A service that is overloaded or rate-limited now is still the API.
    if status.as_u16() == 429 || status.is_server_error() {
        return Ok(());
    }
    if status.is_success() && (json || call.answer != Answer::Json) {
        return Ok(());
    }
    let (host, method, path) = (plan.base_url.clone(), call.method.clone(), path.to_owned());
    if matches!(status.as_u16(), 401 | 403) {
        return Err(PreflightError::Unauthorised { host, method, path, got: status.to_string() });
    }
    let got = format!("{} with {}", status, printable(kind));
    Err(PreflightError::NotTheApi { host, method, path, got })
}

/// Whether nobody was there, or somebody who speaks otherwise.
fn no_answer(host: &str, error: &reqwest::Error) -> PreflightError {
    let (host, cause) = (host.to_owned(), root(error));
    let reason = cause.to_string();
    if is_tls(cause) {
        PreflightError::Tls { host, reason }
    } else if error.is_connect() || error.is_timeout() {
        PreflightError::Unreachable { host, reason }
    } else {
        PreflightError::NotHttp { host, reason }
    }
}

/// Whether this is TLS's own complaint. An io::Error does not name what it wraps as its source.
fn is_tls(cause: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || wrapped.is_some_and(|inner| is_tls(inner))
}

/// The client of probes.
pub(crate) fn client(plan: &Plan) -> Result<reqwest::Client, PreflightError> {
    let mut client = reqwest::Client::builder()
        .default_headers(headers(plan))
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        // The way that users go: a proxy of the environment would see other latencies, and secret headers.
        .no_proxy()
        .user_agent(concat!("loadtests/", env!("CARGO_PKG_VERSION")))
        .tls_danger_accept_invalid_certs(plan.insecure);
    if !plan.ca_pem.is_empty() {
        let roots = reqwest::Certificate::from_pem_bundle(plan.ca_pem.as_bytes());
        for root in roots.map_err(|error| PreflightError::Certificates(root(&error).to_string()))? {
            client = client.add_root_certificate(root);
        }
    }
    client.build().map_err(|error| PreflightError::Certificates(root(&error).to_string()))
}

/// The headers of every request; they were checked when the API was chosen.
fn headers(plan: &Plan) -> HeaderMap {
    let header = |(name, value): (&String, &Template)| {
        let mut value = HeaderValue::try_from(probe_call::filled(value, "", plan, str::to_owned)).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::try_from(name).ok()?, value))
    };
    plan.api.headers.iter().filter_map(header).collect()
}

fn root<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
