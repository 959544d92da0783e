//! The users that one worker holds.

use std::collections::BTreeSet;

use crate::class::{PerClass, UserClass};

/// The user indices that one worker holds, for each class an ordered set. The users of a class are
/// numbered from 0 up to the class's target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    indices: PerClass<BTreeSet<u32>>,
}

impl Holding {
    /// The indices of one class.
    pub fn of(&self, class: UserClass) -> &BTreeSet<u32> {
        &self.indices[class.index()]
    }

    /// How many users of each class.
    pub fn counts(&self) -> PerClass<u32> {
        // Indices are u32, so a set of them is at most one too many for u32: saturate.
        self.indices.each_ref().map(|indices| u32::try_from(indices.len()).unwrap_or(u32::MAX))
    }

    /// How many users of all classes.
    pub fn total(&self) -> u64 {
        self.indices.iter().map(|indices| indices.len() as u64).sum()
    }

    /// Whether the worker holds no user.
    pub fn is_empty(&self) -> bool {
        self.indices.iter().all(BTreeSet::is_empty)
    }

    /// Adds what `other` holds.
    pub fn add(&mut self, other: &Holding) {
        for (mine, theirs) in self.indices.iter_mut().zip(&other.indices) {
            mine.extend(theirs);
        }
    }

    /// What `self` holds and `other` does not.
    pub fn minus(&self, other: &Holding) -> Holding {
        let of_class = |class: usize| &self.indices[class] - &other.indices[class];
        Holding { indices: std::array::from_fn(of_class) }
    }

    /// Every (class, index) held, in order.
    pub fn iter(&self) -> impl Iterator<Item = (UserClass, u32)> {
        let of_class = |class: UserClass| self.of(class).iter().map(move |index| (class, *index));
        UserClass::ALL.into_iter().flat_map(of_class)
    }
}

impl From<PerClass<BTreeSet<u32>>> for Holding {
    fn from(indices: PerClass<BTreeSet<u32>>) -> Self {
        Self { indices }
    }
}
