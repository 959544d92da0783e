//! `controller compare`: it names what differs, nothing else, and what cannot be compared.

use std::path::Path;

use common::text::escape::columns;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use report::compare::{ComparedRun, Finding, Premise, compare, markdown, terminal};
use report::rows::{EndpointRow, Estimate, Percentiles, RunEnd, RunReport, RungVerdict, SecondRow};
use report::style::Paint;
use testkit::reports::{hostile_texts, report};
use testkit::runs::{Finished, Process, START, binaries};

const PLAIN: Paint = Paint { colour: false };

/// A run of a minute with a ramp: requests of one endpoint whose latencies are drawn around 80 ms × `slow`,
/// in seconds that remember the one before.
fn run(name: &str, seed: u64, slow: f64) -> ComparedRun {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let (mut all, mut history, mut mood) = (Vec::new(), Vec::new(), 0.0);
    for second in 0..60u64 {
        mood = 0.6 * mood + 0.04 * (random.random::<f64>() - 0.5);
        let count = 20 + second.min(30);
        let latency = |random: &mut Pcg64Mcg| {
            let wide: f64 = (0..6).map(|_| random.random::<f64>()).sum::<f64>() / 3.0 - 1.0;
            (80_000.0 * slow * (1.0 + mood) * (0.4 * wide).exp()) as u64
        };
        let values: Vec<u64> = (0..count).map(|_| latency(&mut random)).collect();
        let times = values.iter().copied().collect();
        history.push(SecondRow {
            second,
            rps: count as f64,
            users: count,
            percentiles: Percentiles::of(&times),
            ..SecondRow::default()
        });
        all.extend(values);
    }
    let endpoint = common::api::Endpoint { method: "GET".to_owned(), name: "/threads".to_owned() };
    let totals =
        common::totals::EndpointTotals { latency: all.iter().copied().collect(), ..Default::default() };
    let row = EndpointRow::new(&endpoint, &totals, 60.0);
    let mut facts = report().facts;
    facts.end = RunEnd::Completed;
    let report =
        RunReport { facts, total: row.clone(), endpoints: vec![row], history, ..RunReport::default() };
    ComparedRun { name: name.to_owned(), report }
}

fn worse(a: &ComparedRun, b: &ComparedRun) -> Vec<String> {
    let comparison = compare(a, b, &[]);
    comparison.found(Finding::Worse).map(|row| format!("{}: {}", row.scope, row.figure.name)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Two equal runs: ten times of ten is one in ten; these are all of many.
    #[test]
    fn equal_runs_do_not_differ(seed in any::<u64>()) {
        let (a, b) = (run("a", seed, 1.0), run("b", !seed, 1.0));
        let comparison = compare(&a, &b, &[]);
        let said: Vec<_> =
            comparison.rows.iter().filter(|row| matches!(row.finding, Finding::Worse | Finding::Better)).collect();
        prop_assert!(said.is_empty(), "{said:?}");
    }

    #[test]
    fn a_fifth_slower_is_said_of_every_time_and_a_fifth_faster_is_better(seed in any::<u64>()) {
        let (a, b) = (run("a", seed, 1.0), run("b", !seed, 1.2));
        let expected = ["all requests: p50 of a second", "all requests: p95 of a second", "GET /threads: p50"];
        let said = worse(&a, &b);
        prop_assert!(expected.iter().all(|row| said.iter().any(|said| said == row)), "{said:?}");
        prop_assert!(worse(&b, &a).is_empty());
    }
}

#[test]
fn the_interval_of_a_known_slow_down_holds_it() {
    let comparison = compare(&run("a", 1, 1.0), &run("b", 2, 1.2), &[]);
    let row = comparison.found(Finding::Worse).find(|row| row.figure.name == "p50 of a second").unwrap();
    let (low, high) = row.interval.unwrap();
    assert!(low < 0.2 && 0.2 < high && high - low < 0.15, "{row:?}");
}

#[test]
fn what_differs_in_its_premises_is_not_compared_unless_that_is_meant() {
    let (a, mut b) = (run("a", 1, 1.0), run("b", 2, 1.0));
    b.report.facts.host = Some("http://elsewhere:8000".to_owned());
    b.report.facts.shape = "full".to_owned();
    b.report.facts.users_target_peak = Some(60);
    b.report.facts.think_s = Some((0.0, 0.0));
    b.report.facts.end = RunEnd::Interrupted;
    let premises = |allowed: &[Premise]| -> Vec<&'static str> {
        compare(&a, &b, allowed).barriers.iter().map(|barrier| barrier.premise.name()).collect()
    };
    assert_eq!(premises(&[]), ["host", "shape", "users", "think", "end"]);
    assert_eq!(premises(&[Premise::Host, Premise::Think]), ["shape", "users", "end"]);
    let text = terminal(&compare(&a, &b, &[Premise::Host]), PLAIN);
    assert!(
        text.starts_with("The runs cannot be compared: they differ in shape, users, think, end."),
        "{text}"
    );
    assert!(text.contains("add --allow users"), "{text}");
}

#[test]
fn both_faces_of_a_comparison() {
    let (a, mut b) = (run("results/a", 1, 1.0), run("results/b", 2, 1.2));
    b.report.history.truncate(55);
    b.report.facts.degraded = vec!["generator".into()];
    b.report.endpoints.extend(report().endpoints.into_iter().take(1));
    let comparison = compare(&a, &b, &[]);
    insta::assert_snapshot!("compare_terminal", terminal(&comparison, PLAIN));
    insta::assert_snapshot!("compare_markdown", markdown(&comparison));
}

#[test]
fn no_text_breaks_either_face() {
    for hostile in hostile_texts().into_iter().filter(|text| !text.is_empty()) {
        let (mut a, mut b) = (run(&hostile, 1, 1.0), run("b", 2, 1.2));
        for side in [&mut a, &mut b] {
            side.report.endpoints.iter_mut().for_each(|row| hostile.clone_into(&mut row.name));
            hostile.clone_into(&mut side.report.facts.shape);
        }
        b.report.facts.host = Some(hostile.clone());
        let comparison = compare(&a, &b, &[]);
        let text = terminal(&comparison, PLAIN);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        let table = text.lines().filter(|line| line.contains(" % to "));
        table.for_each(|line| assert!(columns(line) <= 80, "{line}"));
        let page = markdown(&comparison);
        for markup in ["<script", "](http", "http://evil", "www.evil", "\u{1b}"] {
            assert!(!page.replace("\\]", "").contains(markup), "{markup} of {hostile:?}");
        }
        let cells: Vec<_> =
            page.lines().filter(|line| line.starts_with('|')).map(|line| line.matches('|').count()).collect();
        assert!(cells.iter().all(|count| *count == 7), "{page}");
    }
}

/// The folder of a limit search that says: so many slots, and so many users held.
fn search_results(slots: f64, users: (u64, u64)) -> tempfile::TempDir {
    let mut report = RunReport { limits: Some(testkit::reports::limits::limits()), ..report() };
    "ladder".clone_into(&mut report.facts.shape);
    report.facts.end = RunEnd::Completed;
    let limits = report.limits.as_mut().unwrap();
    limits.slot_limit = Some(Estimate { estimate: slots, low: slots - 0.5, high: slots + 0.5 });
    (limits.users.low, limits.users.high) = (users.0, Some(users.1));
    limits.users.point = Some((users.0 + users.1) as f64 / 2.0);
    limits.rungs.retain(|rung| rung.verdict == RungVerdict::Pass && rung.users <= users.0);
    let place = testkit::runs::folder();
    let mut file = std::fs::File::create(place.path().join("summary.json")).unwrap();
    report::json::write(&mut file, &report).unwrap();
    place
}

/// The search itself, ten pairs of each kind: `it/services/twins.rs`, in virtual time.
#[test]
fn searches_are_compared_by_what_they_state_in_every_face() {
    let [a, same, fewer] =
        [(10.0, (24, 27)), (10.0, (25, 28)), (8.0, (18, 20))].map(|(s, u)| search_results(s, u));
    let summary = |place: &tempfile::TempDir| place.path().join("summary.json");
    let flags = ["--fail-on-regression", "10%"];
    let equal = compared(&summary(&a), &summary(&same), &flags);
    equal.expect_code(0);
    assert!(equal.stdout.starts_with("No difference was found that counts."), "{}", equal.stdout);
    let worse = compared(&summary(&a), &summary(&fewer), &[&flags[..], &["--json", "-"]].concat());
    worse.expect_code(99);
    assert!(worse.stderr.contains("users held of limits, streams at once of limits"), "{}", worse.stderr);
    let json: serde_json::Value = serde_json::from_str(&worse.stdout).unwrap();
    assert_eq!(json["schema"], "loadtests/comparison/v1");
    assert_eq!(json["rows"][1]["figure"]["name"], "streams at once");
    assert_eq!(json["rows"][1]["finding"], "worse");
    assert_eq!((&json["rows"][1]["a"], &json["rows"][1]["b"]), (&10.0.into(), &8.0.into()));
}

/// What `controller compare ARGS… A B` says.
pub fn compared(a: &Path, b: &Path, args: &[&str]) -> Finished {
    let mut command = binaries::controller();
    command.arg("compare").args(args).args([a, b]);
    Process::start("compare", command).wait(START)
}
