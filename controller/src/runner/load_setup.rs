//! What a load needs and can only be made once the load is known: its files, its probe, its watch over the
//! thresholds. Most runs know their load from the command line; one that waits hears it from whoever starts it.

use std::path::PathBuf;

use common::protocol as wire;
use hub::control::LoadRequest;
use hub::grpc::Inbound;
use hub::run;
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::cli::{LoadChoice, LoadChoices, Options, OptionsError};
use crate::runner::probe::CanaryProbe;
use crate::runner::writer::Writer;
use crate::view::ReportContext;
use report::files::{OutputError, Outputs};
use report::rows::RunReport;
use verdict::threshold::Watch;

/// Why a load cannot begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadSetupError {
    /// It is not a load, or does not fit the command line.
    #[error(transparent)]
    Options(#[from] OptionsError),
    #[error(
        "the load is that of the command line; start the controller with --wait-for-start to choose another"
    )]
    BeganByItself,
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error("cannot start the thread that writes the results: {0}; end other programs, or raise `ulimit -u`")]
    Thread(#[from] std::io::Error),
}

/// What a load runs with.
pub(crate) struct LoadReady {
    /// Ends the run at a failed threshold, where that is wanted.
    pub watch: Option<Watch>,
    /// Writes the files.
    pub writer: Writer,
    pub files: Vec<PathBuf>,
}

/// Makes ready what a load needs.
pub(crate) struct LoadSetup {
    options: Options,
    run_loop: mpsc::Sender<Inbound>,
    probe: Option<CanaryProbe>,
}

impl LoadSetup {
    /// For a run by these `options`; the probe of a search reports to `run_loop`.
    pub(crate) fn new(options: Options, run_loop: mpsc::Sender<Inbound>) -> LoadSetup {
        LoadSetup { options, run_loop, probe: None }
    }

    /// What the run goes by: the command line, with the load that was chosen.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// What may be chosen, if the load is up to whoever starts the run.
    pub(crate) fn choices(&self) -> Option<LoadChoices> {
        self.options.load_choice.as_ref().map(LoadChoice::choices)
    }

    /// What reports say of the run.
    pub(crate) fn frame(&self) -> ReportContext {
        let options = &self.options;
        ReportContext {
            facts: options.facts.clone(),
            endpoints: options.plan.api.endpoints(),
            rules: options.rules.clone(),
            criteria: options.criteria.clone(),
            breach: None,
            unwritten: None,
        }
    }

    /// Makes ready what the load of the options needs; it writes to `outputs`.
    ///
    /// # Errors
    /// A file cannot be written, or the system gives no more threads.
    pub(crate) fn make_ready(&mut self, outputs: Outputs) -> Result<LoadReady, LoadSetupError> {
        // Whenever the controller dies, what lies on disk is a set that `controller report` reads.
        let nothing_yet = RunReport { facts: self.options.facts.clone(), ..RunReport::default() };
        outputs.snapshot(&nothing_yet)?;
        let files = outputs.files();
        let writer = Writer::start(outputs)?;
        if self.options.search.is_some() {
            self.probe = CanaryProbe::start(&self.options.plan, self.run_loop.clone());
        }
        let watch = self.options.abort_on_fail.then(|| Watch::new(&self.options.timeline));
        Ok(LoadReady { watch, writer, files })
    }

    /// Makes ready what `load` needs, and says what the run is to do. A load that cannot begin changes nothing.
    ///
    /// # Errors
    /// The load is invalid, does not fit the command line, or cannot be written.
    pub(crate) fn choose(&mut self, load: &LoadRequest) -> Result<(run::Start, LoadReady), LoadSetupError> {
        let choice = self.options.load_choice.as_ref().ok_or(LoadSetupError::BeganByItself)?;
        let options = choice.options(load, &self.options, Timestamp::now())?;
        let outputs = Outputs::open(options.outputs.clone())?;
        let before = std::mem::replace(&mut self.options, options);
        match self.make_ready(outputs) {
            Ok(ready) => Ok((self.start(load), ready)),
            Err(error) => {
                self.options = before;
                Err(error)
            }
        }
    }

    fn start(&self, load: &LoadRequest) -> run::Start {
        run::Start {
            load: load.clone(),
            id: *uuid::Uuid::new_v4().as_bytes(),
            plan: wire::Plan::from(&self.options.plan),
            replay: self.options.replay.clone(),
            timeline: self.options.timeline.clone(),
            search: self.options.search.clone(),
        }
    }

    /// Ends what runs beside the load, and gives back what the run went by.
    pub(crate) async fn finish(self) -> Options {
        if let Some(probe) = self.probe {
            probe.end().await;
        }
        self.options
    }
}
