//! Variables with values that do not work.

use std::net::TcpListener;

use super::case::controller;

#[test]
fn a_bad_variable_is_reported_with_its_flag() {
    let soon = "`soon` is no duration; write it as 90s, 1h30m, 500ms or whole seconds";
    let table = [
        ("LOADTEST_CRUD_TIMEOUT_S", "soon", "--crud-timeout <DURATION>", soon),
        ("LOADTEST_STREAM_TIMEOUT_S", "soon", "--stream-timeout <DURATION>", soon),
        ("LOADTEST_STREAM_TIMEOUT_S", "0", "--stream-timeout <DURATION>", "give it some time, such as 10s"),
        ("LOADTEST_MOCK_LLM", "nonsense", "--mock-llm[=<BOOL>]", "write true or false"),
    ];
    for (name, value, flag, advice) in table {
        controller("").variable(name, value).gets(&format!(
            "controller: invalid value '{value}' for '{flag}': {advice}; see controller --help"
        ));
    }
}

#[test]
fn a_typed_flag_is_blamed_itself() {
    controller("--crud-timeout soon").variable("LOADTEST_CRUD_TIMEOUT_S", "later").gets(
        "controller: invalid value 'soon' for '--crud-timeout <DURATION>': `soon` is no duration; write it as 90s, 1h30m, 500ms or whole seconds; see controller --help",
    );
}

#[test]
fn an_empty_token_protects_nothing_and_is_refused() {
    controller("").variable("LOADTEST_TOKEN", "").gets(
        "controller: --token (LOADTEST_TOKEN) holds no token: it must be at least one character, on one line, \
         of printable ASCII; write the secret there, or leave it out",
    );
}

#[test]
fn the_host_of_the_variable_is_used_unless_the_flag_names_another() {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (named, typed) = (format!("http://{}", free()), format!("http://{}", free()));
    let message = |host: &str| {
        let addr = &host["http://".len()..];
        format!(
            "controller: nothing answers at {host}: {addr}: Connection refused (os error 111); start the service, or \
             name another with --host"
        )
    };
    controller("").variable("LOADTEST_BASE_URL", &named).gets(&message(&named));
    controller(&format!("--host {typed}")).variable("LOADTEST_BASE_URL", &named).gets(&message(&typed));
    // The other variables do not stand in the way of flags that replace them.
    controller(&format!("-H {typed} --token-file t --crud-timeout 5s --mock-llm=false"))
        .file("t", b"secret".as_slice())
        .variable("LOADTEST_TOKEN", "")
        .variable("LOADTEST_CRUD_TIMEOUT_S", "soon")
        .variable("LOADTEST_MOCK_LLM", "nonsense")
        .gets(&message(&typed));
}
