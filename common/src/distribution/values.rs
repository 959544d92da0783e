//! Values that somebody has, each drawn as often as it is among them.
//!
//! ```text
//! values:1,2x3,5            inline: 1 once, 2 three times, 5 once
//! values:1,2x3,5@turns.txt  the same, from a file of that name: what a worker is sent
//! ```

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use super::{DistributionError, Quantity};

/// How the form begins.
pub(super) const FORM: &str = "values";
/// What stands between a value and how often it is there.
const TIMES: char = 'x';
/// What stands before the file's name.
const FROM: char = '@';
/// As many are kept of more: values at evenly spaced ranks.
pub const MOST_VALUES: usize = 10_000;

/// Values, ascending; never none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values<T: 'static> {
    all: &'static [T],
    /// The file's name; empty: none.
    from: &'static str,
}

/// Lists that are kept for as long as the program runs, each once: settings are few, and copied to every user.
pub struct KeptLists<T: 'static>(Mutex<Vec<&'static [T]>>);

impl<T: PartialEq> KeptLists<T> {
    pub(super) const fn none() -> KeptLists<T> {
        KeptLists(Mutex::new(Vec::new()))
    }

    /// The list of these, which is made if it is not there.
    pub(super) fn keep(&self, list: Vec<T>) -> &'static [T] {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.iter().find(|known| ***known == *list) {
            return known;
        }
        let list: &'static [T] = Vec::leak(list);
        kept.push(list);
        list
    }
}

static NAMES: KeptLists<u8> = KeptLists::none();

impl<T: Quantity> Values<T> {
    /// Of a list in any order, of the file of this name; `None` of none.
    pub fn new(mut all: Vec<T>, from: &str) -> Option<Values<T>> {
        all.sort_unstable();
        if all.len() > MOST_VALUES {
            // The middle of each of so many equal parts.
            let at = |part: usize| all[(2 * part + 1) * all.len() / (2 * MOST_VALUES)];
            all = (0..MOST_VALUES).map(at).collect();
        }
        let from = std::str::from_utf8(NAMES.keep(from.as_bytes().to_vec())).unwrap_or_default();
        (!all.is_empty()).then(|| Values { all: T::lists().keep(all), from })
    }

    #[inline]
    pub(super) fn sample(&self, draw: u64) -> T {
        self.all[((u128::from(draw) * self.all.len() as u128) >> 64) as usize]
    }

    pub(super) fn mean(&self) -> f64 {
        self.all.iter().map(|value| value.to_f64()).sum::<f64>() / self.all.len() as f64
    }

    /// The least and the greatest.
    pub(super) fn ends(&self) -> (T, T) {
        (self.all[0], self.all[self.all.len() - 1])
    }

    /// What follows `values:`.
    pub(super) fn read(
        text: &str,
        unreadable: impl Fn() -> DistributionError,
    ) -> Result<Self, DistributionError> {
        let (list, from) = text.split_once(FROM).unwrap_or((text, ""));
        let mut all = Vec::new();
        for part in list.split(',') {
            let (value, times) = match part.rsplit_once(TIMES) {
                Some((value, times)) => (value, times.trim().parse().ok()),
                None => (part, Some(1)),
            };
            let value = T::read(value.trim()).ok_or_else(&unreadable)?;
            let room = MOST_VALUES - all.len();
            let times = times.filter(|times| (1..=room).contains(times)).ok_or_else(&unreadable)?;
            all.extend(std::iter::repeat_n(value, times));
        }
        Values::new(all, from).ok_or_else(unreadable)
    }

    /// All of it, as it is read.
    pub(super) fn written(&self) -> String {
        let mut text = format!("{FORM}:");
        for (place, run) in self.all.chunk_by(|one, next| one == next).enumerate() {
            let comma = if place > 0 { "," } else { "" };
            let times = if run.len() > 1 { format!("{TIMES}{}", run.len()) } else { String::new() };
            // A string takes all that is written to it.
            let _ = write!(text, "{comma}{}{times}", run[0].written());
        }
        if !self.from.is_empty() {
            text.push(FROM);
            text.push_str(self.from);
        }
        text
    }

    /// As it was given: the file, or all of it.
    pub(super) fn given(&self) -> String {
        if self.from.is_empty() { self.written() } else { format!("file:{}", self.from) }
    }

    /// As a report says it: which, how many, how far they reach, and a fingerprint, for a file may change.
    pub(super) fn said(&self) -> String {
        let (least, most) = self.ends();
        let name = if self.from.is_empty() { String::new() } else { format!(" of {}", self.from) };
        let (count, median) = (self.all.len(), self.all[self.all.len() / 2]);
        format!(
            "{count} values{name}, {} to {}, median {} ({:08x})",
            least.written(),
            most.written(),
            median.written(),
            self.fingerprint()
        )
    }

    /// FNV-1a, folded to 32 bits.
    fn fingerprint(&self) -> u32 {
        let texts = self.all.iter().map(|value| value.written());
        let hash = texts
            .flat_map(|text| text.into_bytes().into_iter().chain([0]))
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        (hash >> 32) as u32 ^ hash as u32
    }
}
