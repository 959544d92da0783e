//! `controller doctor`: whether this machine, the service and the way between workers and controller are ready.
//!
//! The machine is looked at as `worker --check` does it; what is asked of the service is what a run asks before
//! its load.

mod service;

use hub::grpc;
use worker::check::{self, Finding, Machine, assess};

use super::manual::print;
use super::{Exit, complain};
use crate::cli::DoctorArgs;

/// Looks at everything, and says what to change.
pub(crate) async fn doctor(args: DoctorArgs) -> Exit {
    // Choosing twice is no fault.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let plan = match args.plan() {
        Ok(plan) => plan,
        Err(error) => return complain(Exit::Usage, &error),
    };
    let is_protected = args.is_protected();
    let door = args.controller.map(|address| args.door.way_to(address)).transpose();
    let door = match door {
        Ok(door) => door,
        Err(error) => return complain(Exit::Usage, &error),
    };
    let machine = Machine::look().await;
    let seen = service::Seen::look(&plan).await;
    let mut findings = assess(&machine, args.users);
    findings.all.push(machine.proxies(Some(seen.is_there())));
    findings.all.extend(service::findings(&plan, &seen));
    findings.all.push(match door {
        Some((route, token)) => check::controller(&route, token.as_deref()).await,
        None => control_port(args.bind, is_protected),
    });
    match (print(check::render(&findings).as_bytes()), findings.suffices()) {
        (Exit::Passed, false) => Exit::Failed,
        (printed, _) => printed,
    }
}

/// Whether a controller could listen there.
fn control_port(address: std::net::SocketAddr, is_protected: bool) -> Finding {
    const WHAT: &str = "control port";
    match grpc::bind(address, is_protected) {
        Ok(_) => Finding::fine(WHAT, format!("{address} is free")),
        Err(error) => Finding::cannot(WHAT, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use worker::check::Verdict;

    #[tokio::test]
    async fn a_port_that_is_in_use_or_open_to_all_cannot_be_listened_on() {
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = |text: &str| text.parse().unwrap();
        let table = [
            (address("127.0.0.1:0"), false, Verdict::Fine, "is free"),
            (address("0.0.0.0:0"), true, Verdict::Fine, "is free"),
            (address("0.0.0.0:0"), false, Verdict::Cannot, "set a token"),
            (other.local_addr().unwrap(), true, Verdict::Cannot, "the port is in use"),
        ];
        for (address, is_protected, verdict, word) in table {
            let found = control_port(address, is_protected);
            assert!(found.verdict == verdict && found.here.contains(word), "{found:?}");
        }
    }
}
