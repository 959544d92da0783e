//! `--think` and `--turns`: how fast users go on, and when they begin another thread.

use std::time::Duration;

use common::api::{Api, Think, Turns};
use common::class::{ClassSet, UserClass};
use common::plan::Plan;

use super::error::OptionsError;
use super::for_class::{ForClass, by_strength};

/// The think time of users whose class has none of its own, and of classes that do, as the flags say. A flag without a
/// class speaks of all, whatever the API file says, but for those that another flag names.
///
/// # Errors
/// A flag that speaks of a class that does not take part.
pub(super) fn think(
    flags: &[ForClass<Think>],
    classes: ClassSet,
    api: &mut Api,
) -> Result<Think, OptionsError> {
    let mut of_all = Think::default();
    for flag in by_strength(flags) {
        match flag.class {
            Some(class) if !classes.iter().any(|other| other == class) => {
                return Err(OptionsError::NobodyThinks(*flag));
            }
            Some(class) => api.users.of_mut(class).think = Some(flag.value),
            None => {
                of_all = flag.value;
                UserClass::ALL.into_iter().for_each(|class| api.users.of_mut(class).think = None);
            }
        }
    }
    Ok(of_all)
}

/// How many turns users take in one thread, as the flags say.
///
/// # Errors
/// A flag that speaks of nobody who asks anything.
pub(super) fn turns(flags: &[ForClass<Turns>], classes: ClassSet, api: &mut Api) -> Result<(), OptionsError> {
    for flag in by_strength(flags) {
        let asking = classes.iter().filter(|class| flag.concerns(*class) && api.streams(*class));
        let asking: Vec<UserClass> = asking.collect();
        if asking.is_empty() {
            return Err(OptionsError::NobodyAsks(*flag));
        }
        asking.into_iter().for_each(|class| api.users.of_mut(class).turns = Some(flag.value));
    }
    Ok(())
}

/// The think time as a report says it: its ends in seconds if it has them and all classes the same, else in words.
pub(super) fn think_of(classes: ClassSet, plan: &Plan) -> (Option<(f64, f64)>, Option<String>) {
    let of = |class| (class, plan.api.users.of(class).think.unwrap_or(plan.think));
    let all: Vec<(UserClass, Think)> = classes.iter().map(of).collect();
    let first = all.first().map_or(plan.think, |(_, think)| *think);
    if all.iter().any(|(_, think)| *think != first) {
        return (None, Some(by_class(all.into_iter().map(|(class, think)| (class, think.said())))));
    }
    let seconds = |time: Duration| (time.as_secs_f64() * 1000.0).round() / 1000.0;
    match first.ends() {
        Some((least, most)) => (Some((seconds(least), seconds(most))), None),
        None => (None, Some(first.said())),
    }
}

/// How many turns users take in one thread, as a report says it.
pub(super) fn turns_of(classes: ClassSet, api: &Api) -> String {
    let turns = |class| {
        let life = api.users.of(class);
        let without = if life.session.is_empty() { "without end" } else { "1" };
        (class, life.turns.map_or_else(|| without.to_owned(), |turns| turns.said()))
    };
    let all = by_class(classes.iter().filter(|class| api.streams(*class)).map(turns));
    if all.is_empty() { "nobody asks".to_owned() } else { all }
}

fn by_class(all: impl Iterator<Item = (UserClass, impl std::fmt::Display)>) -> String {
    all.map(|(class, what)| format!("{class}: {what}")).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags<T: std::str::FromStr<Err: std::fmt::Display>>(texts: &[&str]) -> Vec<ForClass<T>> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn plan(texts: &[&str], classes: ClassSet) -> Plan {
        let mut api = Api::default();
        api.users.crud.think = "9s".parse().ok();
        let think = think(&flags(texts), classes, &mut api).unwrap();
        Plan { think, api, ..Plan::default() }
    }

    #[test]
    fn a_think_time_is_that_of_all_or_of_a_class() {
        let of = |texts: &[&str]| think_of(ClassSet::ALL, &plan(texts, ClassSet::ALL));
        assert_eq!(of(&["500ms..1500ms"]), (Some((0.5, 1.5)), None), "the flag is stronger than the file");
        assert_eq!(of(&["0"]), (Some((0.0, 0.0)), None));
        assert_eq!(of(&["lognormal:2s,0.5"]), (None, Some("lognormal:2s,0.5".to_owned())));
        let some = "crud: 9s; stream: lognormal:2s,0.5; mixed: 500ms..1s500ms";
        assert_eq!(of(&["stream=lognormal:2s,0.5"]), (None, Some(some.to_owned())));
        let only = ClassSet::only(UserClass::Mixed);
        assert_eq!(think_of(only, &plan(&[], only)), (Some((0.5, 1.5)), None));
        let error = think(&flags(&["stream=2s"]), only, &mut Api::default()).unwrap_err().to_string();
        assert!(error.starts_with("--think stream=2s: "), "{error}");
        for bad in ["2s..1s", "..", "a", "-1s", "strem=2s", "25h", "stream="] {
            assert!(bad.parse::<ForClass<Think>>().is_err(), "{bad}");
        }
    }

    #[test]
    fn turns_are_of_those_who_ask() {
        let mut api = Api::default();
        assert_eq!(turns_of(ClassSet::ALL, &api), "stream: 5..15; mixed: 2..5");
        turns(&flags(&["mixed=geometric:4", "3"]), ClassSet::ALL, &mut api).unwrap();
        assert_eq!(turns_of(ClassSet::ALL, &api), "stream: 3; mixed: geometric:4");
        assert_eq!(api.users.crud.turns, None);
        api.users.stream.turns = None;
        assert_eq!(turns_of(ClassSet::only(UserClass::Stream), &api), "stream: without end");
        let crud = ClassSet::only(UserClass::Crud);
        assert_eq!(turns_of(crud, &api), "nobody asks");
        let error = turns(&flags(&["3"]), crud, &mut api).unwrap_err().to_string();
        assert!(error.starts_with("--turns 3: "), "{error}");
        assert!(turns(&flags(&["crud=3"]), ClassSet::ALL, &mut api).is_err());
    }
}
