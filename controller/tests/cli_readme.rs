//! What the README says of the command line, the exit codes and the files is what the programs do.
//!
//! `LOADTEST_README=overwrite cargo test -p controller --test cli_readme` writes the help texts and
//! column lists into it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod support;

use std::fs;
use std::path::Path;

use controller::exit::Exit;
use report::csv;
use report::files::CsvFile;
use support::binaries;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

fn readme() -> String {
    fs::read_to_string(Path::new(README)).unwrap()
}

/// The content of the fenced block that follows `<!-- MARKER -->`, and where it stands.
fn block(readme: &str, marker: &str) -> (std::ops::Range<usize>, String) {
    let comment = format!("<!-- {marker} -->");
    let missing = || format!("README.md has no fenced block after a line `{comment}`; add both");
    let found = readme.find(&comment).map(|at| at + comment.len()).unwrap_or_else(|| panic!("{}", missing()));
    let rest = readme[found..].trim_start();
    assert!(rest.starts_with("```"), "{}", missing());
    let begin = readme.len() - rest.len() + rest.find('\n').unwrap() + 1;
    // An empty block ends where it begins.
    let end = begin
        + if readme[begin..].starts_with("```") { 0 } else { readme[begin..].find("\n```").unwrap() + 1 };
    (begin..end, readme[begin..end].to_owned())
}

/// Each `MARKER` that must be in the README, with what its block must hold.
fn expected() -> Vec<(String, String)> {
    let helps = [
        "controller --help",
        "controller report --help",
        "controller compare --help",
        "worker --help",
        "backend --help",
    ];
    let helps = helps.map(|line| (format!("help: {line}"), binaries::help(line)));
    let columns = [("columns: stats", csv::header(CsvFile::Stats).join(",") + "\n")];
    let columns = columns.map(|(marker, text)| (marker.to_owned(), text));
    let grammar = [("grammar: thresholds".to_owned(), grammar())];
    helps.into_iter().chain(columns).chain(grammar).collect()
}

/// The grammar above the parser of thresholds.
fn grammar() -> String {
    let source = include_str!("../../verdict/src/threshold/parse.rs");
    let lines =
        source.lines().map_while(|line| line.strip_prefix("//!")).map(|line| line.trim_start_matches(' '));
    let inside = lines.skip_while(|line| *line != "```bnf").skip(1).take_while(|line| *line != "```");
    inside.fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn help_texts_and_columns_are_the_programs_own() {
    let mut text = readme();
    if std::env::var("LOADTEST_README").is_ok_and(|value| value == "overwrite") {
        for (marker, expected) in expected() {
            let (place, _) = block(&text, &marker);
            text.replace_range(place, &expected);
        }
        fs::write(README, &text).unwrap();
    }
    for (marker, expected) in expected() {
        let (_, told) = block(&text, &marker);
        assert_eq!(
            told, expected,
            "the block after `<!-- {marker} -->` in README.md is not up to date; write it anew with \
             `LOADTEST_README=overwrite cargo test -p controller --test cli_readme`"
        );
    }
}

/// What stands under `## TITLE`.
fn section<'r>(readme: &'r str, title: &str) -> &'r str {
    let heading = format!("\n## {title}\n");
    let rest = readme.split_once(&heading).unwrap_or_else(|| panic!("README.md has no section `{title}`")).1;
    rest.split("\n## ").next().unwrap()
}

#[test]
fn the_apis_it_shows_are_read_and_the_presets_it_names_are_all() {
    let readme = readme();
    let section = section(&readme, "Your own API");
    let files: Vec<&str> =
        section.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(files.len(), 2);
    let folder = support::folder();
    for text in files {
        let path = folder.path().join("mine.toml");
        fs::write(&path, text).unwrap();
        let printed = told(&["api", path.to_str().unwrap()]);
        fs::write(&path, &printed).unwrap();
        assert_eq!(told(&["api", path.to_str().unwrap()]), printed, "what is printed reads back as the same");
    }
    let listed = told(&["api"]);
    let names: Vec<&str> = listed.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names.len(), controller::api::PRESETS.len());
    for (name, preset) in names.iter().zip(&controller::api::PRESETS) {
        assert_eq!((*name, told(&["api", name])), (preset.name, preset.text.to_owned()));
        assert!(section.contains(&format!("`{name}`")) || *name == "default", "{name} is not in the README");
    }
}

/// What `controller ARGS…` prints.
fn told(args: &[&str]) -> String {
    let mut command = binaries::controller();
    command.args(args);
    let ended = support::Process::start("controller", command).wait(support::START);
    ended.expect_code(0);
    ended.stdout
}

#[test]
fn the_exit_codes_are_all_there_and_no_others() {
    let readme = readme();
    let section = readme.split("\n## Exit codes\n").nth(1).expect("README.md has no section `## Exit codes`");
    let section = section.split("\n## ").next().unwrap();
    let rows: Vec<(u8, &str)> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .filter_map(|(code, means)| Some((code.trim_matches('`').parse().ok()?, means)))
        .collect();
    let codes: Vec<u8> = rows.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, Exit::ALL.map(|exit| exit as u8), "the codes of the table in README.md");
    for (exit, (code, means)) in Exit::ALL.into_iter().zip(rows) {
        assert!(
            means.contains(exit.meaning()),
            "README.md says of exit code {code}: {means}, which is {exit:?}"
        );
    }
}

#[test]
fn every_file_of_a_run_is_told() {
    let readme = readme();
    for file in CsvFile::ALL {
        let name = format!("`<shape>{}`", file.suffix());
        assert!(readme.contains(&name), "README.md does not tell what {name} holds");
    }
    for name in ["`REPORT.md`", "`report.html`", "`summary.json`"] {
        assert!(readme.contains(name), "README.md does not tell what {name} holds");
    }
}
