//! Slips of the pen, and what a stranger is told about each: the line, what was found, what is expected.

use testkit::runs::binaries;

/// A stage that is as it should be; slips are made in it.
const STAGE: &str = "[[stage]]\nname = \"a\"\nduration = \"1s\"\nusers = 2\nspawn_rate = 2.0\n";

/// Where a slip was made.
#[derive(Clone, Copy)]
enum Place {
    CommandLine,
    /// That of `backend`.
    Sandbox,
    Threshold,
    /// In a file of this name, and the words that have it read.
    File(&'static str, &'static [&'static str]),
}

const API: Place = Place::File("mine.toml", &["api", "mine.toml"]);
const SHAPE: Place = Place::File("mine.toml", &["--shape", "mine.toml"]);
const LINES: Place = Place::File("mine.jsonl", &["-u", "1", "--prompts", "mine.jsonl"]);
const TABLE: Place = Place::File("mine.csv", &["-u", "1", "--prompts", "mine.csv"]);

fn command_line() -> Vec<(Place, String)> {
    let slips = [
        "--user 5",
        "-u five",
        "-u -3",
        "-u 5 -t soon",
        "--host localhost:8000",
        "--bind localhost:5557",
        "-u 5 --think 2s..1s",
        "-u 5 --abandon 500%,2s",
        "--arrivals 5",
        "-u 5 --results",
        "-u 5 -u 6",
        "-u 5 --demo=yes",
        "doctor --users 0",
        "comapre a b",
        "completions bsh",
        "--host http://localhost:99999",
        "-u 5 --observe m=127.0.0.1:9000/metrics",
        "-u 5 --observe m=metrics",
        "-u 5 --observe m=http://h:99999/metrics",
        "log a.jsonl --where latncy>2s",
    ];
    slips.map(|slip| (Place::CommandLine, slip.to_owned())).into()
}

fn sandbox() -> Vec<(Place, String)> {
    let slips = [
        "--ttfft 1s",
        "--ttft",
        "--ttft 1s --ttft 2s",
        "--ttft soon",
        "--tokens x",
        "--tokens 0",
        "--ttft-sigma much",
        "--sse-newline cr",
        "--listen here",
        "--model=3",
        "--stream-slots -1",
        "8000",
    ];
    slips.map(|slip| (Place::Sandbox, slip.to_owned())).into()
}

fn api() -> Vec<(Place, String)> {
    let slips = [
        "[chat\npath = \"/chat\"\n",
        "preset = \"opnai\"\n",
        "[chat]\npaht = \"/chat\"\n",
        "[chat]\npath = 5\n",
        "[chat]\nmethod = \"POTS\"\n",
        "[stream]\ntext = \"a\"\ntext = \"b\"\n",
        "[chat]\npath = \"/chat/${thred}\"\n",
        "[chat]\npath = chat\n",
        "[users.crud]\nabandon = 2\n",
        "[chat]\nsuccess = \"200\"\n",
        "[chat]\npath: \"/chat\"\n",
        "[chat]\npath = \"/chat\n",
        "[chat]\npath = “/chat”\n",
        "[chat]\npath = \"/chat\" method = \"POST\"\n",
        "[chat]\npath =\n",
        "[chat]\nsuccess = [200, 404\npath = \"/chat\"\n",
        "[stream]\ntext = { path = \"a\" equals = \"b\" }\n",
        "[chat]\npath = \"/c:\\hat\"\n",
        "[cookies]\nask = True\n",
    ];
    slips.map(|slip| (API, slip.to_owned())).into()
}

fn shape() -> Vec<(Place, String)> {
    let changes = [
        ("[[stage]]", "[[stage]"),
        (STAGE, "{\"stages\": []}\n"),
        ("duration = \"1s\"\n", ""),
        ("\"1s\"", "1s"),
        ("= 2\n", "= \"2\"\n"),
        ("users", "user"),
        ("\"1s\"", "true"),
        ("= 2\n", "= -2\n"),
        ("2.0", "0"),
        ("[[stage]]", "thresholds = \"p95<1s\"\n[[stage]]"),
        (STAGE, ""),
        ("users = 2", "users: 2"),
        ("= \"1s\"", "= \"1s"),
        ("\"a\"", "‘a’"),
        ("= 2\n", "= 2 spawn_rate = 1\n"),
        ("= 2\n", "=\n"),
        ("= 2\n", "= 02\n"),
        ("= 2\n", "= 2 users\n"),
        ("= 2\n", "== 2\n"),
        ("= 2\n", "= 1,000\n"),
        ("spawn_rate", "spawn rate"),
        ("[[stage]]", "[stage]"),
        ("users = 2\n", "users = 2\nusers = 3\n"),
        ("users", "classes = [\"crud\" \"stream\"]\nusers"),
    ];
    changes.map(|(right, wrong)| (SHAPE, STAGE.replacen(right, wrong, 1))).into()
}

fn thresholds() -> Vec<(Place, String)> {
    let slips = [
        "p95",
        "p95<200",
        "p95=200ms",
        "p101<1s",
        "GET /thread:p95<1s",
        "failure<1%",
        "failures<1",
        "ttft<3s",
        "stage \"b\":p95<1s",
        "p95<200mss",
        "p95 200ms",
        "ttft.p95 < 3 sec",
        "p95<=",
        "ttft.p95<3s,failures<1%",
        "TTFT.p95<3s",
        "/chat/stream:ttft.p95<3s",
    ];
    slips.map(|slip| (Place::Threshold, slip.to_owned())).into()
}

fn prompts() -> Vec<(Place, String)> {
    let slips = [
        (LINES, ""),
        (LINES, "{\"prompt\": \"a\"\n"),
        (LINES, "{\"text\": 5}\n"),
        (LINES, "[]\n"),
        (LINES, "{\"prompt\": \"a\"}\n\n{\"promt\": \"b\"}\n"),
        (LINES, "{\"prompt\": \"\"}\n"),
        (LINES, "{\"prompt\": 5}\n"),
        (LINES, "what is it\n"),
        (LINES, "{\"messages\": []}\n"),
        (TABLE, "prompt\nwhat is it\n"),
        (LINES, "{'prompt': 'a'}\n"),
        (LINES, "{\"prompt\": null}\n"),
    ];
    slips.map(|(place, slip)| (place, slip.to_owned())).into()
}

/// What the program says of a slip.
fn said(place: Place, slip: &str, folder: &std::path::Path) -> String {
    let mut command = match place {
        Place::Sandbox => binaries::backend(),
        _ => binaries::controller(),
    };
    command.current_dir(folder);
    match place {
        Place::CommandLine | Place::Sandbox => command.args(slip.split(' ')),
        Place::Threshold => command.args(["--shape", "staged", "--threshold", slip]),
        Place::File(name, words) => {
            std::fs::write(folder.join(name), slip).unwrap();
            command.args(words)
        }
    };
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{slip:?}: {said}");
    said
}

#[test]
fn slips_of_each_kind_are_told_so_that_a_stranger_can_mend_them() {
    let folder = testkit::runs::folder();
    let kinds = [
        ("the command line", command_line()),
        ("the sandbox", sandbox()),
        ("an API file", api()),
        ("a shape file", shape()),
        ("a threshold", thresholds()),
        ("prompts", prompts()),
    ];
    let mut all = String::new();
    for (kind, slips) in kinds {
        assert!(slips.len() >= 10, "{kind}");
        all += &format!("# {kind}\n\n");
        for (place, slip) in slips {
            let said = said(place, &slip, folder.path());
            for foreign in [
                "serde",
                "TomlError",
                "ParseIntError",
                "invalid type",
                "unwrap",
                "argument",
                "at column",
                "expected",
                "TOML",
            ] {
                assert!(!said.contains(foreign), "{slip:?}: {said}");
            }
            all += &format!("{}\n{said}\n", slip.trim_end());
        }
    }
    insta::assert_snapshot!(all);
}
