//! Places that cannot be written to. As root no permission bits bind, so these are places that no
//! user at all can write to.

use std::fs;

use super::case::{controller, tree};

#[test]
fn an_unwritable_results_folder_is_reported() {
    let table = [
        ("file/run", "Not a directory (os error 20)"),
        ("file", "File exists (os error 17)"),
        ("/proc/run", "No such file or directory (os error 2)"),
    ];
    for (folder, reason) in table {
        controller(&format!("--results {folder}")).file("file", b"mine".as_slice()).gets(&format!(
            "controller: --results: cannot create the folder `{folder}` ({reason}); choose another path"
        ));
    }
}

#[test]
fn an_unwritable_single_file_is_reported_with_its_flag() {
    let table = [
        ("--csv", "file/mine"),
        ("--markdown", "file/a.md"),
        ("--html", "file/a.html"),
        ("--json", "file/a.json"),
    ];
    for (flag, path) in table {
        controller(&format!("{flag} {path}")).file("file", b"mine".as_slice()).gets(&format!(
            "controller: {flag}: cannot create the folder `file` (File exists (os error 17)); choose another path"
        ));
    }
    controller("--markdown /proc/self/report.md").gets(
        "controller: --markdown: cannot write `/proc/self/report.md` (No such file or directory (os error 2)); \
         check permissions and free space, or choose another path",
    );
    controller("--json .").gets("controller: --json: `.` is a folder; name a file in it");
}

#[test]
fn an_output_that_would_replace_an_input_is_refused() {
    controller("-u 1 --prompts a.md --markdown ./a.md").file("a.md", b"mine".as_slice()).gets(
        "controller: --markdown: writing `./a.md` would replace `a.md`, which is read; choose another path",
    );
}

#[test]
fn two_outputs_on_one_path_are_refused() {
    let table = [
        ("--markdown a --json a", "--json and --markdown both want to write `a`"),
        ("--markdown a --json ./a", "--json and --markdown both want to write `./a`"),
        ("--html a --markdown ./a", "--html and --markdown both want to write `a`"),
        ("--csv a --markdown a_stats.csv", "--markdown and --csv both want to write `a_stats.csv`"),
        ("--json results/REPORT.md", "--json and --results both want to write `results/REPORT.md`"),
    ];
    for (args, complaint) in table {
        controller(args).gets(&format!("controller: {complaint}; give each a path of its own"));
    }
}

#[test]
fn what_an_earlier_run_left_survives_a_refusal() {
    let folder = testkit::runs::folder();
    let report = folder.path().join("REPORT.md");
    fs::write(&report, "of yesterday").unwrap();
    let results = folder.path().to_str().unwrap();
    controller(&format!("--results {results} --json {results}/REPORT.md")).gets(&format!(
        "controller: --json and --results both want to write `{results}/REPORT.md`; give each a path of its own"
    ));
    assert_eq!(fs::read_to_string(&report).unwrap(), "of yesterday");
    assert_eq!(tree(folder.path()), [report]);
}
