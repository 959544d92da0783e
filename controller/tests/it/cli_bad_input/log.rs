//! The request log: flags of a run, and `controller log`.

use super::case::controller;

const HEADER: &str = r#"{"header":{"version":1,"run":"a","seed":1,"worker":"w","started":0.0,"clock_offset_us":0,"sample":1.0}}"#;

#[test]
fn a_log_that_is_not_to_be_had_is_refused() {
    controller("--log requests.txt").gets(
        "controller: --log: `requests.txt` does not end with .jsonl or .jsonl.zst; give it a name such as \
         requests.jsonl.zst",
    );
    controller("--log a.jsonl --log-sample 1.5")
        .gets("controller: --log-sample: a sample is a share from 0 to 1, such as 0.1");
    controller("--log a.jsonl --log-sample half").gets(
        "controller: invalid value 'half' for '--log-sample <SHARE>': write a share such as 0.1 or 10%; see controller --help",
    );
    for flag in ["--log-sample 0.1", "--log-ids thread"] {
        controller(flag).gets("controller: `--log <FILE>` is missing; add it; see controller --help");
    }
    controller("--log a.jsonl --log-ids thread,request")
        .gets("controller: --log-ids: no call captures `request`; there are thread, message");
    controller("--log a.jsonl --log-ids token --api api.toml")
        .file("api.toml", b"[login]\npath = '/in'\ncapture = { token = 'token' }\n".as_slice())
        .gets(
            "controller: --log-ids: `token` is captured when users sign in, and the log would show it; leave it out",
        );
    controller("--local-workers 1 --log file/a.jsonl").file("file", b"mine".as_slice()).gets(
        "controller: --log: cannot write `file/a.local-1.jsonl` (File exists (os error 17)); check permissions and \
         free space, or choose another path",
    );
    controller("--local-workers 1 --log a.jsonl").file("a.local-1.jsonl", b"mine".as_slice()).gets(
        "controller: --log: `a.local-1.jsonl` is there and is no log of ours; choose another path, or move it away",
    );
}

#[test]
fn a_log_that_cannot_be_read_is_reported() {
    controller("log a.jsonl").gets(
        "controller: a.jsonl: No such file or directory (os error 2); name logs that a run's workers wrote with --log",
    );
    controller("log a.jsonl")
        .file("a.jsonl", b"mine\n".as_slice())
        .gets("controller: a.jsonl is no log of requests; name files that a run's workers wrote with --log");
    let damaged = format!("{HEADER}\n{{\"user\":1}}\n");
    controller("log a.jsonl")
        .file("a.jsonl", damaged.as_bytes())
        .gets("controller: a.jsonl, line 2: it has no `class`; the file was changed or is damaged");
    let other = HEADER.replace("\"run\":\"a\"", "\"run\":\"b\"") + "\n";
    let header = format!("{HEADER}\n");
    controller("log a.jsonl b.jsonl --out c.csv")
        .file("a.jsonl", header.as_bytes())
        .file("b.jsonl", other.as_bytes())
        .gets("controller: a.jsonl and b.jsonl are of different runs; name those of one");
    controller("log a.jsonl --out c.txt").file("a.jsonl", header.as_bytes()).gets(
        "controller: --out: `c.txt` does not end with .jsonl, .jsonl.zst, .csv or .parquet; give it a name that does",
    );
    controller("log a.jsonl --out file/c.csv")
        .file("a.jsonl", header.as_bytes())
        .file("file", b"mine".as_slice())
        .gets("controller: --out: cannot create the folder `file` (File exists (os error 17)); choose another path");
    let twice = "are the same log, and its requests would count twice; name it once";
    for (args, names) in
        [("a.jsonl a.jsonl", "a.jsonl and a.jsonl"), ("a.jsonl b.jsonl", "a.jsonl and b.jsonl")]
    {
        controller(&format!("log {args} --out c.csv"))
            .file("a.jsonl", header.as_bytes())
            .file("b.jsonl", header.as_bytes())
            .gets(&format!("controller: {names} {twice}"));
    }
    for out in ["a.jsonl", "./a.jsonl"] {
        controller(&format!("log a.jsonl --out {out}")).file("a.jsonl", header.as_bytes()).gets(&format!(
            "controller: --out: writing `{out}` would replace `a.jsonl`, which is read; choose another path"
        ));
    }
    for flag in ["--html", "--json"] {
        controller(&format!("report a.jsonl r.md {flag} a.jsonl")).file("a.jsonl", header.as_bytes()).gets(&format!(
            "controller: {flag}: writing `a.jsonl` would replace `a.jsonl`, which is read; choose another path"
        ));
    }
    controller("log a.jsonl --where").arg("status>many").file("a.jsonl", header.as_bytes()).gets(
        "controller: invalid value 'status>many' for '--where <EXPR>': `many` is no value of `status`; write a \
         number, or none; see controller --help",
    );
}
