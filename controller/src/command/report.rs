//! `controller report`: Markdown, HTML and JSON from CSV files, or from request logs.

use super::{Exit, complain, nonce};
use crate::cli::ReportArgs;
use report::read::Order;

/// Makes the report of the CSV files at a prefix, or of request logs.
pub(crate) fn report(args: &ReportArgs) -> Exit {
    let ReportArgs { from, rest, html, json } = args;
    let (page, summary, nonce) = (html.as_deref(), json.as_deref(), nonce());
    match report::run_command(Order { from, rest, page, summary, nonce: &nonce }) {
        Ok(written) => {
            for path in &written.paths {
                eprintln!("controller: wrote {}", path.display());
            }
            Exit::Passed
        }
        Err(error) => complain(Exit::Usage, &error),
    }
}
