//! What every face of a report says of a run of a fixed seed, byte for byte: a change of the code that is not
//! meant to change a report changes none of these files.
//!
//! `GOLDEN_WRITE=1` writes them anew; read the difference before it is committed.

mod faces;
mod simulated;

use std::fs;
use std::path::{Path, PathBuf};

use simulated::Kind;

fn folder(kind: Kind) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden_faces/golden").join(kind.name())
}

/// Compares every face with its file.
fn holds(kind: Kind) {
    let folder = folder(kind);
    let is_writing = std::env::var_os("GOLDEN_WRITE").is_some();
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in faces::all(kind) {
        let path = folder.join(name);
        if is_writing {
            fs::write(&path, &text).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap_or_default();
        let differ = || golden.lines().zip(text.lines()).find(|(old, new)| old != new);
        assert!(golden == text, "{} differs: {:#?}", path.display(), differ());
    }
}

#[test]
fn a_shape_with_losses_and_failures() {
    holds(Kind::Shape);
}

#[test]
fn a_search_for_the_limit() {
    holds(Kind::Search);
}
