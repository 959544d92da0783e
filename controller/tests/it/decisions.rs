//! "Where is it decided?" in docs/internals/architecture.md: each answer leads to an item in a file, in three steps
//! at most.

use std::fs;
use std::path::Path;

const PAGE: &str = "docs/internals/architecture.md";
const FEWEST_QUESTIONS: usize = 20;
const MOST_STEPS: usize = 3;

/// What stands before the name of an item.
const ITEMS: [&str; 7] = ["fn", "struct", "enum", "const", "static", "trait", "type"];

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the section's table: question and steps, each a file and an item.
fn rows() -> Vec<(String, Vec<(String, String)>)> {
    let page = text(PAGE);
    let section = page.split("## Where is it decided?\n").nth(1).expect("the section is there");
    let section = section.split("\n## ").next().unwrap();
    let table = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    table
        .map(|line| {
            let (question, steps) = line.trim_matches(['|', ' ']).split_once(" | ").unwrap();
            (question.to_owned(), steps_of(steps))
        })
        .collect()
}

/// Each `` `file`: `item` `` in a cell.
fn steps_of(cell: &str) -> Vec<(String, String)> {
    let spans: Vec<&str> = cell.split('`').collect();
    let step = |at: usize| (spans[at + 1] == ": ").then(|| (spans[at].to_owned(), spans[at + 2].to_owned()));
    (1..spans.len().saturating_sub(2)).step_by(2).filter_map(step).collect()
}

fn has_item(source: &str, name: &str) -> bool {
    let words: Vec<&str> =
        source.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    words.windows(2).any(|pair| ITEMS.contains(&pair[0]) && pair[1] == name)
}

#[test]
fn every_question_leads_to_an_item_in_three_steps_at_most() {
    let rows = rows();
    assert!(rows.len() >= FEWEST_QUESTIONS, "{PAGE} answers {} questions", rows.len());
    for (question, steps) in rows {
        assert!((1..=MOST_STEPS).contains(&steps.len()), "{question}: {} steps", steps.len());
        for (file, item) in steps {
            assert!(has_item(&text(&file), &item), "{question}: {file} has no item called `{item}`");
        }
    }
}

#[test]
fn a_name_that_is_only_mentioned_is_no_item() {
    assert!(has_item("pub(super) const fn place(at: u32) {}", "place"));
    assert!(has_item("pub const MOST: usize = 3;", "MOST"));
    assert!(!has_item("// place\nlet here = place(4);", "place"));
    assert_eq!(
        steps_of("`a/b.rs`: `go`, and `c` → `d/e.rs`: `Stop`"),
        [("a/b.rs".into(), "go".into()), ("d/e.rs".into(), "Stop".into())]
    );
}
