//! What the manual says of the command line, exit codes, files, metrics, presets and shapes is what the
//! programs do.
//!
//! `LOADTEST_DOCS=overwrite cargo test -p controller --test it cli_readme` writes the blocks below a marker
//! `<!-- … -->` anew: help texts, columns, the grammar of thresholds.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use common::shape::Shape;
use common::stats::Metric;
use controller::exit::Exit;
use report::csv;
use report::files::CsvFile;
use testkit::runs::binaries;

/// The path of a file of the repository.
fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A fenced block of a page that a program's own words must fill.
struct Block {
    page: &'static str,
    /// What stands in the comment above it.
    marker: String,
    content: String,
}

fn blocks() -> Vec<Block> {
    let programs = [
        "controller",
        "controller report",
        "controller compare",
        "controller log",
        "controller api",
        "controller api try",
        "controller doctor",
        "controller certs",
        "worker",
        "backend",
    ];
    let helps = programs.map(|program| {
        let line = format!("{program} --help");
        Block {
            page: "docs/command-line.md",
            content: binaries::help(&line),
            marker: format!("help: {line}"),
        }
    });
    let columns = Block {
        page: "docs/reports.md",
        marker: "columns: stats".to_owned(),
        content: csv::header(CsvFile::Stats).join(",") + "\n",
    };
    let of_locust =
        [("history", CsvFile::History), ("failures", CsvFile::Failures), ("exceptions", CsvFile::Exceptions)];
    let of_locust = of_locust.map(|(name, file)| Block {
        page: "docs/from-locust.md",
        marker: format!("columns: {name}"),
        content: csv::header(file).join(",") + "\n",
    });
    let grammar =
        Block { page: "docs/thresholds.md", marker: "grammar: thresholds".to_owned(), content: grammar() };
    helps.into_iter().chain([columns, grammar]).chain(of_locust).collect()
}

/// The grammar above the parser of thresholds.
fn grammar() -> String {
    let source = read("verdict/src/threshold/parse.rs");
    let comment = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = comment.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let inside = lines.skip_while(|line| *line != "```bnf").skip(1).take_while(|line| *line != "```");
    inside.fold(String::new(), |text, line| text + line + "\n")
}

/// Where the content of a block stands in its page.
fn place(text: &str, block: &Block) -> Range<usize> {
    let comment = format!("<!-- {} -->", block.marker);
    let missing = || format!("{} has no fenced block after a line `{comment}`; add both", block.page);
    let after = text.find(&comment).map(|at| at + comment.len()).unwrap_or_else(|| panic!("{}", missing()));
    let rest = text[after..].trim_start();
    assert!(rest.starts_with("```"), "{}", missing());
    let begin = text.len() - rest.len() + rest.find('\n').unwrap() + 1;
    // An empty block ends where it begins.
    let empty = text[begin..].starts_with("```");
    let end = begin + if empty { 0 } else { text[begin..].find("\n```").unwrap() + 1 };
    begin..end
}

#[test]
fn help_texts_columns_and_grammar_are_the_programs_own() {
    for block in blocks() {
        let mut text = read(block.page);
        if std::env::var("LOADTEST_DOCS").is_ok_and(|value| value == "overwrite") {
            text.replace_range(place(&text, &block), &block.content);
            fs::write(path(block.page), &text).unwrap();
        }
        assert_eq!(
            text[place(&text, &block)],
            block.content,
            "the block after `<!-- {} -->` in {} is not up to date; write it anew with \
             `LOADTEST_DOCS=overwrite cargo test -p controller --test it cli_readme`",
            block.marker,
            block.page
        );
    }
}

/// What stands under `## TITLE` of a page.
fn section(page: &str, title: &str) -> String {
    let text = read(page);
    let rest = text.split_once(&format!("\n## {title}\n"));
    let rest = rest.unwrap_or_else(|| panic!("{page} has no section `{title}`")).1;
    rest.split("\n## ").next().unwrap().to_owned()
}

#[test]
fn the_apis_it_shows_are_read_and_the_presets_it_names_are_all() {
    let page = read("docs/your-api.md");
    let files: Vec<&str> =
        page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(files.len(), 10);
    let folder = testkit::runs::folder();
    for text in files {
        let path = folder.path().join("mine.toml");
        fs::write(&path, text).unwrap();
        let printed = output_of(&["api", path.to_str().unwrap()]);
        fs::write(&path, &printed).unwrap();
        assert_eq!(
            output_of(&["api", path.to_str().unwrap()]),
            printed,
            "what is printed reads back as the same"
        );
    }
    let (presets, pages) = (section("docs/your-api.md", "Presets"), read("docs/presets.md"));
    let listed = output_of(&["api"]);
    assert!(listed.lines().all(|line| line.chars().count() <= 80), "{listed}");
    let rows = listed.lines().filter(|line| !line.starts_with(' '));
    let names: Vec<&str> = rows.map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names.len(), controller::api::PRESETS.len());
    for (name, preset) in names.iter().zip(&controller::api::PRESETS) {
        assert_eq!((*name, output_of(&["api", name])), (preset.name, preset.text.to_owned()));
        assert!(
            presets.contains(&format!("| `{name}` |")) && pages.contains(&format!("\n## {name}\n"))
                || *name == "default",
            "{name} is not in docs/your-api.md and docs/presets.md"
        );
    }
}

/// What stands in the fenced blocks of a language.
fn fenced(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks.map(|rest| rest.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

#[test]
fn the_files_and_scripts_for_those_who_come_from_elsewhere_are_read() {
    let folder = testkit::runs::folder();
    let path = |name: &str| folder.path().join(name);
    for page in ["docs/from-locust.md", "docs/from-k6.md", "docs/from-llm-benchmarks.md", "docs/in-ci.md"] {
        let text = read(page);
        for file in fenced(&text, "toml") {
            if file.contains("[[stage]]") {
                Shape::from_toml(&file, page).unwrap_or_else(|fault| panic!("{fault}"));
            } else {
                fs::write(path("api.toml"), &file).unwrap();
                output_of(&["api", path("api.toml").to_str().unwrap()]);
            }
        }
        for script in fenced(&text, "sh") {
            fs::write(path("job.sh"), &script).unwrap();
            let read = Command::new("sh").arg("-n").arg(path("job.sh")).status().unwrap();
            assert!(read.success(), "{page}: a shell cannot read\n{script}");
        }
    }
}

#[test]
fn the_thresholds_that_stand_for_those_of_k6_are_read() {
    let section = section("docs/from-k6.md", "Thresholds");
    let cells = section.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit_once(" | "));
    let spans = cells.flat_map(|(_, cell)| cell.split('`').skip(1).step_by(2));
    let expressions: Vec<&str> = spans.filter(|span| span.contains(['<', '>'])).collect();
    assert!(expressions.len() >= 10, "{expressions:?}");
    for expression in expressions {
        verdict::threshold::parse(expression).unwrap_or_else(|fault| panic!("{fault}"));
    }
}

/// What `controller ARGS…` prints.
fn output_of(args: &[&str]) -> String {
    let mut command = binaries::controller();
    command.args(args);
    let ended = testkit::runs::Process::start("controller", command).wait(testkit::runs::START);
    ended.expect_code(0);
    ended.stdout
}

#[test]
fn the_exit_codes_are_all_there_and_no_others() {
    let section = section("docs/thresholds.md", "Exit codes");
    let rows: Vec<(u8, &str)> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .filter_map(|(code, means)| Some((code.trim_matches('`').parse().ok()?, means)))
        .collect();
    let codes: Vec<u8> = rows.iter().map(|(code, _)| *code).collect();
    let in_ci = read("docs/in-ci.md");
    for code in &codes {
        assert!(in_ci.contains(&format!("\n| {code} | ")), "docs/in-ci.md does not say what {code} means");
    }
    assert_eq!(codes, Exit::ALL.map(|exit| exit as u8), "the codes of the table in docs/thresholds.md");
    for (exit, (code, means)) in Exit::ALL.into_iter().zip(rows) {
        assert!(
            means.contains(exit.meaning()),
            "docs/thresholds.md says of exit code {code}: {means}, which is {exit:?}"
        );
    }
}

#[test]
fn every_file_and_every_metric_of_a_run_is_there() {
    let files = section("docs/reports.md", "Files of a run");
    let suffixes = CsvFile::ALL.map(|file| format!("`<shape>{}`", file.suffix()));
    let others = ["`REPORT.md`", "`report.html`", "`summary.json`"].map(str::to_owned);
    for name in suffixes.into_iter().chain(others) {
        assert!(files.contains(&name), "docs/reports.md does not say what {name} holds");
    }
    let metrics = section("docs/reports.md", "Metrics of streams");
    for metric in Metric::ALL {
        let name = format!("`{}`", metric.name());
        assert!(metrics.contains(&name), "docs/reports.md does not say what {name} is");
    }
}

#[test]
fn the_built_in_shapes_are_as_they_are_described() {
    let section = section("docs/shapes.md", "Built-in shapes");
    for name in common::shape::names() {
        let row = format!("| `{name}` | ");
        let row = section.lines().find_map(|line| line.strip_prefix(&row));
        let row = row.unwrap_or_else(|| panic!("docs/shapes.md has no row of {name}"));
        if let Some(shape) = Shape::builtin(name).filter(|shape| shape.stages.len() > 1) {
            let stages = stages(&shape);
            assert!(row.starts_with(&stages), "docs/shapes.md says of {name}: {row}, but it is {stages}");
        }
    }
}

/// The stages of a shape as the manual writes them: `1:00 10 2/s · 3:00 0`.
fn stages(shape: &Shape) -> String {
    let mut end = Duration::ZERO;
    let stages = shape.stages.iter().map(|stage| {
        end += stage.duration;
        let (minutes, seconds) = (end.as_secs() / 60, end.as_secs() % 60);
        match stage.users {
            0 => format!("{minutes}:{seconds:02} 0"),
            users => format!("{minutes}:{seconds:02} {users} {}/s", stage.spawn_rate),
        }
    });
    stages.collect::<Vec<_>>().join(" · ")
}
