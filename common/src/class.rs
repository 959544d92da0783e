//! User classes: what a virtual user does, and how often each kind occurs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a user does. The discriminant is the class's number on the wire and its place in every
/// per-class array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum UserClass {
    /// Threads and messages over REST.
    Crud = 0,
    /// One question after another to the streaming endpoint.
    Stream = 1,
    /// Whole sessions: a thread, a few streamed turns, the thread's end.
    Mixed = 2,
}

/// How many classes there are.
pub const CLASSES: usize = 3;

/// One number for each class, in the order of [`UserClass::ALL`].
pub type PerClass<T> = [T; CLASSES];

impl UserClass {
    /// Every class, in the order of its discriminant.
    pub const ALL: PerClass<UserClass> = [UserClass::Crud, UserClass::Stream, UserClass::Mixed];

    /// The share of this class among all users, relative to the others (crud 3, stream 1, mixed 2).
    pub const fn weight(self) -> u32 {
        match self {
            UserClass::Crud => 3,
            UserClass::Stream => 1,
            UserClass::Mixed => 2,
        }
    }

    /// The name used on the command line, in shape files and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            UserClass::Crud => "crud",
            UserClass::Stream => "stream",
            UserClass::Mixed => "mixed",
        }
    }

    /// The class's place in a [`PerClass`] array.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The class with this number on the wire, if there is one.
    pub fn from_index(index: u32) -> Option<UserClass> {
        Self::ALL.get(index as usize).copied()
    }
}

impl fmt::Display for UserClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no user class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no user class is called `{}`; use crud, stream or mixed", .0.replace(char::is_control, "\u{FFFD}"))]
pub struct UnknownClass(pub String);

impl FromStr for UserClass {
    type Err = UnknownClass;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.name() == name.trim())
            .ok_or_else(|| UnknownClass(name.trim().to_owned()))
    }
}

/// Which classes take part. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassSet(PerClass<bool>);

impl ClassSet {
    /// Every class.
    pub const ALL: ClassSet = ClassSet([true; CLASSES]);

    /// One class alone.
    pub const fn only(class: UserClass) -> ClassSet {
        let mut set = [false; CLASSES];
        set[class.index()] = true;
        ClassSet(set)
    }

    /// The classes named; `None` when none is.
    pub fn of(classes: &[UserClass]) -> Option<ClassSet> {
        let mut set = [false; CLASSES];
        for class in classes {
            set[class.index()] = true;
        }
        (!classes.is_empty()).then_some(ClassSet(set))
    }

    /// Whether `class` takes part.
    pub const fn contains(self, class: UserClass) -> bool {
        self.0[class.index()]
    }

    /// The classes that take part, in order.
    pub fn iter(self) -> impl Iterator<Item = UserClass> {
        UserClass::ALL.into_iter().filter(move |class| self.contains(*class))
    }

    /// Each class's weight, 0 for those that do not take part.
    pub fn weights(self) -> PerClass<u32> {
        UserClass::ALL.map(|class| if self.contains(class) { class.weight() } else { 0 })
    }
}

impl fmt::Display for ClassSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(UserClass::name).collect();
        f.pad(&names.join(","))
    }
}

impl FromStr for ClassSet {
    type Err = UnknownClass;

    /// A comma list: `crud,stream`.
    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let classes = list.split(',').map(str::parse).collect::<Result<Vec<UserClass>, _>>()?;
        Self::of(&classes).ok_or_else(|| UnknownClass(list.to_owned()))
    }
}
