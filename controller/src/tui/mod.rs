//! What a person sees while the run goes on: a view redrawn in place on a terminal, plain lines
//! elsewhere.
//!
//! ```text
//! run, history, report ─▶ Frame ─┬─▶ screen: 80×24 and more, four times a second
//!                                └─▶ lines: one every five seconds, and what is new at once
//! ```

mod frame;
mod keyboard;
mod keys;
mod lines;
mod notices;
mod screen;
mod spark;
mod throttle;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use hub::control::ControlRequest;
use hub::control::Stop;
use hub::run::{Run, Steering};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;

use crate::view::History;
use report::rows::RunReport;
use report::style::Paint;

pub use frame::Frame;
pub(crate) use keys::Key;
pub use lines::line;
pub use screen::{Size, screen};

use keyboard::Keyboard;
use keys::{Presses, legend};
use notices::Notices;
use throttle::Throttle;

/// Keys that may wait for the run loop.
const KEYS: usize = 64;
/// What a terminal has that does not report its size.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// The view, on standard error.
pub(crate) struct Tui {
    view: View,
    report: RunReport,
    typed: Option<mpsc::Receiver<Key>>,
    presses: Presses,
}

enum View {
    Quiet,
    Lines { throttle: Throttle, notices: Notices },
    Terminal { bar: ProgressBar, paint: Paint, keyboard: Option<Keyboard> },
}

/// What log lines are written through, so that they do not tear the view.
#[derive(Clone)]
pub(crate) struct LogWriter(ProgressBar);

impl Tui {
    /// The view that fits where standard error goes, and what log lines must be written through.
    pub(crate) fn new(quiet: bool) -> (Tui, LogWriter) {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        let terminal = std::io::stderr().is_terminal() && !ci;
        let view = match (quiet, terminal) {
            (true, _) => View::Quiet,
            (false, false) => View::Lines { throttle: Throttle::default(), notices: Notices::default() },
            (false, true) => {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.set_style(
                    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
                );
                View::Terminal { bar: bar.clone(), paint: Paint::wanted(true), keyboard: None }
            }
        };
        let (report, typed, presses) = (RunReport::default(), None, Presses::default());
        (Tui { view, report, typed, presses }, LogWriter(bar))
    }

    /// Lets keys steer the run, and end it through `stops`, where there is a keyboard.
    pub(crate) fn listen(&mut self, stops: &mpsc::Sender<Stop>) {
        if let View::Terminal { keyboard, .. } = &mut self.view {
            let (send, typed) = mpsc::channel(KEYS);
            *keyboard = Keyboard::open(stops.clone(), send);
            self.typed = Some(typed);
        }
    }

    /// The next key that steers the run; never, where there is no keyboard.
    pub(crate) async fn key(&mut self) -> Key {
        if let Some(typed) = &mut self.typed
            && let Some(key) = typed.recv().await
        {
            return key;
        }
        self.typed = None;
        std::future::pending().await
    }

    /// What a key asks of a run that is steered like this, if it is an order by itself.
    pub(crate) fn press(
        &mut self,
        key: Key,
        steering: Option<Steering>,
        now: Duration,
    ) -> Option<ControlRequest> {
        self.presses.press(key, steering, now)
    }

    /// What the keys before `now` ask for together.
    pub(crate) fn due(&mut self, steering: Option<Steering>, now: Duration) -> Option<ControlRequest> {
        self.presses.due(steering, now)
    }

    /// The report as it stands, without its history: endpoints, failures and notes are shown from it.
    pub(crate) fn update(&mut self, report: &RunReport) {
        if let View::Lines { notices, .. } = &mut self.view {
            for line in notices.of(report) {
                say(&line);
            }
        }
        if let View::Terminal { .. } = self.view {
            self.report = report.clone();
        }
    }

    /// Shows the run as it stands.
    pub(crate) fn show(&mut self, run: &Run, history: &History, now: Duration) {
        let frame = || Frame::of(run, history, &self.report, now);
        match &mut self.view {
            View::Quiet => {}
            View::Terminal { bar, paint, keyboard } => {
                let frame = frame();
                let steered = frame.live.steer.map(|steering| steering.paused);
                let keys = keyboard.as_ref().map(|_| legend(frame.live.phase, steered));
                let frame = Frame { keys, wanted: self.presses.wanted(), ..frame };
                bar.set_message(screen(&frame, size(), *paint).join("\n"));
            }
            View::Lines { throttle, .. } => {
                if throttle.is_due(now)
                    && let Some(line) = throttle.pass(line(&frame()), now)
                {
                    say(line);
                }
            }
        }
    }

    /// Takes the view away, for the summary.
    pub(crate) fn finish(&mut self) {
        if let View::Terminal { bar, keyboard, .. } = &mut self.view {
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
    let reported = console::Term::stderr().size_checked();
    reported.map_or(USUAL, |(rows, columns)| Size { columns: usize::from(columns), rows: usize::from(rows) })
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
