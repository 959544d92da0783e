//! What a person sees while the run goes on: a view redrawn in place on a terminal, a plain line every
//! few seconds elsewhere.

mod lines;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::run::Run;
use crate::view::History;

pub use lines::{block, line};

/// How often a plain line is printed.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The view, on standard error.
pub struct Live {
    face: Face,
}

enum Face {
    Quiet,
    Lines { next: Duration },
    Terminal(ProgressBar),
}

/// What log lines are written through, so that they do not tear the view.
#[derive(Clone)]
pub struct LogWriter(ProgressBar);

impl Live {
    /// The view that fits where standard error goes, and what log lines must be written through.
    pub fn new(quiet: bool) -> (Live, LogWriter) {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        let face = match (quiet, terminal) {
            (true, _) => Face::Quiet,
            (false, false) => Face::Lines { next: Duration::ZERO },
            (false, true) => {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.set_style(
                    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
                );
                Face::Terminal(bar.clone())
            }
        };
        (Live { face }, LogWriter(bar))
    }

    /// Shows the run as it stands.
    pub fn show(&mut self, run: &Run, history: &History, now: Duration) {
        match &mut self.face {
            Face::Quiet => {}
            Face::Terminal(bar) => bar.set_message(block(run, history, now)),
            Face::Lines { next } => {
                if now >= *next {
                    *next = now + LINE_EVERY;
                    // A closed standard error is no reason to end a run.
                    let _ = writeln!(std::io::stderr(), "{}", line(run, history, now));
                }
            }
        }
    }

    /// Takes the view away, for the summary.
    pub fn finish(&mut self) {
        if let Face::Terminal(bar) = &self.face {
            bar.finish_and_clear();
        }
    }
}

impl Write for LogWriter {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.suspend(|| std::io::stderr().write_all(text))?;
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
