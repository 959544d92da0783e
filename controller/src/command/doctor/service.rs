//! The service, as users would meet it.

use std::time::Duration;

use common::plan::Plan;
use common::text::number::duration;
use worker::check::Finding;
use worker::http::{Target, round_trip};

use crate::runner::preflight::{Look, PreflightError, look};

/// What was seen of the service.
#[derive(Debug)]
pub(super) struct Seen {
    /// A handshake with it; `None` where nothing listens.
    trip: Option<Duration>,
    /// What came of asking it.
    looked: Result<Option<Look>, PreflightError>,
}

impl Seen {
    /// Connects to the service and asks it once.
    pub(super) async fn look(plan: &Plan) -> Seen {
        let trip = match Target::resolve(plan).await {
            Ok(target) => round_trip(target.dialled()).await.ok(),
            // Why, the look says.
            Err(_) => None,
        };
        Seen { trip, looked: look(plan).await }
    }

    /// Whether something listens there.
    pub(super) fn is_there(&self) -> bool {
        self.trip.is_some()
    }
}

/// What that means.
pub(super) fn findings(plan: &Plan, seen: &Seen) -> Vec<Finding> {
    const WHAT: &str = "service";
    let host = &plan.base_url;
    let trip = seen.trip.map(|trip| format!(", round trip {}", duration(trip))).unwrap_or_default();
    let service = match &seen.looked {
        Ok(None) if seen.trip.is_none() => Finding::cannot(
            WHAT,
            format!("nothing listens at {host}; start the service, or name another with --host"),
        ),
        Ok(None) => {
            Finding::fine(WHAT, format!("{host} is there{trip}; its API has nothing to ask before a run"))
        }
        Ok(Some(Look { asked, status, .. })) if *status >= 400 => Finding::change(
            WHAT,
            format!("{host} answers {asked} with {status}{trip}"),
            "it turns requests away before there is any load: let it come to rest, and see its log",
        ),
        Ok(Some(Look { asked, took, .. })) => {
            Finding::fine(WHAT, format!("{host} answers {asked} in {}{trip}", duration(*took)))
        }
        Err(PreflightError::Tls { .. }) => Finding::fine(WHAT, format!("{host} is there{trip}")),
        Err(error) => Finding::cannot(WHAT, error.to_string()),
    };
    let tls = match &seen.looked {
        Err(error @ PreflightError::Tls { .. }) => Some(Finding::cannot("TLS", error.to_string())),
        Ok(_) if plan.insecure && host.starts_with("https:") => Some(Finding::change(
            "TLS",
            "any certificate is accepted",
            "name its authority with --ca-cert instead of --insecure, or anybody may answer for it",
        )),
        Ok(_) if host.starts_with("https:") => {
            Some(Finding::fine("TLS", "the service's certificate is trusted"))
        }
        _ => None,
    };
    [Some(service), tls].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use worker::check::Verdict::{self, Cannot, Change, Fine};

    fn looked(status: u16) -> Result<Option<Look>, PreflightError> {
        Ok(Some(Look { asked: "GET /threads".to_owned(), status, took: Duration::from_micros(1900) }))
    }

    #[test]
    fn what_was_seen_is_judged() {
        let unreachable =
            || Err(PreflightError::Unreachable { host: "h".to_owned(), reason: "refused".to_owned() });
        let tls = || {
            let reason = "unknown issuer".to_owned();
            Err(PreflightError::Tls { host: "https://h".to_owned(), reason, advice: "name its authority" })
        };
        let trip = Some(Duration::from_micros(50));
        let http = Plan { base_url: "http://h".to_owned(), ..Plan::default() };
        let https = Plan { base_url: "https://h".to_owned(), ..Plan::default() };
        let insecure = Plan { insecure: true, ..https.clone() };
        type Row<'a> = (&'a Plan, Seen, &'a [(&'a str, Verdict, &'a str)]);
        let table: [Row<'_>; 7] = [
            (
                &http,
                Seen { trip, looked: looked(200) },
                &[("service", Fine, "http://h answers GET /threads in 1.9 ms, round trip 50 µs")],
            ),
            (
                &http,
                Seen { trip, looked: looked(503) },
                &[("service", Change, "http://h answers GET /threads with 503, round trip 50 µs")],
            ),
            (
                &http,
                Seen { trip: None, looked: unreachable() },
                &[("service", Cannot, "nothing answers at h: ")],
            ),
            (
                &http,
                Seen { trip: None, looked: Ok(None) },
                &[("service", Cannot, "nothing listens at http://h; ")],
            ),
            (
                &http,
                Seen { trip, looked: Ok(None) },
                &[("service", Fine, "http://h is there, round trip 50 µs; its API has nothing")],
            ),
            (
                &https,
                Seen { trip, looked: tls() },
                &[
                    ("service", Fine, "https://h is there"),
                    ("TLS", Cannot, "https://h answers, but TLS fails ("),
                ],
            ),
            (
                &insecure,
                Seen { trip, looked: looked(200) },
                &[("service", Fine, "https://h answers"), ("TLS", Change, "any certificate is accepted")],
            ),
        ];
        for (plan, seen, expected) in table {
            let found = findings(plan, &seen);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for (found, (what, verdict, here)) in found.iter().zip(expected) {
                assert_eq!((found.what, found.verdict), (*what, *verdict));
                assert!(found.here.starts_with(here), "{found:?}");
            }
            assert_eq!(seen.is_there(), seen.trip.is_some());
        }
    }
}
