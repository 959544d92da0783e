//! The keyboard, while the run goes on: `q` is what the first Ctrl-C is, another `q` what the second one is;
//! what else is pressed goes to whoever knows what it means.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hub::control::Stop;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use tokio::sync::mpsc;

use super::keys::Key;

/// Longest wait for a key, after which it is looked whether anybody still wants one.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// The same, while keys go to another program.
const PAUSE: Duration = Duration::from_millis(100);

/// Keys without a line end. The terminal is as it was before once the value is gone.
#[derive(Debug)]
pub(super) struct Keyboard {
    before: Termios,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keyboard {
    /// Listens to the keyboard; none when standard input is no terminal or belongs to another program.
    pub(super) fn open(stops: mpsc::Sender<Stop>, typed: mpsc::Sender<Key>) -> Option<Keyboard> {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() || !is_ours() {
            return None;
        }
        let before = tcgetattr(&stdin).ok()?;
        let mut keys = before.clone();
        // Signals stay: Ctrl-C and Ctrl-Z are what they were.
        keys.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        keys.special_codes[SpecialCodeIndex::VMIN] = 1;
        keys.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&stdin, OptionalActions::Now, &keys).ok()?;
        let over = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&over);
        let thread = std::thread::Builder::new().name("keys".to_owned());
        let thread = thread.spawn(move || listen(&stops, &typed, &watched)).ok();
        Some(Keyboard { before, over, thread })
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It ends at its next look.
            let _ = thread.join();
        }
        // A terminal that is gone needs no restoring; one that another program has is not ours to set.
        if is_ours() {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
        }
    }
}

/// Whether keys come to us: a read by a program in the background would stop it.
fn is_ours() -> bool {
    tcgetpgrp(std::io::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

fn listen(stops: &mpsc::Sender<Stop>, typed: &mpsc::Sender<Key>, over: &AtomicBool) {
    let stdin = std::io::stdin();
    let mut asked = 0;
    while !over.load(Ordering::Relaxed) {
        let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
        if !poll(&mut ready, Some(&LOOK)).is_ok_and(|count| count > 0) {
            continue;
        }
        if !is_ours() {
            // Keys of another program: they stay where they are.
            std::thread::park_timeout(PAUSE);
            continue;
        }
        let mut keys = [0; 16];
        match rustix::io::read(&stdin, &mut keys) {
            Ok(count @ 1..) => {
                for key in &keys[..count] {
                    if let Some(key) = Key::of(*key) {
                        // If the queue is full the key is dropped: a person does not type that fast.
                        let _ = typed.try_send(key);
                    } else if key.eq_ignore_ascii_case(&b'q') {
                        asked += 1;
                        let stop = if asked == 1 { Stop::Drain } else { Stop::Now };
                        // No room: the run is ending already.
                        let _ = stops.try_send(stop);
                    }
                }
            }
            // Nobody is at the keyboard any more.
            _ => return,
        }
    }
}
