//! User classes: what a virtual user does, and how often each kind occurs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::wire_enum::wire_enum;

wire_enum! {
    /// What a user does. The discriminant is the class's number on the wire and its place in every
    /// per-class array.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum UserClass {
        /// Threads and messages over REST.
        Crud = 0, "crud";
        /// One question after another to the streaming endpoint.
        Stream = 1, "stream";
        /// Whole sessions: a thread, a few streamed turns, the thread's end.
        Mixed = 2, "mixed";
    }
}

/// How many classes there are.
pub const CLASSES: usize = 3;

/// What identifies a user: class, and number among the users of the class.
pub type UserKey = (UserClass, u32);

/// One number for each class, in the order of [`UserClass::ALL`].
pub type PerClass<T> = [T; CLASSES];

impl UserClass {
    /// The usual share of this class among all users, relative to the others (crud 3, stream 1, mixed 2).
    pub const fn weight(self) -> u16 {
        match self {
            UserClass::Crud => 3,
            UserClass::Stream => 1,
            UserClass::Mixed => 2,
        }
    }

    /// The class's place in a [`PerClass`] array.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// A text that names no user class, or gives it no weight.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassError {
    /// No class has this name.
    #[error("no user class is called `{}`; use crud, stream or mixed", shown(.0))]
    Unknown(String),
    /// The weight is not a whole number from 1 to [`MAX_WEIGHT`].
    #[error("`{}` has no weight; write a whole number from 1 to {MAX_WEIGHT} behind the `=`, as in crud=6", shown(.0))]
    Weight(String),
}

fn shown(text: &str) -> String {
    text.replace(char::is_control, "\u{FFFD}")
}

/// The greatest weight of a class.
pub const MAX_WEIGHT: u16 = 1000;

impl FromStr for UserClass {
    type Err = ClassError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.name() == name.trim())
            .ok_or_else(|| ClassError::Unknown(name.trim().to_owned()))
    }
}

/// A class and its weight, written `crud` or `crud=6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassWeight {
    /// The class.
    pub class: UserClass,
    /// Its weight, 1 to [`MAX_WEIGHT`].
    pub weight: u16,
}

impl FromStr for ClassWeight {
    type Err = ClassError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((name, weight)) = text.split_once('=') else {
            return text.parse().map(|class: UserClass| ClassWeight { class, weight: class.weight() });
        };
        let weight = weight.trim().parse().ok().filter(|weight| (1..=MAX_WEIGHT).contains(weight));
        let weight = weight.ok_or_else(|| ClassError::Weight(text.trim().to_owned()))?;
        Ok(ClassWeight { class: name.parse()?, weight })
    }
}

impl fmt::Display for ClassWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.weight == self.class.weight() {
            true => f.write_str(self.class.name()),
            false => write!(f, "{}={}", self.class, self.weight),
        }
    }
}

/// Which classes take part, and how the users are split over them. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassSet(PerClass<u16>);

impl ClassSet {
    /// Every class, with its usual weight.
    pub const ALL: ClassSet =
        ClassSet([UserClass::Crud.weight(), UserClass::Stream.weight(), UserClass::Mixed.weight()]);

    /// One class alone.
    pub const fn only(class: UserClass) -> ClassSet {
        let mut weights = [0; CLASSES];
        weights[class.index()] = class.weight();
        ClassSet(weights)
    }

    /// These classes with their usual weights; `None` for an empty list.
    pub fn of(classes: &[UserClass]) -> Option<ClassSet> {
        let usual = |class: &UserClass| ClassWeight { class: *class, weight: class.weight() };
        ClassSet::weighted(&classes.iter().map(usual).collect::<Vec<_>>())
    }

    /// These classes with these weights; `None` for an empty list. If a class comes twice, its last weight
    /// counts.
    pub fn weighted(classes: &[ClassWeight]) -> Option<ClassSet> {
        let mut weights = [0; CLASSES];
        for ClassWeight { class, weight } in classes {
            weights[class.index()] = *weight;
        }
        (!classes.is_empty()).then_some(ClassSet(weights))
    }

    /// Classes with their weights as they come over the wire; `None` if that is no set.
    pub fn from_weights(weights: &[u32]) -> Option<ClassSet> {
        let weights: PerClass<u32> = weights.try_into().ok()?;
        let fits = weights.iter().all(|weight| *weight <= u32::from(MAX_WEIGHT));
        (fits && weights.iter().any(|weight| *weight > 0))
            .then(|| ClassSet(weights.map(|weight| weight as u16)))
    }

    /// Whether `class` takes part.
    pub const fn contains(self, class: UserClass) -> bool {
        self.0[class.index()] > 0
    }

    /// Whether `class` takes part and no other.
    pub fn is_only(self, class: UserClass) -> bool {
        self.iter().eq([class])
    }

    /// The classes that take part, in order.
    pub fn iter(self) -> impl Iterator<Item = UserClass> {
        UserClass::ALL.into_iter().filter(move |class| self.contains(*class))
    }

    /// The classes that take part with their weights, in order.
    pub fn class_weights(self) -> impl Iterator<Item = ClassWeight> {
        self.iter().map(move |class| ClassWeight { class, weight: self.0[class.index()] })
    }

    /// Each class's weight, 0 for those that do not take part.
    pub fn weights(self) -> PerClass<u32> {
        self.0.map(u32::from)
    }
}

impl fmt::Display for ClassSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes: Vec<_> = self.class_weights().map(|class| class.to_string()).collect();
        f.pad(&classes.join(","))
    }
}

impl FromStr for ClassSet {
    type Err = ClassError;

    /// A comma list: `crud,stream` or `crud=6,stream=2`.
    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let classes = list.split(',').map(str::parse).collect::<Result<Vec<ClassWeight>, _>>()?;
        Self::weighted(&classes).ok_or_else(|| ClassError::Unknown(list.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_weights_are_read_and_written() {
        let table = [
            ("crud", [3, 0, 0], "crud"),
            ("crud,stream,mixed", [3, 1, 2], "crud,stream,mixed"),
            (" mixed , crud ", [3, 0, 2], "crud,mixed"),
            ("crud=6,stream", [6, 1, 0], "crud=6,stream"),
            ("stream=1000, crud = 3", [3, 1000, 0], "crud,stream=1000"),
            ("crud=5,crud=7", [7, 0, 0], "crud=7"),
        ];
        for (text, weights, written) in table {
            let set: ClassSet = text.parse().unwrap();
            assert_eq!((set.weights(), set.to_string().as_str()), (weights, written), "{text}");
            assert_eq!(written.parse::<ClassSet>().unwrap(), set);
        }
        assert_eq!("crud,stream,mixed".parse(), Ok(ClassSet::ALL));
    }

    #[test]
    fn a_text_without_a_class_or_its_weight_is_refused() {
        for bad in ["", ",", "crud,", "chat", "chat=3", "=3", "crud:3"] {
            assert!(matches!(bad.parse::<ClassSet>(), Err(ClassError::Unknown(_))), "{bad}");
        }
        for bad in ["crud=", "crud=0", "crud=1001", "crud=-1", "crud=1.5", "crud=3=4", "crud=x"] {
            assert!(matches!(bad.parse::<ClassSet>(), Err(ClassError::Weight(_))), "{bad}");
        }
    }
}
