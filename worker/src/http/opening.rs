//! How a connection was opened, as far as the time is the service's.

use std::time::{Duration, Instant};

use super::Start;

/// What is known of the time that opening a connection took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Opening {
    /// The handshake of TCP, where the kernel measured it.
    handshake: Duration,
    /// It was over so long before this program went on. That is in no time that counts for the service.
    late: Duration,
}

impl Opening {
    /// A connection that was asked for at `asked` and is there.
    pub(super) fn since(asked: Instant, handshake: Option<Duration>) -> Opening {
        let late = |handshake| asked.elapsed().saturating_sub(handshake);
        Opening { handshake: handshake.unwrap_or_default(), late: handshake.map(late).unwrap_or_default() }
    }

    /// What this program was late after the connection was open.
    pub(super) fn late(&self) -> Duration {
        self.late
    }

    /// What counts of the time from `begun` to now, in which the connection was opened.
    pub(super) fn counted(&self, begun: Instant) -> Duration {
        begun.elapsed().saturating_sub(self.late)
    }

    /// When a request left that was decided on at `started` and was handed over at `sent`, to this connection.
    pub(super) fn start(&self, started: Instant, sent: Start) -> Start {
        let at = (started + self.late).min(sent.at);
        let took = (sent.at + sent.took).saturating_duration_since(at).saturating_sub(self.handshake);
        Start { at, took }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_this_program_was_late_is_no_time_of_the_service() {
        let started = Instant::now();
        let sent = Start { at: started + ms(50), took: ms(1) };
        // Three milliseconds went by before it was asked for, and the handshake took seven.
        let known = Opening { handshake: ms(7), late: ms(40) };
        assert_eq!(known.start(started, sent), Start { at: started + ms(40), took: ms(4) });
        let unknown = Opening::default();
        assert_eq!(unknown.start(started, sent), Start { at: started, took: ms(51) });
        let beyond = Opening { handshake: ms(7), late: ms(80) };
        assert_eq!(
            beyond.start(started, sent),
            Start { at: sent.at, took: Duration::ZERO },
            "never after it was sent"
        );
    }

    #[test]
    fn lateness_is_what_the_handshake_did_not_take() {
        let asked = Instant::now().checked_sub(ms(500)).unwrap();
        let opening = Opening::since(asked, Some(ms(100)));
        assert!(opening.late >= ms(400) && opening.late <= asked.elapsed() - ms(100), "{opening:?}");
        assert_eq!(Opening::since(asked, None), Opening::default());
        assert_eq!(Opening::since(Instant::now(), Some(ms(100_000))).late, Duration::ZERO);
    }
}
