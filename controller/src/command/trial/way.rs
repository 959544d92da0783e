//! What looks wrong with the way to the service: its address, TLS, HTTP.

use common::failure::FailureClass;
use common::plan::Plan;
use worker::user::Tried;

use crate::runner::preflight::{http_advice, tls_advice};

/// What to do where a call did not get to the service.
pub(super) fn finding(tried: &Tried, plan: &Plan) -> Option<String> {
    let failure = tried.outcome.as_ref().err()?;
    let advice = match failure.class {
        FailureClass::Connect => "check --host, and whether the service is up",
        FailureClass::Tls => tls_advice(plan, &failure.text),
        FailureClass::Transport if tried.status == 0 => http_advice(plan),
        _ => return None,
    };
    Some(format!("{}: {advice}.", plan.api.place(tried.operation)))
}

#[cfg(test)]
mod tests {
    use worker::http::Failure;

    use super::*;

    #[test]
    fn each_obstacle_on_the_way_has_advice_of_its_own() {
        let told = |host: &str, status, class, text: &str| {
            let plan = Plan { base_url: host.to_owned(), ..Plan::default() };
            let tried = Tried { status, outcome: Err(Failure::new(class, text)), ..Tried::default() };
            finding(&tried, &plan).unwrap_or_default()
        };
        let (http, https) = ("http://h:1", "https://h:1");
        for (host, class, text, part) in [
            (http, FailureClass::Connect, "refused", "[chat]: check --host, and whether the service is up."),
            (https, FailureClass::Tls, "invalid peer certificate: UnknownIssuer", "--ca-cert"),
            (https, FailureClass::Tls, "certificate not valid for name \"h\"", "--connect-to"),
            (https, FailureClass::Tls, "alert: CertificateRequired", "certificate of the client"),
            (https, FailureClass::Tls, "received fatal alert: HandshakeFailure", "older than 1.2"),
            (http, FailureClass::Transport, "the connection broke", "whether it is https"),
        ] {
            let advice = told(host, 0, class, text);
            assert!(advice.contains(part), "{text}: {advice}");
        }
        assert_eq!(told(http, 200, FailureClass::Transport, "the connection broke"), "");
        assert_eq!(told(http, 500, FailureClass::Http5xx, "HTTP 500"), "");
    }
}
