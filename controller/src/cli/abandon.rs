//! `--abandon`: people who leave before their answer is there.

use common::api::{Abandon, Api};
use common::class::{ClassSet, UserClass};

use super::error::OptionsError;
use super::for_class::ForClass;

/// Lets the users of `classes` leave as the flags say, one after another.
///
/// # Errors
/// A flag that speaks of nobody who asks for streams.
pub(super) fn apply(
    flags: &[ForClass<Abandon>],
    classes: ClassSet,
    mock_llm: bool,
    api: &mut Api,
) -> Result<(), OptionsError> {
    for leaving in flags {
        let asks = |class: &UserClass| !mock_llm && api.streams(*class);
        let leave: Vec<UserClass> =
            classes.iter().filter(|class| leaving.concerns(*class) && asks(class)).collect();
        if leave.is_empty() {
            return Err(OptionsError::NothingToLeave(*leaving));
        }
        leave.into_iter().for_each(|class| api.users.of_mut(class).abandon = Some(leaving.value));
    }
    Ok(())
}

/// Who leaves, as a report says it.
pub(super) fn summary(classes: ClassSet, mock_llm: bool, api: &Api) -> String {
    let leaves = |class: UserClass| Some((class, api.users.of(class).abandon?)).filter(|_| !mock_llm);
    let said = |(class, abandon): (UserClass, Abandon)| {
        format!("{class}: {} after {}", common::text::number::percent(abandon.share()), abandon.after.said())
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
            assert_eq!(text.parse::<ForClass<Abandon>>().unwrap().to_string(), text);
        }
        let percent: ForClass<Abandon> = "stream=5%,2s".parse().unwrap();
        assert_eq!(percent.to_string(), "stream=0.05,2s");
        for (bad, said) in [("strem=0.1,2s", "strem"), ("stream=2s", "SHARE,AFTER"), ("2,2s", "the share")] {
            let error = bad.parse::<ForClass<Abandon>>().unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let flags = |texts: &[&str]| {
            texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<ForClass<Abandon>>>()
        };
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
