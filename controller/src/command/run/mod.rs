//! `controller`: a run from the first check to the last file.

mod finish;
mod prepare;
mod start;

use hub::control::Stop;
use tokio::sync::mpsc;

use super::complain;
use crate::cli::Options;
use crate::exit::Exit;
use crate::runner::demo;
use crate::runner::load_setup::LoadSetupError;
use crate::tui::Tui;
use start::StartError;

/// Carries a run out and reports it; that of `--demo` against a sandbox backend of its own.
pub(crate) async fn run(options: Options, tui: Tui, stops: mpsc::Receiver<Stop>) -> Exit {
    if !options.demo {
        return run_against_host(options, tui, stops).await;
    }
    let sandbox = match backend::start(demo::sandbox(options.plan.seed)).await {
        Ok(sandbox) => sandbox,
        Err(error) => return complain(Exit::Failed, &error),
    };
    let exit = run_against_host(options.at_sandbox(sandbox.addr()), tui, stops).await;
    sandbox.stop().await;
    exit
}

async fn run_against_host(options: Options, tui: Tui, stops: mpsc::Receiver<Stop>) -> Exit {
    let prepared = match prepare::prepare(&options).await {
        Ok(prepared) => prepared,
        Err(error) => return complain(Exit::Usage, &error),
    };
    let started = match start::start(options, prepared, tui) {
        Ok(started) => started,
        Err(StartError::Load(error)) if !matches!(error, LoadSetupError::Thread(_)) => {
            return complain(Exit::Usage, &error);
        }
        Err(error) => return complain(Exit::Failed, &error),
    };
    let (outcome, dashboard) = started.carry_out(stops).await;
    let exit = finish::finish(outcome);
    if let Some(dashboard) = dashboard {
        dashboard.close().await;
    }
    exit
}
