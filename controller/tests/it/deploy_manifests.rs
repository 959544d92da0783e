//! The manifests of `deploy/` without an engine: valid for three versions of Kubernetes, and every flag and
//! variable in them is one of our programs'.

use std::path::Path;
use std::process::Command;

use testkit::runs::{binaries, have_or_skip};

#[test]
fn every_manifest_is_valid_and_names_flags_and_variables_that_exist() {
    let Some(venv) = have_or_skip(testkit::runs::venv::package("kubernetes-validate", "1.37.0")) else {
        return;
    };
    let python = venv.join("python");
    let programs = Path::new(binaries::worker().get_program()).parent().unwrap().to_owned();
    let script = testkit::runs::docker::deploy().join("tests/manifests");
    let output = Command::new(python).arg(script).arg("--programs").arg(programs).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    let summary = said.lines().last().unwrap();
    println!("{summary}");
    assert!(summary.ends_with("3 versions of Kubernetes: 0 faults"), "{summary}");
}
