//! What users ask, and how many of each class there are, when somebody says so.

use std::collections::BTreeSet;
use std::fs;

use testkit::runs::recorder::Recorder;
use testkit::runs::{beside_others, folder, run};

/// Longer than one frame of anything on the way.
const LONG: usize = 300_000;

#[test]
fn users_ask_what_the_file_says_and_nothing_else() {
    let _alone = beside_others();
    let (recorder, place) = (Recorder::start(), folder());
    let file = place.path().join("asked.jsonl");
    let long = "x".repeat(LONG);
    let mut lines: Vec<String> =
        (0..20).map(|n| format!("{{\"prompt\": \"line one of {n}\\nline \\\"two\\\"\"}}")).collect();
    lines.push(format!("\"{long}\""));
    fs::write(&file, lines.join("\n")).unwrap();
    let load = ["-u", "14", "-t", "3s", "--think", "0..20ms", "--seed", "7", "--classes", "crud=2,stream=5"];
    let results = run(&recorder.url(), &[&load[..], &["--prompts", file.to_str().unwrap()]].concat(), 2);
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());

    let log = recorder.log();
    assert_eq!(log.values().map(|requests| requests.len() as u64).sum::<u64>(), results.count());
    let questions = log
        .values()
        .flatten()
        .filter(|request| request.starts_with("POST ") && !request.starts_with("POST /threads {"));
    let asked: Vec<serde_json::Value> = questions
        .map(|request| {
            let body = request.splitn(3, ' ').nth(2).unwrap();
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
        })
        .collect();
    let text =
        |body: &serde_json::Value| body["message"].as_str().or(body["content"].as_str()).unwrap().to_owned();
    let texts: BTreeSet<String> = asked.iter().map(text).collect();
    let prompts: BTreeSet<String> =
        (0..20).map(|n| format!("line one of {n}\nline \"two\"")).chain([long]).collect();
    assert!(asked.len() > 400, "{} questions", asked.len());
    assert_eq!(texts, prompts, "every prompt, and no other");

    // User numbers are index × 3 + class.
    let of_class = |class: u64| log.keys().filter(|user| *user % 3 == class).count();
    assert_eq!([of_class(0), of_class(1), of_class(2)], [4, 10, 0], "14 by 2 : 5");
    assert_eq!(results.summary["run"]["classes"], serde_json::json!(["crud=2", "stream=5"]));
    let prompts = results.summary["run"]["prompts"].as_str().unwrap();
    assert!(prompts.starts_with("asked.jsonl: 21 of 24 to 300000 characters ("), "{prompts}");
    let command = results.summary["run"]["command"].as_str().unwrap();
    assert!(command.contains("--classes crud=2,stream=5 --prompts "), "{command}");
}
