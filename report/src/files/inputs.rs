//! Files that are read and must not be written: an output in the place of one would lose it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::error::OutputError;
use super::plan::Output;

/// Checks that no output would replace a file that is read, under whatever name.
///
/// # Errors
/// The first output that would.
pub fn spare<'p>(output: &Output, inputs: impl IntoIterator<Item = &'p Path>) -> Result<(), OutputError> {
    match inputs.into_iter().find(|input| is_same(input, &output.path)) {
        None => Ok(()),
        Some(input) => Err(OutputError::IsInput {
            flag: output.flag,
            path: output.path.clone(),
            input: input.to_owned(),
        }),
    }
}

/// Whether both are one regular file. Devices and pipes lose nothing.
fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        Some((found.dev(), found.ino()))
    };
    place(one).is_some_and(|place_of_one| Some(place_of_one) == place(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_read_is_spared_under_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("log"), "mine").unwrap();
        fs::write(path("equal"), "mine").unwrap();
        fs::hard_link(path("log"), path("hard")).unwrap();
        std::os::unix::fs::symlink("log", path("soft")).unwrap();
        let spared = |out: &str| spare(&Output::new("--out", path(out)), [path("log").as_path()]);
        for out in ["log", "hard", "soft", "./log"] {
            let error = spared(out).unwrap_err().to_string();
            assert!(
                error.starts_with("--out: writing `") && error.contains("log`, which is read"),
                "{error}"
            );
        }
        assert!(spared("equal").is_ok() && spared("new").is_ok());
        let null = Path::new("/dev/null");
        assert!(spare(&Output::new("--out", null), [null]).is_ok());
    }
}
