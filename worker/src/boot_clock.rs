//! Time that goes on while the machine is suspended.
//!
//! [`Instant`] stands still meanwhile: good for latencies, wrong for whatever two machines agree on. A lease
//! that stood still with its worker would still seem to run when others have had its users for long.

use std::time::{Duration, Instant};

/// Time since the machine was started, suspension included where the system counts it.
pub fn boot_time() -> Duration {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    Duration::try_from(rustix::time::clock_gettime(clock)).unwrap_or_default()
}

/// Counts from when it was made.
#[derive(Debug, Clone, Copy)]
pub struct BootClock {
    zero: Duration,
    begun: Instant,
}

impl BootClock {
    /// A clock that reads zero now.
    pub fn start() -> BootClock {
        BootClock { zero: boot_time(), begun: Instant::now() }
    }

    /// What it reads.
    pub fn elapsed(&self) -> Duration {
        boot_time().saturating_sub(self.zero)
    }

    /// What [`boot_time`] was, or will be, when it reads `reading`.
    pub fn at(&self, reading: Duration) -> Duration {
        self.zero + reading
    }

    /// When it was made, by the clock of latencies.
    pub fn begun(&self) -> Instant {
        self.begun
    }

    /// How long the machine was suspended since it was made.
    pub(crate) fn suspended(&self) -> Duration {
        // What passes between the two looks is no suspension: the closest pair counts.
        (0..3).map(|_| suspended(self.begun.elapsed(), self.elapsed())).min().unwrap_or_default()
    }

    /// The instant at which it reads zero, as if there had been no suspension: this plus a reading to come is
    /// when a timer must ring. True until the machine is suspended again.
    pub(crate) fn zero_instant(&self) -> Instant {
        self.begun.checked_sub(self.suspended()).unwrap_or(self.begun)
    }
}

fn suspended(awake: Duration, elapsed: Duration) -> Duration {
    elapsed.saturating_sub(awake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_nobody_suspends_the_machine_both_clocks_agree() {
        let clock = BootClock::start();
        #[allow(clippy::disallowed_methods)] // No runtime here.
        std::thread::sleep(Duration::from_millis(20));
        let (awake, elapsed) = (clock.begun().elapsed(), clock.elapsed());
        assert!(elapsed >= Duration::from_millis(20) && elapsed.abs_diff(awake) < Duration::from_millis(20));
        assert!(clock.suspended() < Duration::from_millis(5));
        assert!(clock.at(elapsed) <= boot_time());
    }

    #[test]
    fn a_timer_after_a_suspension_rings_sooner_by_as_long() {
        let slept = Duration::from_secs(30);
        let now = BootClock::start();
        let clock = BootClock { zero: now.zero.saturating_sub(slept), ..now };
        assert!(clock.elapsed() >= slept && clock.suspended() >= slept);
        let rings = clock.zero_instant() + slept + Duration::from_secs(1);
        let left = rings.saturating_duration_since(Instant::now());
        assert!(left > Duration::from_millis(900) && left <= Duration::from_secs(1), "{left:?}");
    }
}
