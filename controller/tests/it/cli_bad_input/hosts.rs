//! Services that are not there, or are something else.

use std::net::TcpListener;

use super::case::controller;
use super::peer::Peer;

#[test]
fn a_host_without_a_scheme_is_refused() {
    for host in ["localhost:8000", "127.0.0.1", "ftp://h", "http://"] {
        controller("--host").arg(host).gets(&format!(
            "controller: --host `{host}` is no address; write http://HOST:PORT or https://HOST, and the path below \
             which all calls lie"
        ));
    }
    controller("").variable("LOADTEST_BASE_URL", "http://bob:hunter2@h").gets(
        "controller: --host holds a name or a password before its `@`, which reports and logs would show; leave it \
         out, and add --header 'authorization: Basic …' with both in base64",
    );
}

#[test]
fn a_host_that_nobody_answers_at_is_reported() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    controller(&format!("--host http://{free}")).gets(&format!(
        "controller: nothing answers at http://{free}: {free}: Connection refused (os error 111); start the service, \
         or name another with --host"
    ));
    let silent = Peer::answering("");
    controller("").refused(
        &silent,
        "controller: nothing answers at @HOST: there was no answer within 5s; start the service, or name another with \
         --host",
    );
}

#[test]
fn an_answer_that_is_not_the_api_is_reported() {
    let table = [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi",
            "expected application/json, got text/html: hi; check --host, or describe the API with --api",
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP 404: {}; check --host, or describe the API with --api; a service without such a call has an API file \
             with preset = \"default\", and below it [probe] with skip = true, or with a path of its own",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
            "expected application/json, got no content type: []; check --host, or describe the API with --api",
        ),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
            "HTTP 302 to http://127.0.0.1:9/, not followed; check --host, or describe the API with --api",
        ),
    ];
    for (answer, got) in table {
        controller("").refused(
            &Peer::answering(answer),
            &format!("controller: @HOST answers, but not as the API: GET /threads gave {got}"),
        );
    }
}

#[test]
fn a_service_that_wants_to_know_who_asks_is_reported() {
    let table = [
        ("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", "HTTP 401"),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "HTTP 403"),
    ];
    for (answer, status) in table {
        controller("").refused(
            &Peer::answering(answer),
            &format!(
                "controller: @HOST does not let us in: GET /threads gave {status}; add --header \
                 'authorization: Bearer …', or whatever it asks for"
            ),
        );
    }
}

#[test]
fn an_answer_that_is_no_http_is_reported() {
    controller("").refused(
        &Peer::answering("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        "controller: @HOST answers, but not with HTTP that can be read (the answer is not HTTP/1.1: invalid HTTP version); check --host, and whether it is https",
    );
}

#[test]
fn https_to_a_service_without_it_is_reported() {
    let peer = Peer::answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let addr = peer.addr();
    controller(&format!("--host https://{addr}")).gets(&format!(
        "controller: https://{addr} answers, but TLS fails (what answers there \
         does not speak TLS); check http or https in --host, or name its authority with --ca-cert"
    ));
}
