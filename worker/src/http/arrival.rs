//! When bytes came: the kernel's stamps of them, put onto the monotonic clock.
//!
//! The stamps are of the wall clock. Both clocks run at one rate, NTP's corrections included: their distance changes
//! only when somebody sets the wall clock. So it is measured each second and wherever the clocks are compared anyway,
//! and a stamp that lies before what it answers or after its own reading is refused.

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

use super::Nanos;

/// Clocks that could not be read together within this are not compared, so that no stamp is off by more than half of it.
pub const CLOCK_ERROR: Duration = Duration::from_micros(5);
/// Clocks that were read together within this are not read once more, to be closer.
const CLOSE: Duration = Duration::from_micros(2);
/// How long a comparison of the clocks is used.
const FRESH: Duration = Duration::from_secs(1);
/// How often the clocks are read at most until they were close; of these the closest counts.
const TRIES: usize = 8;
/// Where they could not be compared, how long the last comparison is used on before the next.
const AGAIN: Duration = Duration::from_millis(20);

/// When something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The kernel's stamp of the last bytes that came with it; the time of reading where there is none.
    pub at: Instant,
    /// It came at most so much earlier: by nothing if the stamp is its own.
    pub unsure: Nanos,
    /// How long it lay unread, at least.
    pub unread: Nanos,
}

impl Arrival {
    /// Something that came at `at`, and was read at once.
    pub const fn exactly(at: Instant) -> Arrival {
        Arrival { at, unsure: Nanos::ZERO, unread: Nanos::ZERO }
    }

    /// Whether it has a stamp of its own.
    #[inline]
    pub fn is_exact(&self) -> bool {
        self.unsure.is_zero()
    }
}

/// When the bytes of one read came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrivals {
    at: Instant,
    /// When those before them came, or what they answer was sent.
    before: Instant,
    /// How long the last of them lay unread.
    unread: Nanos,
    /// Whether `at` is the kernel's stamp of the last of them.
    is_stamped: bool,
}

impl Arrivals {
    /// Of a connection that nothing has come on by `now`.
    pub(crate) fn none(now: Instant) -> Arrivals {
        Arrivals { at: now, before: now, unread: Nanos::ZERO, is_stamped: true }
    }

    /// What comes next answers what was sent at `now`.
    pub(super) fn asked(&mut self, now: Instant) {
        self.at = self.at.max(now);
    }

    /// Bytes were read, the last of them with this stamp.
    #[inline]
    pub(super) fn next(self, stamp: Option<Duration>, read: Instant) -> Arrivals {
        let stamped = stamp.and_then(|stamp| self.stamped(stamp, read));
        let (at, unread) = stamped.unwrap_or((read, Nanos::ZERO));
        Arrivals { at, before: self.at, unread, is_stamped: stamped.is_some() }
    }

    /// When they came by a stamp that can be true, and how long they lay unread then.
    #[inline]
    fn stamped(&self, stamp: Duration, read: Instant) -> Option<(Instant, Nanos)> {
        let unread = wall_clock(read)?.checked_sub(stamp).or_else(|| just_now(stamp, read))?;
        let at = read.checked_sub(unread)?;
        if at >= self.at {
            return Some((at, Nanos::of(unread)));
        }
        (at + CLOCK_ERROR >= self.at).then_some((self.at, Nanos::of(unread)))
    }

    /// When they came.
    #[inline]
    pub(crate) fn at(&self) -> Instant {
        self.at
    }

    /// The same for some of the bytes; `last`: nothing that counts came behind them.
    pub(super) fn part(self, last: bool) -> Arrivals {
        Arrivals { is_stamped: self.is_stamped && last, ..self }
    }

    /// When something in these bytes came, just read; `last`: nothing follows it there.
    #[inline]
    pub(crate) fn of(&self, last: bool) -> Arrival {
        let unsure = match self.is_stamped && last {
            true => Nanos::ZERO,
            false => self.unsure(),
        };
        Arrival { at: self.at, unsure, unread: self.unread }
    }

    /// All of the bytes came within this before the last of them.
    fn unsure(&self) -> Nanos {
        let looked = LOOKS.get()[0].filter(|looked| *looked <= self.at);
        let before = looked.map_or(self.before, |looked| looked.max(self.before));
        Nanos::of(self.at.saturating_duration_since(before))
    }
}

/// The same moment on both clocks.
#[derive(Debug, Clone, Copy)]
struct Moment {
    monotonic: Instant,
    /// Since the epoch of Unix.
    wall: Duration,
}

thread_local! {
    /// The last comparison. One for each thread, so that no core waits for another.
    static LAST: Cell<Option<Moment>> = const { Cell::new(None) };
    /// When they were to be compared, as the last comparison was too old.
    static TRIED: Cell<Option<Instant>> = const { Cell::new(None) };
    /// The last three times that the core's own timer ran, oldest first.
    static LOOKS: Cell<[Option<Instant>; 3]> = const { Cell::new([None; 3]) };
}

/// The core's own timer runs at `now`. Each time follows a look at all sockets, which wakes who reads them before it:
/// so what is read came after the time before the last but one.
pub(crate) fn looked(now: Instant) {
    let [_, middle, last] = LOOKS.get();
    LOOKS.set([middle, last, Some(now)]);
}

/// Compares the clocks. Returns whether the wall clock was set since the last time.
pub(crate) fn compare_clocks() -> bool {
    let Some(now) = Moment::read_closely() else { return false };
    LAST.replace(Some(now)).is_some_and(|last| last.is_apart_from(now))
}

/// The wall clock at `read`, just now; none if the clocks could not be compared.
#[inline]
fn wall_clock(read: Instant) -> Option<Duration> {
    if let Some(last) = LAST.get() {
        let passed = read.saturating_duration_since(last.monotonic);
        if passed <= FRESH {
            return Some(last.wall + passed);
        }
    }
    stale_wall_clock(read)
}

/// As [`wall_clock`], with no comparison, or an old one.
#[cold]
fn stale_wall_clock(read: Instant) -> Option<Duration> {
    if TRIED.get().is_none_or(|tried| read.saturating_duration_since(tried) >= AGAIN) {
        TRIED.set(Some(read));
        compare_clocks();
    }
    LAST.get().map(|last| last.wall(read))
}

/// A stamp of this very moment may seem to be of the next.
#[cold]
fn just_now(stamp: Duration, read: Instant) -> Option<Duration> {
    (stamp <= wall_clock(read)? + CLOCK_ERROR).then_some(Duration::ZERO)
}

impl Moment {
    fn read_closely() -> Option<Moment> {
        let mut closest: Option<(Duration, Moment)> = None;
        for (took, moment) in (0..TRIES).filter_map(|_| Moment::read()) {
            if closest.is_none_or(|(least, _)| took < least) {
                closest = Some((took, moment));
            }
            if took <= CLOSE {
                break;
            }
        }
        closest.filter(|(took, _)| *took <= CLOCK_ERROR).map(|(_, moment)| moment)
    }

    /// Both clocks, and how long reading them took; none before the epoch of Unix.
    fn read() -> Option<(Duration, Moment)> {
        let before = Instant::now();
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let took = before.elapsed();
        Some((took, Moment { monotonic: before + took / 2, wall }))
    }

    fn wall(self, monotonic: Instant) -> Duration {
        match monotonic.checked_duration_since(self.monotonic) {
            Some(later) => self.wall + later,
            None => self.wall - self.monotonic.saturating_duration_since(monotonic),
        }
    }

    fn monotonic(self, stamp: Duration) -> Option<Instant> {
        match stamp.checked_sub(self.wall) {
            Some(later) => self.monotonic.checked_add(later),
            None => self.monotonic.checked_sub(self.wall - stamp),
        }
    }

    fn is_apart_from(self, other: Moment) -> bool {
        let same =
            |at: Instant| at <= other.monotonic + 2 * CLOCK_ERROR && at + 2 * CLOCK_ERROR >= other.monotonic;
        !self.monotonic(other.wall).is_some_and(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_stamp_counts_between_what_it_answers_and_its_reading() {
        compare_clocks();
        let Moment { monotonic: zero, wall } = LAST.get().unwrap();
        let mut connection = Arrivals::none(zero + ms(10));
        connection.asked(zero + ms(20));
        let read = connection.next(Some(wall + ms(50)), zero + ms(80));
        let own = Arrival { at: zero + ms(50), unsure: Nanos::ZERO, unread: Nanos::of(ms(30)) };
        assert_eq!((read.of(true), own.is_exact()), (own, true));
        let shared = Arrival { unsure: Nanos::of(ms(30)), ..own };
        assert_eq!((read.of(false), read.part(false).of(true)), (shared, shared));
        // Before the question, after the reading, and none at all.
        for stamp in [Some(wall + ms(19)), Some(wall + ms(81)), None] {
            let refused = connection.next(stamp, zero + ms(80)).of(true);
            assert_eq!(refused, Arrival { unsure: Nanos::of(ms(60)), ..Arrival::exactly(zero + ms(80)) });
        }
        assert_eq!(read.next(Some(wall + ms(90)), zero + ms(95)).of(false).unsure.time(), ms(40));
        // The clocks' own error.
        let hair = Duration::from_micros(1);
        assert_eq!(connection.next(Some(wall + ms(20) - hair), zero + ms(80)).of(true).at, zero + ms(20));
        assert_eq!(connection.next(Some(wall + ms(80) + hair), zero + ms(80)).of(true).at, zero + ms(80));
    }

    #[test]
    fn what_is_read_came_after_an_earlier_look_at_all_sockets() {
        let zero = Instant::now();
        let connection = Arrivals::none(zero);
        let unsure = |read: Duration| connection.next(None, zero + read).of(true).unsure.time();
        assert_eq!(unsure(ms(2000)), ms(2000));
        for look in [1940, 1960, 1980] {
            looked(zero + ms(look));
        }
        assert_eq!((unsure(ms(2000)), unsure(ms(1950))), (ms(60), ms(10)));
        assert_eq!(unsure(ms(1930)), ms(1930), "a look that came later tells nothing");
    }

    #[test]
    fn a_wall_clock_that_is_set_is_noticed() {
        let at = std::iter::repeat_with(Moment::read_closely).flatten().next().unwrap();
        let later = Moment { monotonic: at.monotonic + ms(1000), wall: at.wall + ms(1000) };
        assert!(!at.is_apart_from(later) && !later.is_apart_from(at));
        for set in [ms(999), ms(1001)] {
            let set = Moment { wall: at.wall + set, ..later };
            assert!(at.is_apart_from(set) && set.is_apart_from(at));
        }
    }
}
