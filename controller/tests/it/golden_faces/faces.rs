//! Every face of a report, as text.

use std::path::Path;

use report::files::{Output, OutputPlan, Outputs};
use report::metrics::{export, render};
use report::style::Paint;
use report::{html, json, junit, markdown, read_prefix, terminal};

use super::simulated::{Kind, simulated};

/// What a page holds besides its text: scripts that are not ours, and style sheets that stand in the crate.
const LEFT_OUT: [(&str, &str); 2] = [("<script", "</script>"), ("<style", "</style>")];

/// Each face with its file's name.
pub fn all(kind: Kind) -> Vec<(String, String)> {
    let report = simulated(kind);
    let mut faces = csv(&report);
    faces.push(("REPORT.md".to_owned(), markdown::render(&report).unwrap()));
    let bytes = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut text = Vec::new();
        write(&mut text);
        String::from_utf8(text).unwrap()
    };
    faces.push(("summary.json".to_owned(), bytes(&|out| json::write(out, &report).unwrap())));
    faces.push(("junit.xml".to_owned(), bytes(&|out| junit::write(out, &report).unwrap())));
    let last = report.history.last();
    faces.push(("metrics.txt".to_owned(), render(&report, last)));
    let at = report.facts.started.unwrap();
    let exported = export(&report, last, at);
    let scopes = exported.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics).map(|metric| format!("{metric:?}\n"));
    faces.push(("otlp.txt".to_owned(), metrics.collect()));
    let plain = Paint { colour: false };
    faces.push(("terminal.txt".to_owned(), terminal::summary(&report, &["a.csv".into()], plain, 80)));
    let place = html::Place { folder: Path::new(""), files: &["a.csv".into()], nonce: "nonce" };
    faces.push(("report.html".to_owned(), without_scripts(&html::render(&report, place).unwrap())));
    faces
}

/// The CSV files, and what is read back from them.
fn csv(report: &report::rows::RunReport) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("run");
    let plan = OutputPlan { csv: Some(Output::new("--csv", &prefix)), ..OutputPlan::default() };
    let mut outputs = Outputs::open(plan).unwrap();
    report.history.iter().for_each(|row| outputs.append_second(row).unwrap());
    outputs.snapshot(report).unwrap();
    let mut faces: Vec<(String, String)> = outputs
        .files()
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    let read = read_prefix(&prefix).unwrap();
    faces.push(("read-back.md".to_owned(), markdown::render(&read).unwrap()));
    faces
}

/// A page without what stands in its scripts and styles.
fn without_scripts(page: &str) -> String {
    LEFT_OUT.into_iter().fold(page.to_owned(), |page, (open, close)| {
        let mut parts = page.split(open);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (inside, rest) = part.split_once(close).unwrap_or((part, ""));
            let attributes = inside.split_once('>').map_or(inside, |(attributes, _)| attributes);
            kept.extend([open, attributes, ">", close, rest]);
        }
        kept
    })
}
