//! The program: its messages, its exit codes, its end.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

fn backend(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backend"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = backend(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn bad_values_are_one_clear_line_and_exit_2() {
    let cases: [(&[&str], &str); 42] = [
        (&["--reasoning", "20"], "--reasoning needs --model"),
        (&["--tools", "1"], "--tools needs --model"),
        (&["--model", "--tools", "17"], "--tools must be at most 16, not 17"),
        (&["--keep-requests", "0"], "--keep-requests must be between 1 and 2000000, not 0"),
        (&["--listen", "nowhere"], "'--listen <ADDR>'"),
        (&["--ttft", "soon"], "write a duration as 850ms, 15s or 2m"),
        (&["--ttft", "2h"], "--ttft must be at most 1h, not 2h"),
        (&["--ttft-sigma", "9"], "--ttft-sigma must be between 0 and 5, not 9"),
        (&["--tokens", "0"], "write a whole number from 1 to 4096"),
        (&["--sse-newline", "cr"], "write lf or crlf"),
        (&["--pool", "0"], "write `none` or a number of connections, at least 1"),
        (&["--pool", "3"], "--pool 3 needs --database-url"),
        (&["--database-url", "mysql://x"], "write it as postgres://"),
        (&["--fault", "cut"], "write it as KIND=SHARE"),
        (&["--fault", "melt=1"], "no_terminal, error_event, cut, stall, http_500, http_429, html"),
        (&["--fault", "cut=0.6", "--fault", "html=50%"], "add up to 1.1000; lower them to at most 1"),
        (&["--fault", "cut=0.1", "--fault", "cut=0.1"], "--fault cut is given twice"),
        (&["--threads-per-chunk", "0"], "--threads-per-chunk must be between 1 and 100000, not 0"),
        (&["--threads-per-chunk", "40"], "40 never queues behind --stream-slots 10; pass --stream-slots 0"),
        (
            &["--threads-per-chunk", "4", "--stream-slots", "0", "--token-gap", "0s"],
            "--threads-per-chunk needs --token-gap above 0",
        ),
        (&["--event-cpu", "2s"], "--event-cpu must be between 1us and 1s, not 2s"),
        (&["--event-cpu", "fast"], "write a duration as 850ms, 15s or 2m"),
        (&["--db-connect", "0s"], "--db-connect must be above 0 and at most 10s, not 0s"),
        (&["--db-connect-sigma=-1"], "--db-connect-sigma must be between 0 and 5, not -1"),
        (&["--db-max", "20"], "--db-max needs --db-connect D"),
        (&["--db-connect", "15ms", "--db-max", "0"], "--db-max must be between 1 and 1000000, not 0"),
        (&["--rate-limit", "2"], "write it as 2/s or 0.5/s, between 0.001/s and 1000000/s"),
        (&["--rate-limit", "0/s"], "write it as 2/s or 0.5/s, between 0.001/s and 1000000/s"),
        (&["--admission-rate", "2"], "write it as 2/s or 0.5/s, between 0.001/s and 1000000/s"),
        (&["--queue-limit", "3", "--stream-slots", "0"], "--queue-limit needs --stream-slots above 0"),
        (&["--cap", "0"], "--cap must be between 1 and 1000000, not 0"),
        (&["--cap", "9", "--queue-limit", "3"], "--cap and --queue-limit do not go together: one of them"),
        (&["--slot-wait", "0s"], "--slot-wait must be above 0 and at most 1h, not 0s"),
        (&["--scale-out", "5s", "--cap", "10"], "no stream would ever wait for a slot"),
        (
            &["--scale-out", "5s", "--batch-slots", "4", "--stream-slots", "0"],
            "it is --stream-slots that doubles",
        ),
        (&["--collapse", "1ms", "--stream-slots", "0"], "--collapse needs --stream-slots above 0"),
        (&["--collapse", "1ms", "--queue-limit", "0"], "--collapse and --queue-limit 0 do not go together"),
        (&["--warm-up", "2h"], "--warm-up must be above 0 and at most 1h, not 2h"),
        (&["--batch-slots", "4"], "the batch takes the place of the slots; pass --stream-slots 0"),
        (&["--batch-step", "4ms"], "--batch-step needs --batch-slots N"),
        (
            &["--batch-slots", "4", "--stream-slots", "0", "--batch-step", "0s"],
            "--batch-step must be between 1us and 10s, not 0s",
        ),
        (&["--frobnicate"], "there is no flag `--frobnicate`"),
    ];
    for (arguments, message) in cases {
        let (code, stdout, stderr) = output(arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with("backend: ") && stderr.contains(message), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_port_in_use_is_one_clear_line_and_exit_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let (code, _, stderr) = output(&["--listen", &addr]);
    assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(
        stderr.starts_with(&format!("backend: cannot listen on {addr}: Address already in use")),
        "{stderr}"
    );
}

#[test]
fn an_unreachable_database_is_one_clear_line_and_exit_1() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://someone:secret@{free}/chat");
    let (code, _, stderr) = output(&["--listen", "127.0.0.1:0", "--database-url", &url]);
    assert_eq!((code, stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(stderr.starts_with(&format!("backend: cannot use the database at {free}/chat: ")), "{stderr}");
    assert!(!stderr.contains("secret"), "{stderr}");
}

#[test]
fn help_names_every_flag_with_its_default() {
    let (code, stdout, _) = output(&["--help"]);
    assert_eq!(code, Some(0));
    let flags = [
        ("--listen", "127.0.0.1:8000"),
        ("--database-url", "in memory"),
        ("--pool", "none"),
        ("--stream-slots", "10"),
        ("--ttft", "850ms"),
        ("--ttft-sigma", "0.45"),
        ("--tokens", "120"),
        ("--tokens-sigma", "0.5"),
        ("--token-gap", "25ms"),
        ("--sse-newline", "lf"),
        ("--ping", "15s"),
        ("--stall", "5s"),
        ("--user-window", "2s"),
        ("--reasoning", "0"),
        ("--tools", "0"),
        ("--keep-requests", "200000"),
        ("--seed", "0"),
        ("--db-connect-sigma", "0.3"),
        ("--db-max", "97"),
        ("--batch-step", "20ms"),
        ("--batch-per-seq", "1ms"),
        ("--prefill", "0s"),
    ];
    for (flag, default) in flags {
        let about = stdout.split(&format!("{flag} <")).nth(1).unwrap_or_else(|| panic!("no {flag}"));
        let about = about.split("\n      --").next().unwrap();
        assert!(about.contains(&format!("[default: {default}]")), "{flag}: {about}");
    }
    for flag in [
        "--fault <KIND=SHARE>",
        "--model",
        "--threads-per-chunk <N>",
        "--event-cpu <D>",
        "--db-connect <D>",
        "--rate-limit <N/s>",
        "--buffer-proxy",
        "--admission-rate <N/s>",
        "--queue-limit <N>",
        "--cap <N>",
        "--slot-wait <D>",
        "--scale-out <D>",
        "--batch-slots <N>",
        "--collapse <D>",
        "--warm-up <D>",
    ] {
        assert!(stdout.contains(flag), "{flag}");
    }
}

/// A started program and the address that it prints.
fn started(arguments: &[&str]) -> (Child, String) {
    let mut child = backend(arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let addr = line.trim_end().strip_prefix("backend: listening on http://127.0.0.1:");
    let addr = addr.unwrap_or_else(|| panic!("{line}")).to_owned();
    (child, addr)
}

#[test]
fn it_says_where_it_listens_and_ends_on_a_signal() {
    for signal in ["-INT", "-TERM"] {
        let (mut child, port) = started(&["--listen", "127.0.0.1:0"]);
        assert_ne!(port.parse::<u16>().unwrap(), 0);
        // An idle connection does not hold it up.
        let _idle = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn a_model_says_what_to_point_an_application_at() {
    let mut child = backend(&["--model", "--listen", "0.0.0.0:0"]).spawn().unwrap();
    let lines: Vec<String> =
        BufReader::new(child.stdout.as_mut().unwrap()).lines().take(4).map(Result::unwrap).collect();
    let port = lines[0].rsplit(':').next().unwrap();
    assert!(lines[1].ends_with(&format!("OPENAI_BASE_URL=http://127.0.0.1:{port}/v1")), "{lines:?}");
    assert!(lines[2].ends_with(&format!("ANTHROPIC_BASE_URL=http://127.0.0.1:{port}")), "{lines:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}
