//! `--abandon`: people who leave before their answer is there.

use std::fmt;
use std::str::FromStr;

use common::api::{Abandon, Api};
use common::class::{ClassSet, UserClass};

use super::error::OptionsError;

/// Who leaves, written `0.05,2s..10s` or `stream=0.05,2s..10s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaving {
    /// The users of this class; `None`: everybody who asks for streams.
    class: Option<UserClass>,
    abandon: Abandon,
}

impl FromStr for Leaving {
    type Err = String;

    fn from_str(text: &str) -> Result<Leaving, String> {
        let (class, rest) = match text.split_once('=') {
            Some((class, rest)) => {
                (Some(class.parse::<UserClass>().map_err(|error| error.to_string())?), rest)
            }
            None => (None, text),
        };
        rest.parse().map(|abandon| Leaving { class, abandon }).map_err(|error| format!("{error}"))
    }
}

impl fmt::Display for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class {
            Some(class) => write!(f, "{class}={}", self.abandon),
            None => write!(f, "{}", self.abandon),
        }
    }
}

/// Lets the users of `classes` leave as the flags say, one after another.
///
/// # Errors
/// A flag that speaks of nobody who asks for streams.
pub(super) fn apply(
    flags: &[Leaving],
    classes: ClassSet,
    mock_llm: bool,
    api: &mut Api,
) -> Result<(), OptionsError> {
    for leaving in flags {
        let concerns = |class: &UserClass| leaving.class.is_none_or(|only| only == *class);
        let asks = |class: &UserClass| !mock_llm && api.streams(*class);
        let leave: Vec<UserClass> = classes.iter().filter(|class| concerns(class) && asks(class)).collect();
        if leave.is_empty() {
            return Err(OptionsError::NothingToLeave(*leaving));
        }
        leave.into_iter().for_each(|class| api.users.of_mut(class).abandon = Some(leaving.abandon));
    }
    Ok(())
}

/// Who leaves, as a report says it.
pub(super) fn summary(classes: ClassSet, mock_llm: bool, api: &Api) -> String {
    let leaves = |class: UserClass| Some((class, api.users.of(class).abandon?)).filter(|_| !mock_llm);
    let said = |(class, abandon): (UserClass, Abandon)| {
        format!("{class}: {} after {}", common::text::number::percent(abandon.share()), abandon.after)
    };
    let all: Vec<String> = classes.iter().filter_map(leaves).map(said).collect();
    if all.is_empty() { "nobody".to_owned() } else { all.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_speaks_of_one_class_or_of_all_that_stream() {
        for text in ["0.05,2s..10s", "stream=0.5,3s", "mixed=1,lognormal:5s,0.6"] {
            assert_eq!(text.parse::<Leaving>().unwrap().to_string(), text);
        }
        for (bad, said) in [("strem=0.1,2s", "strem"), ("stream=2s", "SHARE,AFTER"), ("2,2s", "the share")] {
            let error = bad.parse::<Leaving>().unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let flags = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Leaving>>();
        let mut api = Api::default();
        apply(&flags(&["0.05,2s", "mixed=0.5,3s"]), ClassSet::ALL, false, &mut api).unwrap();
        assert_eq!(summary(ClassSet::ALL, false, &api), "stream: 5 % after 2s; mixed: 50 % after 3s");
        assert_eq!(api.users.crud.abandon, None);
        let only = ClassSet::only(UserClass::Stream);
        assert_eq!(summary(only, false, &api), "stream: 5 % after 2s");
        assert_eq!(summary(only, true, &api), "nobody");
        assert!(apply(&flags(&["mixed=0.5,3s"]), only, false, &mut api).is_err(), "no such users");
        assert!(apply(&flags(&["crud=0.5,3s"]), ClassSet::ALL, false, &mut api).is_err(), "no streams");
        assert!(apply(&flags(&["0.5,3s"]), ClassSet::ALL, true, &mut api).is_err(), "nobody asks a model");
    }
}
