//! APIs that nobody could be asked by.

use super::case::controller;

const NAMES: &str = "default, openai, openai-responses, anthropic, gemini, ollama, llama.cpp, tgi, ai-sdk, ai-sdk-v4, ag-ui, langgraph, \
     open-webui, events, or a TOML file";

#[test]
fn an_unknown_api_is_refused_with_the_name_that_was_meant() {
    controller("--api opnai").gets(&format!(
        "controller: --api opnai: there is no such preset or file (did you mean `openai`?); use {NAMES}"
    ));
    controller("--api lost.toml").gets(
        "controller: --api lost.toml: No such file or directory (os error 2); name a readable TOML file",
    );
    controller("--api raw.toml")
        .file("raw.toml", b"\xff\xfe\x00".as_slice())
        .gets("controller: --api raw.toml: it is not UTF-8 text; name a readable TOML file");
}

#[test]
fn a_fault_in_a_file_is_reported_with_its_line() {
    let table = [
        (
            "[chat]\npath = 'chat'",
            "line 2: `chat` is no path of a URL; begin with `/`, and write what it reserves as %20, %23 and so on",
        ),
        (
            "[chat]\n\nbody = '{\"q\":\"${question}\"}'",
            "line 3: `${question}` is no placeholder; there are ${thread}, ${message}, ${title}, ${role}, ${content}, ${messages}, ${answer_tokens}, ${user.COLUMN} of --users-file, and what a call's `capture` names; a constant of your own goes into [constants]",
        ),
        (
            "[headers]\ncontent-length = '3'",
            "line 2: `content-length` is written by the users themselves; leave it out",
        ),
    ];
    for (text, fault) in table {
        let line = format!("controller: --api mine.toml {fault}");
        controller("--api mine.toml").file("mine.toml", text.as_bytes()).gets(&line);
    }
}

#[test]
fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
    let flag = "controller: --header (LOADTEST_HEADERS): ";
    controller("--header").arg("secret").gets(&format!(
        "{flag}a header is NAME: VALUE, as in 'authorization: Bearer …'; there is no colon in what was given"
    ));
    controller("")
        .variable("LOADTEST_HEADERS", "a: 1\nno name: secret\n")
        .gets(&format!("{flag}`no name` is no name of an HTTP header; use letters, digits and dashes"));
    controller("--header")
        .arg("host: secret")
        .gets(&format!("{flag}`host` is written by the users themselves; leave it out, write the name into --host and where it is into --connect-to"));
}

#[test]
fn a_file_of_users_that_does_not_fit_is_refused() {
    let line = |line: &str| format!("controller: {line}");
    let own = "authorization: Bearer ${user.token}";
    controller("-u 3 --header").arg(own).gets(&line(
        "the header `authorization` names ${user.token}, and there is no --users-file; give one with such a column",
    ));
    let with =
        |load: &'static str| controller(load).arg(own).file("u.csv", b"name,token\na,s1\nb,s2\n".as_slice());
    with("-u 3 --users-file u.csv --header").gets(&line(
        "--users-file u.csv: 2 rows, and the run has 3 users, each with a row of its own; add rows, or ask for fewer users",
    ));
    with("--shape ladder --max-users 7 --users-file u.csv --header").gets(&line(
        "--users-file u.csv: 2 rows, and the run has 7 users, each with a row of its own; add rows, or ask for fewer users",
    ));
    controller("-u 1 --users-file u.csv").file("u.csv", b"a\n1\n".as_slice()).gets(&line(
        "--users-file u.csv: the API names none of its columns, so every user would be the same; write ${user.COLUMN} into a header, a path or a body",
    ));
    let header = controller("-u 1 --users-file u.csv --header").arg(own);
    header.file("u.csv", "token\nsecrét\n".as_bytes()).gets(&line(
        "--users-file u.csv: `token` of user 1 cannot stand in a header; write it on one line, in ASCII",
    ));
    let header = controller("-u 1 --users-file u.csv --header").arg(own);
    header.file("u.csv", b"name,x\nsecret,1\n".as_slice()).gets(&line(
        "the header `authorization` names ${user.token}, and --users-file u.csv has no such column; it has name, x",
    ));
}

#[test]
fn users_without_anything_to_do_are_refused() {
    let advice = "choose others with --classes, or describe the calls in an API file";
    controller("--api openai").gets(&format!(
        "controller: the API `openai` has nothing that crud users could do over and over; {advice}"
    ));
    controller("--api openai --classes stream --mock-llm").gets(&format!(
        "controller: the API `openai` has nothing that stream users could do over and over with mock-llm; {advice}"
    ));
}
