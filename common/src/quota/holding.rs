//! The users that one worker holds.

use std::collections::BTreeSet;

use crate::class::{PerClass, UserClass};

/// The user indices that one worker holds, for each class an ordered set. The users of a class are
/// numbered from 0 up to the class's target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding(pub PerClass<BTreeSet<u32>>);

impl Holding {
    /// A worker without users.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The indices of one class.
    pub fn of(&self, class: UserClass) -> &BTreeSet<u32> {
        &self.0[class.index()]
    }

    /// How many users of each class.
    pub fn counts(&self) -> PerClass<u32> {
        // Indices are u32, so a set of them is at most one too many for u32: saturate.
        std::array::from_fn(|class| u32::try_from(self.0[class].len()).unwrap_or(u32::MAX))
    }

    /// How many users of all classes.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|indices| indices.len() as u64).sum()
    }

    /// Whether the worker holds no user.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(BTreeSet::is_empty)
    }

    /// What `self` holds and `other` does not.
    pub fn minus(&self, other: &Holding) -> Holding {
        Holding(std::array::from_fn(|class| &self.0[class] - &other.0[class]))
    }

    /// Every (class, index) held, in order.
    pub fn iter(&self) -> impl Iterator<Item = (UserClass, u32)> {
        let of_class = |class: UserClass| self.of(class).iter().map(move |index| (class, *index));
        UserClass::ALL.into_iter().flat_map(of_class)
    }
}
