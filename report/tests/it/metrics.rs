//! The report as metrics: the text of `/metrics`, its labels, and Prometheus's own opinion of it.

use std::io::Write;
use std::process::{Command, Stdio};

use report::metrics::{MAX_SERIES, families, render};
use report::rows::{RunReport, WorkerRow};
use testkit::reports::{hostile_texts, report};
use testkit::runs::have_or_skip;

#[test]
fn the_page_of_a_known_run() {
    let report = report();
    insta::assert_snapshot!("metrics", render(&report, report.history.last()));
}

#[test]
fn names_follow_the_conventions_and_come_once() {
    let all = families(&report(), None);
    let mut names: Vec<_> = all.iter().map(|family| family.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
    for family in &all {
        assert!(family.name.starts_with("loadtest_"), "{}", family.name);
        assert!(family.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        assert!(family.help.ends_with('.') || family.help.contains(':'), "{}", family.help);
    }
}

/// `promtool check metrics`, or why it is not there.
fn promtool() -> Result<Command, String> {
    let found = Command::new("promtool").arg("--version").output();
    found.map_err(|_| "promtool is not there; apt-get install prometheus".to_owned())?;
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]);
    Ok(command)
}

#[test]
fn promtool_has_nothing_to_say() {
    let pages = [report(), RunReport::default(), with_texts("\"} 1\nevil{a=\"\\")];
    for report in pages {
        let Some(mut command) = have_or_skip(promtool()) else { return };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut check = command.spawn().unwrap();
        let page = render(&report, report.history.last());
        check.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
        let output = check.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!((output.status.code(), said.trim()), (Some(0), ""), "{page}");
    }
}

/// The report with a text in every place that becomes a label.
fn with_texts(text: &str) -> RunReport {
    let mut report = report();
    text.clone_into(&mut report.facts.shape);
    report.facts.host = Some(text.to_owned());
    report.facts.api = Some(text.to_owned());
    report.facts.degraded = vec![text.into()];
    report.endpoints.truncate(1);
    report.endpoints.iter_mut().for_each(|row| text.clone_into(&mut row.name));
    report.workers.iter_mut().for_each(|row| text.clone_into(&mut row.name));
    report.thresholds.truncate(1);
    report.thresholds.iter_mut().for_each(|row| text.clone_into(&mut row.expr));
    report.failures.iter_mut().for_each(|row| text.clone_into(&mut row.text));
    report
}

#[test]
fn no_text_breaks_a_line_or_leaves_its_quotes() {
    let lines =
        |page: &str| page.lines().map(|line| line.split('{').next().unwrap().to_owned()).collect::<Vec<_>>();
    let harmless = lines(&render(&with_texts("harmless"), None));
    for hostile in hostile_texts() {
        let page = render(&with_texts(&hostile), None);
        assert!(!page.chars().any(|c| c.is_control() && c != '\n'), "{hostile:?}");
        assert_eq!(lines(&page), harmless, "{hostile:?}");
        for line in page.lines().filter(|line| line.contains('{') && !line.starts_with('#')) {
            let bare = line.replace("\\\\", "").replace("\\\"", "");
            assert!(bare.matches('"').count().is_multiple_of(2), "{line}");
            let value = bare.rsplit(' ').next().unwrap();
            assert!(value.parse::<f64>().is_ok() && bare.contains("} "), "{line}");
        }
    }
}

#[test]
fn series_are_bounded_whatever_the_workers_are() {
    let mut report = report();
    report.workers = (0..5000).map(|n| WorkerRow { name: format!("w{n}"), ..WorkerRow::default() }).collect();
    let page = render(&report, None);
    assert_eq!(page.matches("loadtest_worker_up{").count(), MAX_SERIES);
    assert!(page.contains("\nloadtest_workers_left_out 4900\n"));
}
