//! Whatever a person names is read to a bound and no further: through `common::named_file`, or line by line.

use std::fs;
use std::path::Path;

/// What reads a file without asking how much may come.
const UNBOUNDED: [&str; 4] = ["fs::read(", "read_to_string(", "read_to_end(", "File::open("];

/// Sources that may: of files of the kernel and of ours, or with a bound of their own.
const OTHERS: [&str; 11] = [
    "common/src/named_file.rs",
    "controller/src/container/health.rs",
    "controller/src/dashboard/files.rs",
    "logs/src/reader.rs",
    "observe/src/cgroup.rs",
    "observe/src/docker.rs",
    "observe/src/process.rs",
    "report/src/files/claim.rs",
    "worker/src/check/machine.rs",
    "worker/src/engine/cpu.rs",
    "worker/src/link/process.rs",
];

#[test]
fn no_other_source_reads_files_without_a_bound() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for name in ["common", "verdict", "hub", "logs", "observe", "report", "worker", "controller"] {
        walk(&root.join(name).join("src"), &format!("{name}/src"), &mut found);
    }
    found.sort();
    assert_eq!(found, OTHERS);
}

/// The sources below a folder that read so, tests left out.
fn walk(folder: &Path, name: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            walk(&path, &name, found);
        } else if name.ends_with(".rs") && !name.contains("tests") {
            let source = fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            if UNBOUNDED.iter().any(|reads| code.contains(reads)) {
                found.push(name);
            }
        }
    }
}
