//! Where a run writes, and what it must not write over.

use std::path::PathBuf;

use common::shape::Shape;
use jiff::Timestamp;
use report::files::{Output, OutputPlan};

use super::RunArgs;

/// The folder, and single files beside it.
pub(super) fn of(args: &RunArgs, shape: &Shape, now: Timestamp) -> OutputPlan {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let folder = args
        .results
        .clone()
        .unwrap_or_else(|| PathBuf::from("results").join(format!("{}-{stamp}", shape.name)));
    let mut plan = OutputPlan::in_folder("--results", &folder, &shape.name);
    if let Some(folder) = &mut plan.folder {
        folder.is_named = args.results.is_some();
    }
    let single = |flag, path: &Option<PathBuf>| path.clone().map(|path| Output::new(flag, path));
    plan.csv = single("--csv", &args.csv).or(plan.csv);
    plan.markdown = single("--markdown", &args.markdown).or(plan.markdown);
    plan.html = single("--html", &args.html).or(plan.html);
    plan.inputs = inputs(args);
    plan.observes = !args.observe.is_empty();
    plan.has_model = args.behind.is_some();
    plan.junit = single("--junit", &args.junit);
    plan.json = single("--json", &args.json).filter(|_| !to_stdout(args)).or(plan.json);
    plan
}

/// The files that the flags have read: a preset's or a shape's name is none, unless a file is called so.
fn inputs(args: &RunArgs) -> Vec<PathBuf> {
    let named = [&args.shape, &args.api].map(|name| name.as_ref().map(PathBuf::from));
    let files = [
        &args.prompts,
        &args.users_file,
        &args.replay,
        &args.token_file,
        &args.ca_cert,
        &args.tls_cert,
        &args.tls_key,
        &args.tls_ca,
    ];
    files.into_iter().flatten().cloned().chain(named.into_iter().flatten()).collect()
}

/// Whether the JSON summary is printed.
pub(super) fn to_stdout(args: &RunArgs) -> bool {
    args.json.as_ref().is_some_and(|path| path.as_os_str() == "-")
}
