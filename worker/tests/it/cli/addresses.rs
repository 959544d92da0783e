//! Controllers that are not there, or are something else.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::process::{worker, worker_with};

const ADVICE: &str = "; start it, or name another with --controller";

#[test]
fn a_controller_that_is_not_there_is_reported_once() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (patience, shown) in [("0", "0s"), ("300ms", "300ms"), ("2", "2s")] {
        worker(&format!("--controller {free} --patience {patience}")).with(
            1,
            &format!(
                "worker: no controller answered at {free} for {shown}: Connection refused (os error 111){ADVICE}"
            ),
        );
    }
    // The flag wins over the variable.
    worker_with(
        &format!("--controller {free} --patience 0"),
        &[("LOADTEST_CONTROLLER", "no controller's address")],
    )
    .with_ends(1, &format!("worker: no controller answered at {free} for 0s: "), ADVICE);
}

#[test]
fn a_name_that_has_no_address_is_reported_once() {
    worker("--controller no-such-host.invalid:5557 --patience 300ms").with_ends(
        1,
        "worker: no controller answered at no-such-host.invalid:5557 for 300ms: failed to lookup address \
         information: ",
        ADVICE,
    );
}

#[test]
fn a_service_that_is_no_controller_is_reported_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    // Lives as long as the test program; what it answers is no HTTP/2.
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let _ = socket.read(&mut [0; 1024]);
            let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    worker(&format!("--controller {addr} --patience 300ms")).with_ends(
        1,
        &format!("worker: no controller answered at {addr} for 300ms: "),
        ADVICE,
    );
}

#[test]
fn a_service_that_says_nothing_is_reported_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    worker(&format!("--controller {addr} --patience 0"))
        .with(1, &format!("worker: no controller answered at {addr} for 0s: no answer within 5 s{ADVICE}"));
}
