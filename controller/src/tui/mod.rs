//! What a person sees while the run goes on: a view redrawn in place on a terminal, plain lines
//! elsewhere.
//!
//! ```text
//! run, history, report ─▶ Scene ─┬─▶ screen: 80×24 and more, four times a second
//!                                └─▶ lines: one every five seconds, and what is new at once
//! ```

mod cadence;
mod keys;
mod lines;
mod press;
mod scene;
mod screen;
mod spark;
mod tidings;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;

use cadence::Cadence;

use crate::control::ControlRequest;
use crate::control::Stop;
use crate::run::{Run, Steering};
use crate::view::History;
use report::rows::RunReport;
use report::style::Paint;

pub use keys::Keyboard;
pub use lines::line;
pub use press::{Key, Presses, legend};
pub use scene::Scene;
pub use screen::{Size, screen};
pub use tidings::Tidings;

/// Keys that may wait for the owner of the run.
const KEYS: usize = 64;
/// What a terminal has that does not tell its size.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// The view, on standard error.
pub struct Live {
    face: Face,
    report: RunReport,
    typed: Option<mpsc::Receiver<Key>>,
    presses: Presses,
}

enum Face {
    Quiet,
    Lines { cadence: Cadence, tidings: Tidings },
    Terminal { bar: ProgressBar, paint: Paint, keyboard: Option<Keyboard> },
}

/// What log lines are written through, so that they do not tear the view.
#[derive(Clone)]
pub struct LogWriter(ProgressBar);

impl Live {
    /// The view that fits where standard error goes, and what log lines must be written through.
    pub fn new(quiet: bool) -> (Live, LogWriter) {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        let terminal = std::io::stderr().is_terminal() && !ci;
        let face = match (quiet, terminal) {
            (true, _) => Face::Quiet,
            (false, false) => Face::Lines { cadence: Cadence::default(), tidings: Tidings::default() },
            (false, true) => {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.set_style(
                    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
                );
                Face::Terminal { bar: bar.clone(), paint: Paint::wanted(true), keyboard: None }
            }
        };
        let (report, typed, presses) = (RunReport::default(), None, Presses::default());
        (Live { face, report, typed, presses }, LogWriter(bar))
    }

    /// Lets keys steer the run, and end it through `stops`, where there is a keyboard.
    pub fn listen(&mut self, stops: &mpsc::Sender<Stop>) {
        if let Face::Terminal { keyboard, .. } = &mut self.face {
            let (send, typed) = mpsc::channel(KEYS);
            *keyboard = Keyboard::open(stops.clone(), send);
            self.typed = Some(typed);
        }
    }

    /// The next key that steers the run; never, where there is no keyboard.
    pub async fn key(&mut self) -> Key {
        if let Some(typed) = &mut self.typed
            && let Some(key) = typed.recv().await
        {
            return key;
        }
        self.typed = None;
        std::future::pending().await
    }

    /// What a key asks of a run that is steered like this, if it is an order by itself.
    pub fn press(&mut self, key: Key, told: Option<Steering>, now: Duration) -> Option<ControlRequest> {
        self.presses.press(key, told, now)
    }

    /// What the keys before `now` ask for together.
    pub fn due(&mut self, told: Option<Steering>, now: Duration) -> Option<ControlRequest> {
        self.presses.due(told, now)
    }

    /// The report as it stands, without its history: endpoints, failures and notes are shown from it.
    pub fn news(&mut self, report: &RunReport) {
        if let Face::Lines { tidings, .. } = &mut self.face {
            for line in tidings.of(report) {
                say(&line);
            }
        }
        if let Face::Terminal { .. } = self.face {
            self.report = report.clone();
        }
    }

    /// Shows the run as it stands.
    pub fn show(&mut self, run: &Run, history: &History, now: Duration) {
        let scene = || Scene::of(run, history, &self.report, now);
        match &mut self.face {
            Face::Quiet => {}
            Face::Terminal { bar, paint, keyboard } => {
                let scene = scene();
                let steered = scene.live.steer.map(|told| told.paused);
                let keys = keyboard.as_ref().map(|_| legend(scene.live.phase, steered));
                let scene = Scene { keys, wanted: self.presses.wanted(), ..scene };
                bar.set_message(screen(&scene, size(), *paint).join("\n"));
            }
            Face::Lines { cadence, .. } => {
                if cadence.is_due(now)
                    && let Some(line) = cadence.pass(line(&scene()), now)
                {
                    say(line);
                }
            }
        }
    }

    /// Takes the view away, for the summary.
    pub fn finish(&mut self) {
        if let Face::Terminal { bar, keyboard, .. } = &mut self.face {
            *keyboard = None;
            bar.finish_and_clear();
        }
    }
}

/// A closed standard error is no reason to end a run.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The terminal's size now; people change it.
fn size() -> Size {
    let told = console::Term::stderr().size_checked();
    told.map_or(USUAL, |(rows, columns)| Size { columns: usize::from(columns), rows: usize::from(rows) })
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
