//! A schedule of users on the wire: arithmetic ranges, and their safe expansion.

use crate::class::UserClass;
use crate::protocol as wire;

/// One user's time: when it starts and, if already known, when it stops. Microseconds since the
/// run's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledUser {
    /// The user's class.
    pub class: UserClass,
    /// The user's index within the class.
    pub index: u32,
    /// When the user starts.
    pub start_at_us: u64,
    /// When it stops; `None`: not before another quota says so.
    pub stop_at_us: Option<u64>,
}

/// Users at even distances: `count` of them, the k-th (from 0) being
///
/// ```text
/// index  = first       + k × stride
/// start  = start_at_us + k × start_step_us
/// stop   = stop_at_us  + k × stop_step_us     (absent for all if `stop_at_us` is)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserRange {
    /// The class of all its users.
    pub class: UserClass,
    /// The lowest index.
    pub first: u32,
    /// From one index to the next; above 0 if there is more than one.
    pub stride: u32,
    /// How many users, at least 1.
    pub count: u32,
    /// When the first user starts, in microseconds since the run's start.
    pub start_at_us: u64,
    /// From one start to the next, in microseconds.
    pub start_step_us: u64,
    /// When the first user stops, in microseconds since the run's start.
    pub stop_at_us: Option<u64>,
    /// From one stop to the next, in microseconds. Signed: a ramp down stops the highest indices
    /// first. 0 if nobody stops.
    pub stop_step_us: i64,
}

/// Ranges that are no schedule. They come over the network, so each is refused, not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// A class that this release does not know.
    #[error("there is no user class {0}; are controller and worker of one release?")]
    UnknownClass(u32),
    /// A range of no users.
    #[error("a range of {class} users from {first} has count 0; leave it out")]
    Empty {
        /// Its class.
        class: UserClass,
        /// Its first index.
        first: u32,
    },
    /// More users than the receiver allows.
    #[error("the ranges hold {users} users, more than the {limit} allowed; spread them over more workers")]
    TooMany {
        /// How many they hold.
        users: u64,
        /// How many are allowed.
        limit: usize,
    },
    /// An index or an instant beyond what its field can count.
    #[error("a range of {class} users from {first} runs out of numbers; send it in smaller steps")]
    Overflow {
        /// Its class.
        class: UserClass,
        /// Its first index.
        first: u32,
    },
    /// One user twice.
    #[error("{class} user {index} is scheduled twice; send each user once")]
    Duplicate {
        /// Its class.
        class: UserClass,
        /// Its index.
        index: u32,
    },
}

/// The users of `ranges`, sorted by class and index.
///
/// Safe on hostile input: nothing is expanded before it is known that there are at most `limit`
/// users and that none overflows.
///
/// # Errors
/// See [`RangeError`].
pub fn expand(ranges: &[UserRange], limit: usize) -> Result<Vec<ScheduledUser>, RangeError> {
    let users: u64 = ranges.iter().fold(0, |users: u64, range| users.saturating_add(range.count.into()));
    if users > limit as u64 {
        return Err(RangeError::TooMany { users, limit });
    }
    for range in ranges {
        let (class, first) = (range.class, range.first);
        let last = range.count.checked_sub(1).ok_or(RangeError::Empty { class, first })?;
        // Every field is linear in k: if the last user fits, so do all before it.
        range.user(last).ok_or(RangeError::Overflow { class, first })?;
    }
    let mut users: Vec<ScheduledUser> =
        ranges.iter().flat_map(|range| (0..range.count).filter_map(|k| range.user(k))).collect();
    users.sort_unstable_by_key(|user| (user.class, user.index));
    match users.windows(2).find(|pair| (pair[0].class, pair[0].index) == (pair[1].class, pair[1].index)) {
        Some(pair) => Err(RangeError::Duplicate { class: pair[0].class, index: pair[0].index }),
        None => Ok(users),
    }
}

impl UserRange {
    /// The k-th user, counted from 0; `None` if it overflows.
    fn user(&self, k: u32) -> Option<ScheduledUser> {
        let stop_at_us = match self.stop_at_us {
            Some(stop) => {
                let stop = i128::from(stop) + i128::from(self.stop_step_us) * i128::from(k);
                Some(u64::try_from(stop).ok()?)
            }
            None => None,
        };
        Some(ScheduledUser {
            class: self.class,
            index: self.stride.checked_mul(k)?.checked_add(self.first)?,
            start_at_us: self.start_step_us.checked_mul(k.into())?.checked_add(self.start_at_us)?,
            stop_at_us,
        })
    }
}

impl From<&UserRange> for wire::UserRange {
    fn from(range: &UserRange) -> Self {
        Self {
            class: range.class as u32,
            first: range.first,
            stride: range.stride,
            count: range.count,
            start_at_us: range.start_at_us,
            start_step_us: range.start_step_us,
            stop_at_us: range.stop_at_us,
            stop_step_us: range.stop_step_us,
        }
    }
}

impl TryFrom<&wire::UserRange> for UserRange {
    type Error = RangeError;

    fn try_from(range: &wire::UserRange) -> Result<Self, RangeError> {
        Ok(Self {
            class: UserClass::from_index(range.class).ok_or(RangeError::UnknownClass(range.class))?,
            first: range.first,
            stride: range.stride,
            count: range.count,
            start_at_us: range.start_at_us,
            start_step_us: range.start_step_us,
            stop_at_us: range.stop_at_us,
            stop_step_us: range.stop_step_us,
        })
    }
}
