//! The live view: what it draws at one moment, at several sizes, and with hostile texts.

use std::time::Duration;

use common::text::escape::columns;
use controller::tui::{Frame, Size, line, screen};
use controller::view::{LivePhase, LiveRow, PlanRow};
use report::rows::{Note, NoteKind, Percentiles, RunReport, SecondRow};
use report::style::Paint;
use testkit::reports::{hostile_texts, report};

const PLAIN: Paint = Paint { colour: false };
const SIZES: [Size; 6] = [
    Size { columns: 80, rows: 24 },
    Size { columns: 200, rows: 50 },
    Size { columns: 60, rows: 24 },
    Size { columns: 120, rows: 30 },
    Size { columns: 40, rows: 10 },
    Size { columns: 1, rows: 1 },
];

fn plan() -> Vec<PlanRow> {
    let stage = |name: &str, from_s: f64, to_s: f64, users| PlanRow {
        name: name.to_owned(),
        from_s,
        to_s,
        users,
        spawn_rate: 2.0,
    };
    vec![stage("10 users", 0.0, 60.0, 10), stage("25 users", 60.0, 180.0, 25), stage("down", 180.0, 240.0, 0)]
}

/// A curve with a step and a bad second.
fn history() -> Vec<SecondRow> {
    let row = |second: u64| {
        let p95 = if second == 90 { 900.0 } else { 40.0 + (second / 30) as f64 * 25.0 };
        SecondRow {
            second,
            users: (second / 2).min(25),
            users_target: Some(25),
            stopping: Some(u64::from(second == 119)),
            streams: Some(6),
            workers: Some(2),
            rps: 5.0 + (second / 4) as f64,
            percentiles: (!second.is_multiple_of(50)).then_some(Percentiles([p95; 11])),
            calls_p95_ms: (!second.is_multiple_of(50)).then_some(p95),
            ttft_p95_ms: Some(300.0 + (second % 7) as f64 * 20.0),
            total_failures: second / 40,
            ..SecondRow::default()
        }
    };
    (0..120).map(row).collect()
}

fn moment(phase: LivePhase) -> LiveRow {
    LiveRow {
        phase,
        clock_s: 120.5,
        stage: (phase == LivePhase::Running).then_some(1),
        users_target: 25,
        workers: 2,
        workers_expected: 3,
        ..LiveRow::default()
    }
}

fn frame<'a>(report: &'a RunReport, history: &'a [SecondRow], phase: LivePhase) -> Frame<'a> {
    Frame {
        shape: "staged",
        live: moment(phase),
        plan: plan(),
        end_s: Some(240.0),
        history,
        report,
        keys: Some("q stops the run"),
        wanted: None,
        here: Duration::from_secs(180),
    }
}

#[test]
fn a_run_in_its_middle() {
    let (report, history) = (report(), history());
    let frame = frame(&report, &history, LivePhase::Running);
    for size in &SIZES[..2] {
        let name = format!("screen_{}x{}", size.columns, size.rows);
        insta::assert_snapshot!(name, screen(&frame, *size, PLAIN).join("\n"));
    }
    insta::assert_snapshot!("line", line(&frame));
}

#[test]
fn every_phase_has_its_words() {
    let (report, history) = (RunReport::default(), history());
    let all =
        [LivePhase::Waiting, LivePhase::Gathering, LivePhase::Running, LivePhase::Draining, LivePhase::Over];
    let screens = all.map(|phase| {
        let rows =
            if matches!(phase, LivePhase::Waiting | LivePhase::Gathering) { &[] } else { &history[..] };
        let frame = frame(&report, rows, phase);
        format!("{}\n{}", line(&frame), screen(&frame, SIZES[0], PLAIN).join("\n"))
    });
    insta::assert_snapshot!("phases", screens.join("\n----\n"));
}

#[test]
fn no_view_is_larger_than_its_terminal_whatever_the_texts() {
    let history = history();
    for hostile in hostile_texts() {
        let mut report = report();
        report.failures.iter_mut().for_each(|row| hostile.clone_into(&mut row.text));
        report.endpoints.iter_mut().for_each(|row| hostile.clone_into(&mut row.name));
        report.notes = (0..40).map(|_| Note::new(NoteKind::Generator, hostile.as_str())).collect();
        let mut frame = frame(&report, &history, LivePhase::Running);
        frame.shape = &hostile;
        frame.plan.iter_mut().for_each(|row| hostile.clone_into(&mut row.name));
        for size in SIZES {
            let lines = screen(&frame, size, PLAIN);
            assert!(lines.len() <= size.rows.max(4), "{} lines in {size:?}", lines.len());
            for line in &lines {
                assert!(columns(line) < size.columns.max(21), "{size:?}: {line}");
                assert!(!line.chars().any(char::is_control), "{hostile:?}: {line}");
            }
        }
        assert!(!line(&frame).chars().any(char::is_control), "{hostile:?}");
    }
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let (report, history) = (report(), history());
    let frame = frame(&report, &history, LivePhase::Running);
    let coloured = screen(&frame, SIZES[0], Paint { colour: true }).join("\n");
    let bare: String = coloured
        .split('\u{1b}')
        .map(|part| part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest))
        .collect();
    assert_ne!(coloured, bare);
    assert_eq!(bare, screen(&frame, SIZES[0], PLAIN).join("\n"));
}
