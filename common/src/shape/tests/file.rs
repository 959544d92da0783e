use std::time::Duration;

use proptest::prelude::*;

use crate::class::ClassSet;
use crate::shape::{Location, Shape, ShapeFile, Stage};

const FULL: &str = r#"
name = "lunch"
mock_llm = true

[[stage]]
name = "warm"
duration = "1m30s"
users = 10
spawn_rate = 2.5
classes = ["crud", "mixed"]

[[stage]]
duration = 45
users = 1_000

[[stage]]
duration = "500ms"
users = 0
spawn_rate = 100
"#;

#[test]
fn a_file_is_read_with_its_defaults() {
    let stage = |name: &str, ms, users, spawn_rate, classes: &str| Stage {
        name: name.to_owned(),
        duration: Duration::from_millis(ms),
        users,
        spawn_rate,
        classes: classes.parse().unwrap(),
        arrivals: None,
    };
    let all = ClassSet::ALL.to_string();
    let expected = Shape {
        name: "lunch".to_owned(),
        mock_llm: true,
        stages: vec![
            stage("warm", 90_000, 10, 2.5, "crud,mixed"),
            stage("stage 2", 45_000, 1_000, 2.5, &all),
            stage("stage 3", 500, 0, 100.0, &all),
        ],
    };
    assert_eq!(Shape::from_toml(FULL, "shapes/noon.toml"), Ok(expected));
}

#[test]
fn thresholds_are_kept_as_they_are_written() {
    let text = "thresholds = [\n  \"p95<200ms\",\n  'stage \"a\":rps>1',\n]\n[[stage]]\nduration = 1\nusers = 1\nspawn_rate = 1";
    let read = ShapeFile::from_toml(text, "my.toml").unwrap();
    let at = |line| Location::Line { file: "my.toml".to_owned(), line };
    let expected = [(at(2), "p95<200ms".to_owned()), (at(3), "stage \"a\":rps>1".to_owned())];
    assert_eq!(read.thresholds, expected);
    assert_eq!(read.shape.stages.len(), 1);
    for (bad, kind) in [("thresholds = 5\n", "a list of texts"), ("thresholds = [5]\n", "a text")] {
        let expected = format!(
            "my.toml line 1: `thresholds` is not {kind}; write it as in `thresholds = [\"p95<200ms\"]`"
        );
        assert_eq!(line_for(&format!("{bad}[[stage]]")), expected);
    }
}

#[test]
fn the_files_stem_names_a_shape_without_a_name() {
    let text = "[[stage]]\nduration = 1\nusers = 1\nspawn_rate = 1";
    let shape = Shape::from_toml(text, "shapes/lunch_2-b.toml").unwrap();
    assert_eq!((shape.name.as_str(), shape.mock_llm), ("lunch_2-b", false));
}

/// One stage with `line` in place of its line for the same key.
fn with(line: &str) -> String {
    let key = line.split([' ', '=']).next().unwrap();
    let lines = ["duration = 1", "users = 1", "spawn_rate = 1"];
    let kept: Vec<&str> = lines.into_iter().filter(|other| !other.starts_with(key)).collect();
    format!("[[stage]]\n{}\n{line}\n", kept.join("\n"))
}

fn line_for(text: &str) -> String {
    Shape::from_toml(text, "my.toml").unwrap_err().to_string()
}

#[test]
fn faults_of_a_stage_name_the_line_and_the_way_out() {
    let table = [
        (
            "spwan_rate = 2.0",
            "my.toml line 5: no setting is called `spwan_rate` here; did you mean `spawn_rate`?",
        ),
        (
            "colour = 2",
            "my.toml line 5: no setting is called `colour` here; \
             use name, duration, users, spawn_rate, arrivals, ramp, classes",
        ),
        (
            "duration = 0",
            "my.toml line 4: the duration is shorter than a microsecond; give the stage some time, such as 30s",
        ),
        (
            "duration = \"-3s\"",
            "my.toml line 4: `-3s` is negative; give a duration such as 90s, 1h30m, 500ms or whole seconds",
        ),
        (
            "duration = -3",
            "my.toml line 4: `-3` is negative; give a duration such as 90s, 1h30m, 500ms or whole seconds",
        ),
        (
            "duration = \"soon\"",
            "my.toml line 4: `soon` is no duration; \
             write it as 90s, 1h30m, 500ms or whole seconds",
        ),
        ("duration = \"8d\"", "my.toml line 4: this makes the shape longer than 7 days; shorten it"),
        (
            "duration = 1.5",
            "my.toml line 4: `duration` is not a duration; write it as in `duration = \"1m30s\"`",
        ),
        ("users = 1_000_001", "my.toml line 4: 1000001 users cannot be run; give a number from 0 to 1000000"),
        ("users = -1", "my.toml line 4: -1 users cannot be run; give a number from 0 to 1000000"),
        (
            "users = 0x7fffffffffffffff",
            "my.toml line 4: 0x7fffffffffffffff users cannot be run; give a number from 0 to 1000000",
        ),
        ("users = \"ten\"", "my.toml line 4: `users` is not a whole number; write it as in `users = 10`"),
        ("users = 0", "my.toml: the shape starts no users; ask for at least 1"),
        (
            "spawn_rate = 0",
            "my.toml line 4: no ramp runs at 0 users/s; give a spawn rate above 0 and up to 100000",
        ),
        (
            "spawn_rate = -2.5",
            "my.toml line 4: no ramp runs at -2.5 users/s; give a spawn rate above 0 and up to 100000",
        ),
        (
            "spawn_rate = nan",
            "my.toml line 4: no ramp runs at NaN users/s; give a spawn rate above 0 and up to 100000",
        ),
        (
            "spawn_rate = inf",
            "my.toml line 4: no ramp runs at inf users/s; give a spawn rate above 0 and up to 100000",
        ),
        (
            "spawn_rate = 100_000.5",
            "my.toml line 4: no ramp runs at 100000.5 users/s; give a spawn rate above 0 and up to 100000",
        ),
        (
            "spawn_rate = true",
            "my.toml line 4: `spawn_rate` is not a number; write it as in `spawn_rate = 2.0`",
        ),
        (
            "classes = [\"crud\",\n\n  \"straem\"]",
            "my.toml line 7: no user class is called `straem`; use crud, stream or mixed",
        ),
        (
            "classes = []",
            "my.toml line 5: `classes` names none; list crud, stream or mixed, or leave the line out for all",
        ),
        (
            "classes = \"crud\"",
            "my.toml line 5: `classes` is not a list of class names; \
             write it as in `classes = [\"crud\", \"mixed\"]`",
        ),
        ("name = \"\"", "my.toml line 5: \"\" cannot name a stage; use 1 to 64 printable characters"),
        (
            "name = \"a\\nb\"",
            "my.toml line 5: \"a\\nb\" cannot name a stage; use 1 to 64 printable characters",
        ),
        ("name = 5", "my.toml line 5: `name` is not a text; write it as in `name = \"warm\"`"),
    ];
    for (line, expected) in table {
        assert_eq!(line_for(&with(line)), expected);
    }
}

#[test]
fn faults_of_the_file_name_the_line_or_the_file() {
    let valid = with("users = 1");
    let table = [
        (
            String::new(),
            "my.toml: the shape has no stages; add one, headed [[stage]], with duration, users and spawn_rate",
        ),
        (
            "stage = []".to_owned(),
            "my.toml: the shape has no stages; add one, headed [[stage]], with duration, users and spawn_rate",
        ),
        (
            "stage = 3".to_owned(),
            "my.toml line 1: `stage` is not a list of tables; write it as in `[[stage]]`",
        ),
        (
            "[[stages]]\nusers = 1".to_owned(),
            "my.toml line 1: no setting is called `stages` here; did you mean `stage`?",
        ),
        (
            format!("name = \"a/b\"\n{valid}"),
            "my.toml line 1: \"a/b\" cannot name a shape; add `name = \"...\"` with 1 to 64 letters, digits, - or _",
        ),
        (
            format!("\nmock_llm = \"yes\"\n{valid}"),
            "my.toml line 2: `mock_llm` is not true or false; write it as in `mock_llm = true`",
        ),
        (
            "\n[[stage]]\nduration = 1\nusers = 1\n".to_owned(),
            "my.toml line 2: the first stage needs a spawn rate; \
             add a line such as `spawn_rate = 2.0` (users per second)",
        ),
        (
            "[[stage]]\nusers = 1\nspawn_rate = 1\n".to_owned(),
            "my.toml line 1: this stage has no `duration`; add a line such as `duration = \"1m30s\"`",
        ),
        (
            format!("{valid}[[stage]]\nduration = 1\n"),
            "my.toml line 5: this stage has no `users`; add a line such as `users = 10`",
        ),
        (
            format!("{valid}[[stage]]\nusers = 1\nduration = \"7d\"\n"),
            "my.toml line 7: this makes the shape longer than 7 days; shorten it",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(line_for(&text), expected);
    }
}

#[test]
fn broken_toml_names_its_line() {
    let line = line_for("name = \"a\"\n[[stage]\n");
    assert_eq!(line, "my.toml line 2: the head `[[stage]` has no `]]` at its end; write [[name]]");
    let twice = line_for("name = \"a\"\nname = \"b\"\n");
    assert_eq!(twice, "my.toml line 2: `name` is there already; write it once, with all of its settings");
}

#[test]
fn a_stem_that_cannot_name_a_shape_asks_for_a_name() {
    let fault = Shape::from_toml(&with("users = 1"), "my lunch.toml").unwrap_err();
    assert_eq!(
        fault.to_string(),
        "my lunch.toml: \"my lunch\" cannot name a shape; add `name = \"...\"` \
         with 1 to 64 letters, digits, - or _"
    );
}

proptest! {
    #[test]
    fn any_text_is_a_shape_or_one_line(text in "(\\[\\[stage\\]\\]|users|=|[0-9]|\"|\n|\\PC){0,60}") {
        if let Err(fault) = Shape::from_toml(&text, "my.toml") {
            prop_assert_eq!(fault.to_string().lines().count(), 1);
        }
    }
}
