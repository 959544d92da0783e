//! The way to a controller, as a worker goes it: network, TLS, token.

use common::text::number::duration;

use super::Finding;
use crate::http::round_trip;
use crate::link::{ConnectError, Route, Session};

/// Goes to the controller's door and says what was met there. Nobody is registered.
pub async fn controller(route: &Route, token: Option<&str>) -> Finding {
    let knocked = Session::knock(route, token).await;
    let time = match (knocked, route) {
        (Ok(_), Route::Network { address, tls: None }) => Ok(match round_trip(address.as_str()).await {
            Ok(trip) => format!("without TLS, round trip {}", duration(trip)),
            Err(_) => "without TLS".to_owned(),
        }),
        // Connections without a handshake of TLS would be told of in the run's report.
        (Ok(took), _) => Ok(format!("by TLS within {}", duration(took))),
        (Err(error), _) => Err(error),
    };
    met(&route.to_string(), time)
}

/// What was met, as a finding.
fn met(address: &str, knocked: Result<String, ConnectError>) -> Finding {
    let cannot = |sentence| Finding::cannot("controller", sentence);
    match knocked {
        Ok(how) => Finding::fine("controller", format!("{address} lets this worker in {how}")),
        Err(ConnectError::Again(reason)) => cannot(format!(
            "nothing that is a controller answers at {address}: {reason}; start it with --bind, and check address \
             and firewall"
        )),
        Err(ConnectError::Refused(refusal)) => {
            cannot(format!("{address} refuses this worker: {}", refusal.message))
        }
        Err(ConnectError::Mismatch(reason)) => cannot(format!("{address} answers, but {reason}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use common::protocol::Refusal;

    #[test]
    fn what_was_met_says_what_to_do() {
        let refusal = Refusal { message: "wrong or missing token; give it".to_owned(), ..Refusal::default() };
        let table = [
            (
                Ok("without TLS, round trip 250 µs".to_owned()),
                Verdict::Fine,
                "h:1 lets this worker in without TLS, round trip 250 µs",
            ),
            (
                Err(ConnectError::Again("refused".to_owned())),
                Verdict::Cannot,
                "nothing that is a controller answers at h:1: refused; start it with --bind, and check address and firewall",
            ),
            (
                Err(ConnectError::Refused(refusal)),
                Verdict::Cannot,
                "h:1 refuses this worker: wrong or missing token; give it",
            ),
            (
                Err(ConnectError::Mismatch("it speaks TLS; give it".to_owned())),
                Verdict::Cannot,
                "h:1 answers, but it speaks TLS; give it",
            ),
        ];
        for (knocked, verdict, here) in table {
            let found = met("h:1", knocked);
            assert_eq!((found.verdict, found.here.as_str()), (verdict, here));
        }
    }
}
