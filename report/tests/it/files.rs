//! Files that are whole at every moment, and outputs that fail before the run.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use report::csv;
use report::files::{CsvFile, Output, OutputError, OutputPlan, Outputs, probe, replace};
use testkit::reports::report;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_run_leaves_every_file_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("results/staged-1");
    let report = report();

    let mut outputs = Outputs::open(OutputPlan::in_folder("--results", &folder, "staged")).unwrap();
    let histories = ["staged_stats_history.csv", "staged_streams_history.csv"];
    assert_eq!(names(&folder), histories, "the probes leave nothing behind");
    outputs.snapshot(&report).unwrap();
    for row in &report.history {
        outputs.append_second(row).unwrap();
    }
    let (files, written) = outputs.finish(&report, "nonce");
    written.unwrap();
    assert_eq!(files, outputs.files());

    let expected = [
        "REPORT.md",
        "report.html",
        "staged_exceptions.csv",
        "staged_failures.csv",
        "staged_slowest.csv",
        "staged_stages.csv",
        "staged_stats.csv",
        "staged_stats_history.csv",
        "staged_streams.csv",
        "staged_streams_history.csv",
        "staged_workers.csv",
        "summary.json",
    ];
    assert_eq!(names(&folder), expected);
    let mut listed: Vec<_> =
        outputs.files().iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    listed.sort();
    assert_eq!(listed, expected);
    let mut whole = Vec::new();
    csv::write(CsvFile::History, &mut whole, &report).unwrap();
    assert_eq!(fs::read(folder.join("staged_stats_history.csv")).unwrap(), whole);
    let mut whole = Vec::new();
    csv::write(CsvFile::StreamsHistory, &mut whole, &report).unwrap();
    assert_eq!(fs::read(folder.join("staged_streams_history.csv")).unwrap(), whole);
}

#[test]
fn a_failed_write_leaves_the_old_content() {
    let root = tempfile::tempdir().unwrap();
    let output = Output::new("--json", root.path().join("summary.json"));
    replace(&output, |out| out.write_all(b"old")).unwrap();

    let error = replace(&output, |out| {
        out.write_all(&[b'x'; 100_000])?;
        Err(io::Error::other("disk gone"))
    });

    assert!(matches!(&error, Err(OutputError::Write { flag: "--json", .. })), "{error:?}");
    assert_eq!(fs::read_to_string(&output.path).unwrap(), "old");
    assert_eq!(names(root.path()), ["summary.json"]);
}

#[test]
fn what_a_killed_run_left_behind_is_used_again() {
    let root = tempfile::tempdir().unwrap();
    let output = Output::new("--json", root.path().join("summary.json"));
    fs::write(root.path().join(".summary.json.tmp"), "half").unwrap();
    probe(&output).unwrap();
    assert_eq!(names(root.path()), [""; 0]);
    fs::write(root.path().join(".summary.json.tmp"), "half").unwrap();
    replace(&output, |out| out.write_all(b"new")).unwrap();
    assert_eq!(names(root.path()), ["summary.json"]);
    assert_eq!(fs::metadata(&output.path).unwrap().permissions().mode() & 0o444, 0o444 & !umask(root.path()));
}

/// The bits that this process's files lose.
fn umask(folder: &Path) -> u32 {
    let path = folder.join("plain");
    fs::write(&path, "").unwrap();
    !fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_link_stays_a_link_and_a_device_a_device() {
    let root = tempfile::tempdir().unwrap();
    let real = root.path().join("real.json");
    let link = root.path().join("link.json");
    fs::write(&real, "old").unwrap();
    symlink(&real, &link).unwrap();
    replace(&Output::new("--json", &link), |out| out.write_all(b"new")).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(real).unwrap(), "new");

    replace(&Output::new("--json", "/dev/null"), |out| out.write_all(b"new")).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn the_first_impossible_output_is_named_by_flag_and_path() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    fs::write(at("file"), "").unwrap();
    fs::create_dir(at("folder")).unwrap();
    let with = |flag: &'static str, path: PathBuf| OutputPlan {
        csv: Some(Output::new("--csv", at("out/run"))),
        markdown: Some(Output::new(flag, path)),
        ..OutputPlan::default()
    };
    let rows = [
        (with("--markdown", at("file/REPORT.md")), "--markdown: cannot create the folder `"),
        (with("--markdown", at("folder")), "is a folder; name a file in it"),
        (with("--markdown", at("folder/..")), "is a folder; name a file in it"),
        (with("--markdown", at("out/run_stats.csv")), "--markdown and --csv both want to write `"),
        (with("--markdown", at("out/../out/run_workers.csv")), "--markdown and --csv both want to write `"),
        (
            with("--markdown", PathBuf::from("/proc/REPORT.md")),
            "--markdown: cannot write `/proc/REPORT.md` (",
        ),
    ];
    for (plan, said) in rows {
        let error = Outputs::open(plan).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        let history = CsvFile::History.path(&at("out/run"));
        assert!(!history.exists(), "nothing is written when something cannot be");
    }
}

#[test]
fn runs_never_share_a_place() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("results/constant-1");
    let plan = |is_named| {
        let mut plan = OutputPlan::in_folder("--results", &folder, "constant");
        plan.folder.as_mut().unwrap().is_named = is_named;
        plan
    };
    let place = |outputs: &Outputs| outputs.files()[0].parent().unwrap().file_name().unwrap().to_owned();
    let by_chance: Vec<Outputs> = (0..3).map(|_| Outputs::open(plan(false)).unwrap()).collect();
    let places: Vec<_> = by_chance.iter().map(place).collect();
    assert_eq!(places, ["constant-1", "constant-1-2", "constant-1-3"]);

    for refused in [Outputs::open(plan(true)).map(drop), Outputs::rehearse(&plan(true))] {
        let message = refused.unwrap_err().to_string();
        assert!(message.starts_with("--results: another run is writing to `"), "{message}");
    }
    let prefix = || {
        let csv = Some(Output::new("--csv", root.path().join("run")));
        OutputPlan { csv, ..OutputPlan::default() }
    };
    let first = Outputs::open(prefix()).unwrap();
    let kept = fs::read(root.path().join("run_stats_history.csv")).unwrap();
    assert!(matches!(Outputs::open(prefix()), Err(OutputError::InUse { flag: "--csv", .. })));
    assert_eq!(fs::read(root.path().join("run_stats_history.csv")).unwrap(), kept);

    drop((by_chance, first));
    Outputs::open(plan(true)).unwrap();
    Outputs::open(prefix()).unwrap();
}

#[test]
fn what_could_not_be_written_is_not_listed() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let mut outputs = Outputs::open(OutputPlan::in_folder("--results", &folder, "staged")).unwrap();
    fs::create_dir(folder.join("REPORT.md")).unwrap();
    let (files, written) = outputs.finish(&report(), "nonce");
    assert!(written.unwrap_err().to_string().contains("REPORT.md"));
    let listed: Vec<_> = files.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert!(!listed.contains(&"REPORT.md") && listed.contains(&"summary.json"), "{listed:?}");
    assert!(!fs::read_to_string(folder.join("report.html")).unwrap().contains("REPORT.md\""));
    fs::remove_dir_all(&folder).unwrap();
    assert!(outputs.finish(&report(), "nonce").0.is_empty());
}

#[test]
fn each_second_is_on_disk_when_it_is_appended() {
    let root = tempfile::tempdir().unwrap();
    let plan =
        OutputPlan { csv: Some(Output::new("--csv", root.path().join("run"))), ..OutputPlan::default() };
    let mut outputs = Outputs::open(plan).unwrap();
    for (index, row) in report().history.iter().take(3).enumerate() {
        outputs.append_second(row).unwrap();
        let text = fs::read_to_string(root.path().join("run_stats_history.csv")).unwrap();
        assert_eq!(text.matches("\r\n").count(), index + 2);
        assert!(text.ends_with("\r\n"));
    }
}
