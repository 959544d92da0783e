//! What a flag says of all users, or of those of one class: `VALUE` or `CLASS=VALUE`.

use std::fmt;
use std::str::FromStr;

use common::class::UserClass;

/// A value for the users of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ForClass<T> {
    /// `None`: for everybody whom it concerns.
    pub(super) class: Option<UserClass>,
    pub(super) value: T,
}

impl<T> ForClass<T> {
    /// Whether it speaks of this class.
    pub(super) fn concerns(&self, class: UserClass) -> bool {
        self.class.is_none_or(|only| only == class)
    }
}

/// Those that speak of everybody, then those of a class: what is said of a class is stronger.
pub(super) fn by_strength<T>(flags: &[ForClass<T>]) -> impl Iterator<Item = &ForClass<T>> {
    let of_all = flags.iter().filter(|flag| flag.class.is_none());
    of_all.chain(flags.iter().filter(|flag| flag.class.is_some()))
}

impl<T: FromStr<Err: fmt::Display>> FromStr for ForClass<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<ForClass<T>, String> {
        let (class, value) = match text.split_once('=') {
            // The name of a file may have the sign too.
            Some((class, rest)) if !class.contains(':') => {
                (Some(class.parse::<UserClass>().map_err(|error| error.to_string())?), rest)
            }
            _ => (None, text),
        };
        value.parse().map(|value| ForClass { class, value }).map_err(|error: T::Err| error.to_string())
    }
}

impl<T: fmt::Display> fmt::Display for ForClass<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class {
            Some(class) => write!(f, "{class}={}", self.value),
            None => self.value.fmt(f),
        }
    }
}
