//! A monotonic clock of one process: it began some time, and ticks a little too fast or too slow.

/// Reads microseconds since its process began, off true time by a constant rate.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    zero: u64,
    /// Parts per million that it gains on true time.
    gains_ppm: i64,
}

impl Clock {
    pub fn new(zero: u64, gains_ppm: i64) -> Clock {
        Clock { zero, gains_ppm }
    }

    /// What it shows at a true time.
    pub fn read(&self, now: u64) -> u64 {
        let elapsed = now.saturating_sub(self.zero) as i64;
        (elapsed + elapsed * self.gains_ppm / 1_000_000) as u64
    }

    /// The first true time at which it shows `reading` or more.
    pub fn when(&self, reading: u64) -> u64 {
        let elapsed = reading as i128 * 1_000_000 / i128::from(1_000_000 + self.gains_ppm);
        let mut now = self.zero + elapsed as u64;
        while self.read(now) < reading {
            now += 1;
        }
        now
    }
}
