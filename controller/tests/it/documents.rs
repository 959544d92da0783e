//! Every document of the repository leads where it says: links and headings, files and folders, tests,
//! command lines and flags.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::runs::binaries;

/// The rooms of the repository: a path in a document begins with one of them.
const FOLDERS: [&str; 15] = [
    "backend",
    "bench",
    "common",
    "controller",
    "deploy",
    "docs",
    "fuzz",
    "hub",
    "logs",
    "observe",
    "proto",
    "report",
    "testkit",
    "verdict",
    "worker",
];

/// The folder of the repository.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Everything below `folder` but what is built, what a run left, and what is hidden; relative to the root.
fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let is_ours = !name.starts_with('.') && name != "target" && folder != "results";
        if entry.file_type().unwrap().is_file() {
            found.push(path);
        } else if is_ours {
            found.extend(files(&path));
        }
    }
    found.sort();
    found
}

/// Every Markdown file with its text.
fn documents() -> Vec<(String, String)> {
    let pages = files("").into_iter().filter(|path| path.ends_with(".md"));
    pages.map(|path| (path.clone(), fs::read_to_string(root().join(path)).unwrap())).collect()
}

/// The documents that speak of this code as it is: not the history, not what a benchmark wrote.
fn manual() -> Vec<(String, String)> {
    let ours = |path: &str| path.starts_with("docs/") || (!path.contains('/') && path != "CHANGELOG.md");
    documents().into_iter().filter(|(path, _)| ours(path)).collect()
}

/// The lines of a text outside its fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        inside ^= is_fence;
        !inside && !is_fence
    })
}

/// What stands between single backticks.
fn spans(text: &str) -> Vec<String> {
    let joined = prose(text).collect::<Vec<_>>().join("\n");
    joined.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<String> {
    let joined = prose(text).collect::<Vec<_>>().join("\n");
    let outside_code = joined.split('`').step_by(2).collect::<Vec<_>>().join("code");
    outside_code
        .split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap().to_owned())
        .filter(|target| !target.contains("://"))
        .collect()
}

/// The anchors of a page's headings, as code hosts make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter_map(|line| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.strip_prefix(' ')).flatten()
    });
    let anchor = |title: &str| {
        let kept = title.to_lowercase().replace(' ', "-");
        kept.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn the_front_pages_are_short_and_begin_with_the_two_commands() {
    let size = |name: &str| fs::metadata(root().join(name)).unwrap().len();
    assert!(size("README.md") <= 9_000, "README.md has {} bytes", size("README.md"));
    assert!(size("ARCHITECTURE.md") <= 6 * 1024, "ARCHITECTURE.md has {} bytes", size("ARCHITECTURE.md"));
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for command in ["$ cargo run --release --bin controller -- --demo ", "$ cargo test --workspace "] {
        assert!(readme.contains(command), "README.md does not have `{command}`");
    }
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let mut wrong = Vec::new();
    for (page, text) in documents() {
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => root().join(&page),
                file => root().join(&page).parent().unwrap().join(file),
            };
            if !target.exists() {
                wrong.push(format!("{page}: there is no {file}"));
            } else if !anchor.is_empty() && !anchors(&fs::read_to_string(target).unwrap()).contains(anchor) {
                wrong.push(format!("{page}: no heading is called #{anchor} in {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_of_the_manual_is_in_an_index() {
    let mut listed = BTreeSet::new();
    for index in ["docs/README.md", "docs/internals/decisions/README.md"] {
        let text = fs::read_to_string(root().join(index)).unwrap();
        let folder = root().join(index).parent().unwrap().to_owned();
        let pages = links(&text).into_iter().map(|link| folder.join(link.split('#').next().unwrap()));
        listed.extend(pages.filter_map(|page| page.canonicalize().ok()));
    }
    let pages: Vec<PathBuf> = files("docs").iter().map(|page| root().join(page)).collect();
    for page in pages.iter().filter(|page| page.extension().is_some_and(|ending| ending == "md")) {
        let is_index = page.ends_with("docs/README.md");
        assert!(is_index || listed.contains(&page.canonicalize().unwrap()), "{page:?} is in no index");
    }
}

#[test]
fn every_file_and_folder_that_is_named_is_there() {
    let mut wrong = Vec::new();
    for (page, text) in manual() {
        for span in spans(&text) {
            let path = span.split(' ').next().unwrap().trim_end_matches('/');
            let is_path = path.contains('/') && FOLDERS.contains(&path.split('/').next().unwrap());
            // NAME, *, <shape> stand for something.
            let is_pattern = path.contains(['*', '<', '{']) || path.contains("NAME");
            if is_path && !is_pattern && !root().join(path).exists() {
                wrong.push(format!("{page}: there is no {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_that_a_promise_or_a_fault_names_is_there() {
    let tests: Vec<String> =
        FOLDERS.iter().flat_map(|room| files(room)).filter(|path| path.contains("/tests/")).collect();
    let is_part = |path: &String, name: &str| {
        path.split('/').any(|part| part == name || part.strip_suffix(".rs") == Some(name))
    };
    let is_test = |name: &str| {
        let function = format!("fn {name}()");
        tests.iter().any(|path| is_part(path, name))
            || tests
                .iter()
                .filter(|path| path.ends_with(".rs"))
                .any(|path| fs::read_to_string(root().join(path)).unwrap().contains(&function))
    };
    for page in ["docs/internals/promises.md", "docs/internals/failures.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let cells = text.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit(" | ").next());
        let names: Vec<String> = cells.flat_map(spans).filter(|name| !name.contains('/')).collect();
        assert!(names.len() > 10, "{page} names no tests");
        for name in names.iter().filter(|name| *name != "hdrhistogram") {
            assert!(is_test(name), "{page}: no test is called {name}");
        }
    }
}

/// The long flags that a text shows: `--users`, of `--users=3` too.
fn flags(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_lowercase() || letter == '-'));
    words.filter(|word| word.starts_with("--") && word.len() > 3).map(str::to_owned).collect()
}

/// The commands that a text shows: lines of a person's shell, on hosts by name too, and of the scripts in `sh` and
/// `yaml`. A backslash at the end of a line goes on in the next.
fn commands(text: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let (mut script, mut begun) = (false, String::new());
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            script = ["sh", "yaml"].contains(&language);
        }
        let shown = line.split_once("$ ").filter(|(host, _)| host.is_empty() || host.starts_with("host-"));
        let command = match shown {
            _ if !begun.is_empty() => line.trim_start(),
            Some((_, command)) => command,
            None if script => line.trim_start().trim_start_matches("- run: ").trim_start_matches("./"),
            None => continue,
        };
        begun += command.split(" #").next().unwrap().trim_end();
        match begun.strip_suffix('\\') {
            Some(unfinished) => begun.truncate(unfinished.len()),
            None => commands.push(std::mem::take(&mut begun)),
        }
    }
    commands
}

/// A line without cargo in front of our program.
fn without_cargo(line: &str) -> String {
    line.strip_prefix("cargo run --release --bin ").unwrap_or(line).replacen(" -- ", " ", 1)
}

/// The help of the program and command that a line calls; none if it calls none of ours.
fn help_of(line: &str) -> Option<String> {
    let mut words = line.split(' ');
    let program = words.next().filter(|word| ["controller", "worker", "backend"].contains(word))?;
    let commands = ["report", "compare", "log", "api", "doctor", "certs", "completions", "man"];
    let command = words.next().filter(|word| program == "controller" && commands.contains(word));
    let nested = words.next().filter(|word| (command, *word) == (Some("api"), "try"));
    let words = [program].into_iter().chain(command).chain(nested).chain(["--help"]);
    Some(binaries::help(&words.collect::<Vec<_>>().join(" ")))
}

#[test]
fn every_command_and_every_flag_that_is_shown_is_known() {
    let programs = ["controller --help", "controller report --help", "controller compare --help"];
    let others = [
        "controller log --help",
        "controller api try --help",
        "controller doctor --help",
        "controller certs --help",
        "worker --help",
        "backend --help",
    ];
    let known = programs.iter().chain(&others).flat_map(|line| flags(&binaries::help(line)));
    let known: BTreeSet<String> = known.collect();
    for (page, text) in manual() {
        for command in commands(&text) {
            let command = &without_cargo(&command);
            let Some(help) = help_of(command) else { continue };
            let unknown: Vec<String> = flags(command).difference(&flags(&help)).cloned().collect();
            assert!(unknown.is_empty(), "{page}: `{command}` has {unknown:?}, which its --help does not");
        }
        // Cargo's flags and those of scripts stand in pages about the code.
        let is_for_users = page == "README.md" || (page.starts_with("docs/") && !page.contains("internals"));
        let shown = spans(&text).into_iter().filter(|span| is_for_users && span.starts_with("--"));
        for flag in shown.flat_map(|span| flags(span.split(['=', ' ']).next().unwrap())) {
            assert!(known.contains(&flag), "{page}: no program has {flag}");
        }
    }
}
