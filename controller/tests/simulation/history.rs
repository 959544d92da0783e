//! The seconds that the controller closed.

use hub::merge::OpenSecond;

use super::users::Measured;

/// How far the seconds are closed, and what they add up to.
#[derive(Debug, Default)]
pub struct History {
    next: u64,
    pub sum: Measured,
}

impl History {
    /// A second was closed: it must be the next one.
    pub fn close(&mut self, second: u64, open: &OpenSecond) -> Result<(), String> {
        if second != self.next {
            return Err(format!("second {second} was closed when {} was due", self.next));
        }
        self.next += 1;
        self.sum += Measured { requests: open.all.latency.count(), cut: open.all.cut, bytes: open.all.bytes };
        Ok(())
    }
}
