//! Services that are not there, or are something else.

use std::net::TcpListener;

use super::case::controller;
use super::peer::Peer;

#[test]
fn a_host_without_a_scheme_is_told() {
    for host in ["localhost:8000", "127.0.0.1", "ftp://h", "http://h/api", "http://user@h", "http://"] {
        controller("--host").arg(host).gets(&format!(
            "controller: --host `{host}` is no address; write http://HOST:PORT or https://HOST, without a path"
        ));
    }
}

#[test]
fn a_host_that_nobody_answers_at_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    controller(&format!("--host http://{free}")).gets(&format!(
        "controller: nothing answers at http://{free}: Connection refused (os error 111); start the service, \
         or name another with --host"
    ));
    let silent = Peer::answering("");
    controller("").refused(
        &silent,
        "controller: nothing answers at @HOST: operation timed out; start the service, or name another with \
         --host",
    );
}

#[test]
fn an_answer_that_is_not_the_api_is_told() {
    let table = [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi",
            "200 OK with text/html",
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            "404 Not Found with application/json",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", "200 OK with no content type"),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
            "302 Found with no content type",
        ),
    ];
    for (answer, got) in table {
        controller("").refused(
            &Peer::answering(answer),
            &format!("controller: @HOST answers, but not as the API: GET /threads gave {got}; check --host, or describe the API with --api"),
        );
    }
}

#[test]
fn a_service_that_wants_to_know_who_asks_is_told() {
    let table = [
        ("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", "401 Unauthorized"),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "403 Forbidden"),
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
fn an_answer_that_is_no_http_is_told() {
    controller("").refused(
        &Peer::answering("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        "controller: @HOST answers, but not with HTTP that can be read (invalid HTTP version parsed); check --host",
    );
}

#[test]
fn https_to_a_service_without_it_is_told() {
    let peer = Peer::answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let addr = peer.addr();
    controller(&format!("--host https://{addr}")).gets(&format!(
        "controller: https://{addr} answers, but TLS fails (received corrupt message of type \
         InvalidContentType); check http or https in --host, or name its authority with --ca-cert"
    ));
}
