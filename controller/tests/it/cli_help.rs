//! Help texts: kept as snapshots so that a change of the command line is seen, printed on standard
//! output, with every variable in them; and that flags win over variables in a real run.

use testkit::runs::{Backend, RUN, Results, alone, binaries, sandbox::QUICK};

/// Every command line that prints help, and the variables that it must show.
const COMMANDS: [(&str, &[&str]); 10] = [
    (
        "controller --help",
        &[
            "LOADTEST_BASE_URL",
            "LOADTEST_HEADERS",
            "LOADTEST_MOCK_LLM",
            "LOADTEST_STREAM_TIMEOUT_S",
            "LOADTEST_CRUD_TIMEOUT_S",
            "LOADTEST_TOKEN",
            "LOADTEST_TLS_CERT",
            "LOADTEST_TLS_KEY",
            "LOADTEST_TLS_CA",
        ],
    ),
    ("controller api --help", &[]),
    ("controller api try --help", &["LOADTEST_BASE_URL", "LOADTEST_HEADERS"]),
    ("controller report --help", &[]),
    ("controller compare --help", &[]),
    ("controller log --help", &[]),
    (
        "controller doctor --help",
        &[
            "LOADTEST_BASE_URL",
            "LOADTEST_HEADERS",
            "LOADTEST_CONTROLLER",
            "LOADTEST_TOKEN",
            "LOADTEST_TLS_CA",
            "LOADTEST_TLS_CERT",
            "LOADTEST_TLS_KEY",
            "LOADTEST_TLS_NAME",
        ],
    ),
    ("controller certs --help", &[]),
    (
        "worker --help",
        &[
            "LOADTEST_CONTROLLER",
            "LOADTEST_TOKEN",
            "LOADTEST_TLS_CA",
            "LOADTEST_TLS_CERT",
            "LOADTEST_TLS_KEY",
            "LOADTEST_TLS_NAME",
        ],
    ),
    ("backend --help", &[]),
];

#[test]
fn help_is_what_it_was() {
    for (line, _) in COMMANDS {
        let name = line.trim_end_matches(" --help").replace(' ', "_");
        insta::assert_snapshot!(name, binaries::help(line));
    }
}

#[test]
fn the_short_help_fits_a_screen_and_points_to_the_long_one() {
    let short = binaries::help("controller -h");
    insta::assert_snapshot!("controller_short", short);
    assert!(short.lines().count() <= 60, "{} lines", short.lines().count());
    assert!(short.contains("with --help"));
    let long = binaries::help("controller --help");
    for line in ["Examples:", "--tls-cert", "--otlp", "Exit codes:"] {
        assert!(long.contains(line), "{line}");
    }
}

#[test]
fn help_shows_every_variable() {
    for (line, variables) in COMMANDS {
        // A narrow column may break the line between the two words.
        let help = binaries::help(line).split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = help.split("[env: ").skip(1);
        let mut shown: Vec<&str> = shown.map(|rest| rest.split(['=', ']']).next().unwrap()).collect();
        let mut expected = variables.to_vec();
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected, "{line}");
    }
}

#[test]
fn help_never_shows_a_secret() {
    for mut command in [binaries::controller(), binaries::worker()] {
        let output = command.arg("--help").env("LOADTEST_TOKEN", "swordfish").output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(!String::from_utf8(output.stdout).unwrap().contains("swordfish"));
    }
}

#[test]
fn the_version_is_on_standard_output() {
    let programs = [
        ("controller", binaries::controller()),
        ("worker", binaries::worker()),
        ("backend", binaries::backend()),
    ];
    for (name, mut command) in programs {
        let output = command.arg("--version").output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{name}");
        let said = String::from_utf8(output.stdout).unwrap();
        let begin = format!("{name} {}\n", env!("CARGO_PKG_VERSION"));
        assert!(said.starts_with(&begin), "{said}");
        // Which build it is; the sandbox is told by its controller's.
        let rest = said[begin.len()..].lines().count();
        assert_eq!(rest, if name == "backend" { 0 } else { 2 }, "{said}");
    }
}

/// `summary.json` of a run of a second with these flags and variables.
fn run(backend: &Backend, args: &[&str], variables: &[(&str, &str)]) -> serde_json::Value {
    let folder = testkit::runs::folder();
    let mut command = binaries::controller();
    command.args(["-u", "2", "-t", "1s", "--think", "50ms", "--local-workers", "1", "--bind", "127.0.0.1:0"]);
    command.args(args).envs(variables.iter().copied());
    if !args.contains(&"--host") && variables.iter().all(|(name, _)| *name != "LOADTEST_BASE_URL") {
        command.args(["--host", &backend.url()]);
    }
    command.arg("--results").arg(folder.path());
    testkit::runs::Process::start("controller", command).wait(RUN).expect_code(0);
    Results::read(folder.path()).summary
}

#[test]
fn variables_set_what_flags_leave_open() {
    let _alone = alone();
    let backend = Backend::start(QUICK);
    let table: [(&[&str], Option<&str>, bool); 8] = [
        (&[], None, false),
        (&[], Some("1"), true),
        (&[], Some("true"), true),
        (&[], Some("0"), false),
        (&[], Some(""), false),
        (&["--mock-llm"], None, true),
        (&["--mock-llm"], Some("0"), true),
        (&["--mock-llm=false"], Some("1"), false),
    ];
    for (args, variable, mocked) in table {
        let variables: Vec<_> = variable.map(|value| ("LOADTEST_MOCK_LLM", value)).into_iter().collect();
        let summary = run(&backend, args, &variables);
        assert_eq!(summary["run"]["mock_llm"], mocked, "{args:?} with {variable:?}");
    }
    let url = backend.url();
    let variables = [
        ("LOADTEST_BASE_URL", url.as_str()),
        ("LOADTEST_CRUD_TIMEOUT_S", "3"),
        ("LOADTEST_STREAM_TIMEOUT_S", "90"),
    ];
    let command =
        |args: &[&str]| run(&backend, args, &variables)["run"]["command"].as_str().unwrap().to_owned();
    let line = command(&["--seed", "7"]);
    assert!(line.contains(&format!("--host {url} ")), "{line}");
    assert!(line.ends_with("--crud-timeout 3s --stream-timeout 1m30s --local-workers 1"), "{line}");
    let line = command(&["--seed", "7", "--crud-timeout", "4s"]);
    assert!(line.ends_with("--crud-timeout 4s --stream-timeout 1m30s --local-workers 1"), "{line}");
}
