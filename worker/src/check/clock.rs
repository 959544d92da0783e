//! The clocks of this machine.

use std::time::{Duration, Instant, SystemTime};

use super::Finding;

/// Times that the clock is read in a row.
const READINGS: u32 = 200;
/// Rows; the quickest counts, as a row is slow in which this program had to wait for a core.
const ROWS: usize = 20;
/// A clock that takes longer is asked from the kernel, or from hardware, at each stamp.
const QUICK: Duration = Duration::from_nanos(250);
/// The wall clock cannot be before the release that reads it: the start of 2026.
const RELEASED: Duration = Duration::from_secs(1_767_225_600);

/// What the clocks are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Where the kernel has the time from: `tsc`, `kvm-clock`.
    pub source: Option<String>,
    /// How long one reading takes.
    pub reading: Duration,
    /// The wall clock, since the epoch of Unix.
    pub wall: Duration,
}

impl Clock {
    /// Reads the clocks. `read` gives a file's text.
    pub(super) fn measure(read: &impl Fn(&str) -> Option<String>) -> Clock {
        let row = || {
            let begun = Instant::now();
            for _ in 1..READINGS {
                std::hint::black_box(Instant::now());
            }
            begun.elapsed() / READINGS
        };
        let source = read("/sys/devices/system/clocksource/clocksource0/current_clocksource");
        Clock {
            reading: (0..ROWS).map(|_| row()).min().unwrap_or_default(),
            source: source.map(|text| text.trim().to_owned()).filter(|name| !name.is_empty()),
            wall: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
        }
    }
}

/// What they mean for numbers.
pub(super) fn clock(clock: Option<&Clock>) -> Finding {
    let Some(Clock { source, reading, wall }) = clock else { return super::limits::unknown("clock") };
    let source = source.as_deref().unwrap_or("its source is not known");
    let here = format!("{source}, read in {} ns", reading.as_nanos());
    if *wall < RELEASED {
        let here = format!("{here}; the wall clock is years behind");
        return Finding::change(
            "clock",
            here,
            "certificates seem not to be valid yet, and logs bear a wrong time: set it with `timedatectl set-ntp true` or `date`",
        );
    }
    match *reading > QUICK {
        false => Finding::fine("clock", here),
        true => Finding::change(
            "clock",
            here,
            "each request reads it several times: choose `tsc`, or `kvm-clock` in a virtual machine, in /sys/devices/system/clocksource/clocksource0",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_that_is_slow_or_years_behind_is_to_be_changed() {
        let is = |source: Option<&str>, ns, wall| Clock {
            source: source.map(str::to_owned),
            reading: Duration::from_nanos(ns),
            wall,
        };
        let table = [
            (is(Some("tsc"), 25, RELEASED), Verdict::Fine, "tsc, read in 25 ns"),
            (is(None, 250, RELEASED), Verdict::Fine, "its source is not known, read in 250 ns"),
            (is(Some("hpet"), 1200, RELEASED), Verdict::Change, "hpet, read in 1200 ns"),
            (
                is(Some("tsc"), 25, Duration::from_secs(9)),
                Verdict::Change,
                "tsc, read in 25 ns; the wall clock is years behind",
            ),
        ];
        for (seen, verdict, here) in table {
            let found = clock(Some(&seen));
            assert_eq!((found.verdict, found.here.as_str()), (verdict, here));
            assert_eq!(found.advice.is_empty(), verdict == Verdict::Fine);
        }
        assert_eq!(clock(None).verdict, Verdict::Unknown);
    }

    #[test]
    fn reading_a_clock_takes_some_time_but_no_second() {
        let measured = Clock::measure(&|_| Some(" tsc\n".to_owned()));
        assert_eq!(measured.source.as_deref(), Some("tsc"));
        assert!(measured.reading < Duration::from_millis(1) && measured.wall > RELEASED, "{measured:?}");
    }
}
