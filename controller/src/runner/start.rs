//! The start of the load: what must be there by then and can only be made once the load is known. Most runs
//! know it from their command line; one that waits hears it from whoever starts it.

use std::path::PathBuf;

use common::protocol as wire;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::cli::{Form, Options, OptionsError};
use crate::control::LoadRequest;
use crate::grpc::Inbound;
use crate::run;
use crate::runner::preflight::PreflightError;
use crate::runner::writer::Writer;
use crate::view::ReportContext;
use report::files::{OutputError, Outputs};
use report::rows::RunReport;
use verdict::threshold::Watch;

/// Why a load cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It is none, or does not fit the command line.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The certificates of the service cannot be used.
    #[error(transparent)]
    Service(#[from] PreflightError),
    /// The system gives no more threads.
    #[error("cannot start the thread that writes the results: {0}; end other programs, or raise `ulimit -u`")]
    Thread(#[from] std::io::Error),
}

/// What a load runs with.
pub struct Ready {
    /// Ends the run at a failed threshold, where that is wanted.
    pub watch: Option<Watch>,
    /// Writes the files.
    pub writer: Writer,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// Makes ready what a load needs.
pub struct Starter {
    options: Options,
    canaries: mpsc::Sender<Inbound>,
    canary: Option<JoinHandle<()>>,
}

impl Starter {
    /// A starter for the command line `options`; the canary of a search tells `canaries`.
    pub fn new(options: Options, canaries: mpsc::Sender<Inbound>) -> Starter {
        Starter { options, canaries, canary: None }
    }

    /// What the run goes by: the command line, with the load that was chosen.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What may be chosen.
    pub fn form(&self) -> Form {
        self.options.form()
    }

    /// What reports say of the run.
    pub fn frame(&self) -> ReportContext {
        let options = &self.options;
        ReportContext {
            facts: options.facts.clone(),
            endpoints: options.plan.api.endpoints(),
            rules: options.rules.clone(),
            criteria: options.criteria.clone(),
            breach: None,
        }
    }

    /// Makes ready what the load of the command line needs; it writes to `outputs`.
    ///
    /// # Errors
    /// A file cannot be written, or the system gives no more threads.
    pub fn begin(&mut self, outputs: Outputs) -> Result<Ready, StartError> {
        // Whenever the controller dies, what lies on disk is a set that `controller report` reads.
        let nothing_yet = RunReport { facts: self.options.facts.clone(), ..RunReport::default() };
        outputs.snapshot(&nothing_yet)?;
        let files = outputs.files();
        let writer = Writer::start(outputs)?;
        if self.options.ladder.is_some() {
            self.canary = Some(crate::runner::probe::start(&self.options.plan, self.canaries.clone())?);
        }
        let watch = self.options.args.abort_on_fail.then(|| Watch::new(&self.options.timeline));
        Ok(Ready { watch, writer, files })
    }

    /// Makes ready what `load` needs, and says what the run is to do. A load that cannot begin changes nothing.
    ///
    /// # Errors
    /// The load is none, does not fit the command line, or cannot be written.
    pub fn start(&mut self, load: &LoadRequest) -> Result<(run::Start, Ready), StartError> {
        let options = self.options.with_load(load, Timestamp::now())?;
        let outputs = Outputs::open(options.outputs.clone())?;
        let before = std::mem::replace(&mut self.options, options);
        match self.begin(outputs) {
            Ok(ready) => Ok((self.told(load), ready)),
            Err(error) => {
                self.options = before;
                Err(error)
            }
        }
    }

    fn told(&self, load: &LoadRequest) -> run::Start {
        run::Start {
            load: load.clone(),
            id: *uuid::Uuid::new_v4().as_bytes(),
            plan: wire::Plan::from(&self.options.plan),
            timeline: self.options.timeline.clone(),
            ladder: self.options.ladder.clone(),
        }
    }

    /// Ends what runs beside the load, and gives back what the run went by.
    pub fn finish(self) -> Options {
        if let Some(canary) = self.canary {
            canary.abort();
        }
        self.options
    }
}
