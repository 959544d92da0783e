//! Who runs which users: class targets, their placement on workers, and the compact form of a
//! schedule for the wire.
//!
//! ```text
//! target (users, classes) --class_targets--> users per class
//!                         --place----------> per worker, a Holding of user indices
//!                         --compress-------> per worker, a few UserRanges --expand--> ScheduledUsers
//! ```
//!
//! Everything here is a pure function of its arguments: no clock, no memory of earlier calls.

mod compress;
mod holding;
mod place;
mod ranges;
mod shares;
mod split;
#[cfg(test)]
mod tests;

pub use compress::compress;
pub use holding::Holding;
pub use place::place;
pub use ranges::{RangeError, ScheduledUser, UserRange, expand};
pub use split::{class_targets, proportional};
