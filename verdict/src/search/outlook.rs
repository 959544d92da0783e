//! What the rungs so far say of those to come.
//!
//! ```text
//! load of a criterion (1 is its bound)
//!   |                         ● first that missed
//!   |                      ╱
//!  1┼ ─ ─ ─ ─ ─ ─ ─ ─ ─ ╳ crossing
//!   |                ╱
//!   |  ●    ●     ●╱ knee: where throughput per user, as it was, meets the throughput at the top
//!   └──────────────────────────▶ users
//! ```

use crate::limits::{Rung, proven, stops_growing, tells_cause};
use crate::threshold::Rule;

/// A rung with less than this share of the throughput that its users would have by the best rung's is full.
const FULL: f64 = 0.75;

/// Users of two rungs that prove a plateau differ by this factor.
const APART: f64 = 1.6;

/// What is expected of the rungs to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outlook {
    /// Whether throughput was seen to have stopped growing, or to fall.
    pub is_flat: bool,
    /// Whether what gives way was seen.
    pub is_told: bool,
    /// Whether the smallest rung that missed is well beyond where throughput bends.
    pub is_full: bool,
    /// Users at which the first criterion reaches its bound, about.
    pub crossing: Option<f64>,
    /// How narrow the bracket of the answer is to be, as a share of its lower end.
    pub narrow: f64,
    /// Most users of whom it was shown that they are held.
    pub proven: u32,
    /// Whether a rung of somewhat fewer users than the last one, held for long, can show that they are.
    pub can_prove: bool,
}

impl Outlook {
    /// By the rungs so far, of which `low` is the largest that was fine and `high` the smallest that missed.
    pub(super) fn of(rungs: &[Rung], (low, high): (u32, u32), rules: &[Rule], narrow: f64) -> Outlook {
        let outlook = Outlook {
            is_flat: stops_growing(rungs),
            is_told: tells_cause(rungs),
            is_full: false,
            crossing: None,
            narrow,
            proven: proven(rungs, rules),
            can_prove: true,
        };
        let last = |users: u32| rungs.iter().rev().find(|rung| rung.users == users && rung.is_valid());
        let per_user = |rung: &Rung| rung.throughput() / f64::from(rung.users.max(1));
        let best = rungs.iter().filter(|rung| rung.is_valid()).map(per_user).fold(0.0, f64::max);
        let Some(missed) = last(high) else {
            return outlook;
        };
        let knee = missed.throughput() / best.max(1e-9);
        let is_full = knee < FULL * f64::from(high);
        let from = if is_full { knee.max(f64::from(low)) } else { f64::from(low) };
        let crossing = last(low).and_then(|fine| crossing(fine, missed, from));
        Outlook { is_full, crossing, ..outlook }
    }
}

impl Outlook {
    /// Whether the answer will lie so far below `high` users that the rungs there prove a plateau with it.
    pub(super) fn is_apart(&self, high: u32) -> bool {
        self.crossing.is_some_and(|crossing| crossing * APART <= f64::from(high))
    }
}

/// Where the first criterion reaches its bound, if its load grows evenly from `from` users on.
fn crossing(fine: &Rung, missed: &Rung, from: f64) -> Option<f64> {
    let to = f64::from(missed.users);
    (0..missed.criteria())
        .filter_map(|place| {
            let high = missed.load(place).filter(|load| *load > 1.0)?;
            let low = fine.load(place).unwrap_or(0.0).min(1.0);
            Some(from + (to - from) * (1.0 - low) / (high - low))
        })
        .reduce(f64::min)
}
