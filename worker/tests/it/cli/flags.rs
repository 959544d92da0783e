//! Flags and variables that cannot be read.

use super::process::{worker, worker_with};

#[test]
fn an_invalid_address_is_refused() {
    for bad in ["localhost", ":5557", "h:0", "h:70000", "http://h:1", "h/p:1"] {
        let message = format!(
            "invalid value '{bad}' for '--controller <HOST:PORT>': `{bad}` is no controller address; write \
             HOST:PORT, as in 10.0.0.5:5557; see worker --help"
        );
        worker(&format!("--controller {bad}")).with(2, &format!("worker: {message}"));
        worker_with("", &[("LOADTEST_CONTROLLER", bad)]).with(2, &format!("worker: {message}"));
    }
    worker("").with(2, "worker: `--controller <HOST:PORT>` is missing; add it; see worker --help");
}

#[test]
fn a_value_that_cannot_be_read_is_reported_with_its_flag() {
    let table = [
        ("--threads <N>", "0", "write a whole number from 1 to 1024"),
        ("--threads <N>", "1025", "write a whole number from 1 to 1024"),
        ("--name <NAME>", "a/b", "a name is 1 to 64 letters, digits, `.`, `_` or `-`"),
        (
            "--patience <DURATION>",
            "soon",
            "`soon` is no duration; write it as 90s, 1h30m, 500ms or whole seconds",
        ),
        (
            "--patience <DURATION>",
            "-1s",
            "`-1s` is negative; give a duration such as 90s, 1h30m, 500ms or whole seconds",
        ),
    ];
    for (flag, value, advice) in table {
        let name = flag.split(' ').next().unwrap();
        worker(&format!("--controller h:1 {name} {value}"))
            .with(2, &format!("worker: invalid value '{value}' for '{flag}': {advice}; see worker --help"));
    }
    worker("--controller h:1 --frobnicate")
        .with(2, "worker: there is no flag `--frobnicate`; see worker --help");
}

#[test]
fn an_invalid_token_is_refused() {
    let no_token = "holds no token: it must be at least one character, on one line, of printable ASCII; give it \
                    the controller's token, or leave it out";
    worker("--controller h:1 --token-file /dev/null").with(2, &format!("worker: --token-file {no_token}"));
    worker_with("--controller h:1", &[("LOADTEST_TOKEN", "")])
        .with(2, &format!("worker: --token (LOADTEST_TOKEN) {no_token}"));
    worker("--controller h:1 --token-file /nowhere/token").with(
        2,
        "worker: --token-file /nowhere/token: No such file or directory (os error 2); name a readable file that \
         holds the token alone",
    );
    worker("--controller h:1 --token a --token-file b").with(
        2,
        "worker: `--token <TOKEN>` and `--token-file <FILE>` do not go together; leave one out; see worker --help",
    );
}
