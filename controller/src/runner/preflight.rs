//! One look at the service before any load: is it there, and is it the API?

use std::time::{Duration, Instant};

use common::failure::FailureClass;
use common::plan::Plan;
use worker::http::{Exchange, Failure, TargetError};
use worker::user::{VisitError, Visitor};

/// A service that must be there answers within this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Time between two looks at a service that is not there yet.
const AGAIN: Duration = Duration::from_millis(500);

/// How the service can distinguish these requests from those of users.
const MARK: &str = "preflight";

/// Why a run against this host makes no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreflightError {
    /// Nothing answers.
    #[error("nothing answers at {host}: {reason}; start the service, or name another with --host")]
    Unreachable { host: String, reason: String },
    /// The service and we cannot agree on a secure connection.
    #[error("{host} answers, but TLS fails ({reason}); {advice}")]
    Tls { host: String, reason: String, advice: &'static str },
    /// The answer is not HTTP, or not complete.
    #[error("{host} answers, but not with HTTP that can be read ({reason}); {advice}")]
    NotHttp { host: String, reason: String, advice: &'static str },
    /// The service wants to know who asks.
    #[error("{host} does not let us in: {call} gave {got}; {advice}")]
    Unauthorised { host: String, call: String, got: String, advice: &'static str },
    /// Something answers that is not the API.
    #[error("{host} answers, but not as the API: {call} gave {got}; {advice}")]
    NotTheApi { host: String, call: String, got: String, advice: String },
    /// Nobody can ask by this plan.
    #[error("{0}")]
    Plan(VisitError),
}

/// Makes the cheap call of the API, again and again until it is answered well or `patience` is over: what
/// starts services side by side, as Swarm and Kubernetes do, starts them in no order.
///
/// # Errors
/// What the last look met.
pub(crate) async fn await_service(plan: &Plan, patience: Duration) -> Result<(), PreflightError> {
    let deadline = Instant::now() + patience;
    loop {
        match look(plan).await {
            Err(error) if error.may_pass() && Instant::now() < deadline => {
                tracing::info!("not ready yet: {error}");
                tokio::time::sleep(AGAIN).await;
            }
            done => return done.map(drop),
        }
    }
}

impl PreflightError {
    /// Whether a service that comes up may answer otherwise soon.
    fn may_pass(&self) -> bool {
        use PreflightError::{Plan, Tls, Unauthorised};
        !matches!(self, Plan(_) | Tls { .. } | Unauthorised { .. })
    }
}

/// What one look saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// Method and path, as the API has them.
    pub asked: String,
    /// HTTP status.
    pub status: u16,
    /// Until the answer was there, connecting included.
    pub took: Duration,
}

/// Asks the host once, the way that users go; `None` where the API has nothing to be asked for so.
///
/// # Errors
/// Nothing answers, or what answers is not the API.
pub(crate) async fn look(plan: &Plan) -> Result<Option<Look>, PreflightError> {
    let mut visitor = Visitor::to(plan, MARK).await.map_err(|error| no_way(plan, error))?;
    // The API file may say that nothing can be asked.
    let Some(exchange) = visitor.probe(PATIENCE).await else { return Ok(None) };
    let took = exchange.time().seen;
    let Exchange { status, outcome, .. } = exchange;
    match outcome {
        // A service that is overloaded or rate-limited now is still the API.
        Err(failure) if !matches!(failure.class, FailureClass::Http429 | FailureClass::Http5xx) => {
            Err(refusal(plan, visitor.asked(), status, failure))
        }
        _ => Ok(Some(Look { asked: visitor.asked().to_owned(), status, took })),
    }
}

fn no_way(plan: &Plan, error: VisitError) -> PreflightError {
    match error {
        // A name may be there later, as the service may.
        VisitError::Target(error @ TargetError::Lookup { .. }) => {
            PreflightError::Unreachable { host: plan.base_url.clone(), reason: error.to_string() }
        }
        error => PreflightError::Plan(error),
    }
}

/// What a failed look means.
fn refusal(
    plan: &Plan,
    asked: &str,
    status: u16,
    Failure { class, text: reason }: Failure,
) -> PreflightError {
    let host = plan.base_url.clone();
    match class {
        FailureClass::Connect | FailureClass::LocalLimit | FailureClass::Timeout => {
            PreflightError::Unreachable { host, reason }
        }
        FailureClass::Tls => {
            let advice = tls_advice(plan, &reason);
            // What the library calls so, which has no words of its own for it.
            let words = [
                ("CaUsedAsEndEntity", "its certificate is signed by itself, and nobody vouches for it"),
                ("InvalidContentType", "what answers there does not speak TLS"),
            ];
            let known = words.into_iter().find(|(theirs, _)| reason.contains(theirs));
            let reason = known.map_or(reason, |(_, ours)| ours.to_owned());
            PreflightError::Tls { host, reason, advice }
        }
        FailureClass::Transport => {
            // The library's link to its manual does not help a person who tests a service.
            let reason = reason.split(": https://docs.rs").next().unwrap_or_default().to_owned();
            PreflightError::NotHttp { host, reason, advice: http_advice(plan) }
        }
        _ => {
            let (call, got) = (asked.to_owned(), reason);
            if matches!(status, 401 | 403) {
                PreflightError::Unauthorised { host, call, got, advice: key_advice(plan) }
            } else {
                PreflightError::NotTheApi { host, call, got, advice: api_advice(plan, status) }
            }
        }
    }
}

/// What to do where a TLS handshake failed for this reason.
pub(crate) fn tls_advice(plan: &Plan, reason: &str) -> &'static str {
    if reason.contains("ertificateRequired") {
        return "it wants a certificate of the client, and users have none: test it behind its gateway, or without that";
    }
    if reason.contains("HandshakeFailure") {
        return "it refuses this client: it wants a certificate of the client, and users have none, or TLS older than 1.2";
    }
    if reason.contains("not valid for name") {
        return "take a name of its certificate in --host, with --connect-to if it does not lead there; or --insecure";
    }
    match plan.ca_pem.is_empty() {
        true if reason.contains("invalid peer certificate") => {
            "name its authority, or the certificate itself, with --ca-cert; or take --insecure"
        }
        true => "check http or https in --host, or name its authority with --ca-cert",
        false => {
            "check http or https in --host, and that --ca-cert holds the authority that issued its certificate"
        }
    }
}

/// What to do where what answers is no HTTP.
pub(crate) fn http_advice(plan: &Plan) -> &'static str {
    match plan.base_url.starts_with("https:") {
        // A service that refuses a client in TLS 1.3 has let it in before.
        true => "check --host; a service that wants a certificate of the client ends so, and users have none",
        false => "check --host, and whether it is https",
    }
}

fn key_advice(plan: &Plan) -> &'static str {
    match plan.api.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization")) {
        true => "check the key that users send",
        false => "add --header 'authorization: Bearer …', or whatever it asks for",
    }
}

/// A call that is not there need not be a wrong host: many services have nothing but their chat.
fn api_advice(plan: &Plan, status: u16) -> String {
    let known = "check --host, or describe the API with --api";
    match status {
        400 | 404 | 405 | 422 | 501 => format!(
            "{known}; a service without such a call has an API file with preset = \"{}\", and below it [probe] with skip = true, or with a path of its own",
            plan.api.name
        ),
        _ => known.to_owned(),
    }
}
