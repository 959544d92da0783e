//! `controller report`: Markdown and HTML from CSV files.

use std::path::Path;

use super::{Exit, complain, nonce};

/// Makes the report of the CSV files at `prefix`.
pub(crate) fn report(prefix: &Path, out: Option<&Path>, html: Option<&Path>) -> Exit {
    match report::run_command(prefix, out, html, &nonce()) {
        Ok(written) => {
            for path in &written.paths {
                eprintln!("controller: wrote {}", path.display());
            }
            Exit::Passed
        }
        Err(error) => complain(Exit::Usage, &error),
    }
}
