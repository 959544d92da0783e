//! Flags that cannot be read, or do not go together.

use std::net::TcpListener;

use super::case::controller;

/// A flag with a value that it does not take.
fn value(flag: &str, name: &str, bad: &str, advice: &str) {
    controller("").arg(&format!("{flag}={bad}")).gets(&format!(
        "controller: invalid value '{bad}' for '{flag} <{name}>': {advice}; see controller --help"
    ));
}

#[test]
fn a_value_that_cannot_be_read_is_refused_with_its_flag() {
    let unreadable = "`soon` is no duration; write it as 90s, 1h30m, 500ms or whole seconds";
    for flag in ["--run-time", "--crud-timeout", "--stream-timeout", "--idle-timeout", "--stop-timeout"] {
        value(flag, "DURATION", "soon", unreadable);
    }
    value("--expect-workers-max-wait", "DURATION", "soon", unreadable);
    let forms = "is no distribution; write 2s, 500ms..1500ms, lognormal:5s,0.6 (median and sigma) or file:PATH; 0 for none";
    for bad in ["soon", "-3s..1s"] {
        value("--think", "[CLASS=]TIME", bad, &format!("`{bad}` {forms}"));
    }
    let order = "in `2s..1s` the least is above the greatest; write LEAST..GREATEST; 0 for none";
    value("--think", "[CLASS=]TIME", "2s..1s", order);
    value("--think", "[CLASS=]TIME", "0..25h", "users think at most 24h; write a shorter time");
    let turns = "`0` is no number of turns; write one such as 4, 2..5 or geometric:4, from 1 to 10000";
    value("--turns", "[CLASS=]NUMBER", "0", turns);
    let negative = "`-3s` is negative; give a duration such as 90s, 1h30m, 500ms or whole seconds";
    value("--run-time", "DURATION", "-3s", negative);
    for flag in ["--crud-timeout", "--stream-timeout", "--idle-timeout"] {
        value(flag, "DURATION", "0", "give it some time, such as 10s");
    }
    for flag in ["--users", "--seed", "--expect-workers", "--local-workers", "--max-workers"] {
        value(flag, "N", "1.5", "write a whole number from 0");
    }
    for (flag, bits) in [("--seed", 64), ("--users", 32)] {
        let (beyond, most) = (1_u128 << bits, (1_u128 << bits) - 1);
        value(flag, "N", &beyond.to_string(), &format!("write a whole number from 0 to {most}"));
    }
    value("--spawn-rate", "RATE", "fast", "write a number such as 2.5");
    value("--time-scale", "X", "fast", "write a number such as 2.5");
    value("--classes", "LIST", "crud,chat", "no user class is called `chat`; use crud, stream or mixed");
    value("--bind", "ADDR", "5557", "write IP:PORT, as in 0.0.0.0:5557 or [::1]:5557");
    controller("--mock-llm=maybe").gets(
        "controller: invalid value 'maybe' for '--mock-llm[=<BOOL>]': write true or false; see controller --help",
    );
}

#[test]
fn a_value_apart_from_its_flag_is_read_the_same() {
    let write = "give a duration such as 90s, 1h30m, 500ms or whole seconds; see controller --help";
    controller("-u 5 -t -3s").gets(&format!(
        "controller: invalid value '-3s' for '--run-time <DURATION>': `-3s` is negative; {write}"
    ));
    controller("--seed -1").gets(
        "controller: invalid value '-1' for '--seed <N>': write a whole number from 0; see controller --help",
    );
}

#[test]
fn a_number_out_of_range_is_refused_with_its_range() {
    let table = [
        ("--local-workers 65", "--local-workers must be 0 to 64"),
        ("--max-workers 0", "--max-workers must be 1 to 100000"),
        ("--expect-workers 0", "--expect-workers must be 1 to --max-workers"),
        ("--expect-workers 9 --max-workers 8", "--expect-workers must be 1 to --max-workers"),
        ("--crud-timeout 25h", "--crud-timeout must be at most 24h"),
    ];
    for (args, complaint) in table {
        controller(args).gets(&format!("controller: {complaint}"));
    }
}

#[test]
fn words_that_are_no_flags_are_refused() {
    let table = [
        ("--frobnicate", "there is no flag `--frobnicate`"),
        ("--shap staged", "there is no flag `--shap`; did you mean `--shape`?"),
        ("frob", "`frob` is neither a flag nor a command; leave it out"),
        ("--mock-llm true", "`true` stands behind `--mock-llm` without its `=`; write --mock-llm=true"),
        ("--users", "nothing stands behind `--users <N>`; write its value there"),
        ("--seed 1 --seed 2", "`--seed <N>` is given twice; leave one out"),
        ("--demo --host http://127.0.0.1:9", "`--demo` and `--host <URL>` do not go together; leave one out"),
        ("--demo --api openai", "`--demo` and `--api <NAME|FILE>` do not go together; leave one out"),
        (
            "--token a --token-file b",
            "`--token <TOKEN>` and `--token-file <FILE>` do not go together; leave one out",
        ),
    ];
    for (args, complaint) in table {
        controller(args).gets(&format!("controller: {complaint}; see controller --help"));
    }
}

#[test]
fn a_port_in_use_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    controller(&format!("--bind {addr}")).gets(&format!(
        "controller: --bind {addr}: the port is in use; stop what uses it, or name another with --bind"
    ));
}

#[test]
fn an_address_that_is_not_of_this_machine_is_reported() {
    controller("--bind 192.0.2.1:5557 --token secret").gets(
        "controller: --bind 192.0.2.1:5557: Cannot assign requested address (os error 99); name an address of \
         this machine and a free port",
    );
}

#[test]
fn listening_beyond_this_machine_without_a_token_is_refused() {
    for bind in ["0.0.0.0:0", "[::]:0"] {
        controller(&format!("--bind {bind}")).gets(&format!(
            "controller: --bind {bind} would let anyone on the network steer this controller; set a token with \
             --token-file or LOADTEST_TOKEN, have workers show certificates with --tls-ca (see `controller certs \
             --help`), or bind to 127.0.0.1"
        ));
    }
}

#[test]
fn files_of_secrets_and_certificates_are_checked_first() {
    controller("--ca-cert lost.pem")
        .gets("controller: --ca-cert lost.pem: No such file or directory (os error 2); name a readable file");
    for content in ["", "no certificate"] {
        controller("--ca-cert ca.pem").file("ca.pem", content.as_bytes()).gets(
            "controller: --ca-cert ca.pem: the file holds no certificate; name a PEM file with at least one",
        );
    }
    controller("--token-file lost")
        .gets("controller: --token-file lost: No such file or directory (os error 2); name a readable file");
    let no_token = "holds no token: it must be at least one character, on one line, of printable ASCII; write \
                    the secret there, or leave it out";
    for content in ["", " \n", "two\nlines"] {
        controller("--token-file token")
            .file("token", content.as_bytes())
            .gets(&format!("controller: --token-file {no_token}"));
    }
    controller("").arg("--token=").gets(&format!("controller: --token (LOADTEST_TOKEN) {no_token}"));
}

#[test]
fn a_file_without_an_end_is_not_read_on_and_on() {
    let long = "it has more than 16 MiB, the most that is read";
    for flag in ["--token-file", "--ca-cert"] {
        controller(&format!("{flag} /dev/zero"))
            .gets(&format!("controller: {flag} /dev/zero: {long}; name a readable file"));
    }
    for flag in ["--shape", "--api"] {
        controller(&format!("{flag} /dev/zero"))
            .gets(&format!("controller: {flag} /dev/zero: {long}; name a readable TOML file"));
    }
    controller("--replay /dev/zero").gets(
        "controller: --replay /dev/zero: it goes on after 256 MiB, and 1000000 questions of 256 MiB in all are the \
         most; take a part of it",
    );
}

#[test]
fn an_observer_that_is_none_is_refused_without_its_password() {
    controller("--observe http://h/metrics").gets(
        "controller: --observe wants NAME=TARGET, as in model=http://gpu-1:8000/metrics, db=postgres://user@host/name, \
         app=pid:4711, app=docker:CONTAINER or app=cgroup:PATH",
    );
    controller("--observe a=pid:x")
        .gets("controller: --observe a: pid: wants the number of a process, as in pid:4711");
    controller("--observe a=pid:1 --observe a=pid:2")
        .gets("controller: --observe a: two observers have this name; give each its own");
    controller("--observe db=postgres://bob:hunter2@h/d?sslmode=require").gets(
        "controller: --observe db: the address asks for TLS (sslmode=require), and PostgreSQL is asked without; observe the \
         page of its exporter, or the database over a tunnel of yours",
    );
    controller("--observe db=postgres://bob:hunter2@h:x/d").gets(
        "controller: --observe db: the address of the database is wrong (it cannot be read); write \
         postgres://USER:PASSWORD@SERVER:PORT/DATABASE",
    );
    controller("--observe-series a_*").gets(
        "controller: --observe-series chooses series of observed pages, and none is observed; add --observe \
         NAME=http://HOST/metrics",
    );
}
