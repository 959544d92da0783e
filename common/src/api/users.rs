//! How the users of each class go through the calls.

use serde::{Deserialize, Serialize};

use super::{Abandon, Operation, Think, Turns};
use crate::class::UserClass;

/// What the users of each class do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// Of threads and messages.
    pub crud: Life,
    /// Of one question after another.
    pub stream: Life,
    /// Of whole sessions.
    pub mixed: Life,
}

/// What the users of one class do: either `steps`, drawn one after another for as long as they live, so many `turns` of
/// them in one thread, or one session after another, each of `start`, so many `turns` of what `session` lists, and `end`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Life {
    /// Made first, in this order; in a life of `steps` also whenever the user has no thread. Written also if it is
    /// empty: a file that says nothing of it may be refused.
    pub start: Vec<Step>,
    /// One of these is drawn for each step, by weight.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Made in this order, once in each turn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub session: Vec<Stage>,
    /// How many turns a session has; absent: one. Of a life of `steps` how many are made in one thread, before its
    /// `end` and another `start`; absent: no end of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<Turns>,
    /// Made at the end of a session, or of a thread.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub end: Vec<Step>,
    /// Who leaves before the answer is there; absent: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abandon: Option<Abandon>,
    /// The pause between two steps; absent: the run's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<Think>,
}

/// A step, written as its call's name or with a weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenStep", into = "WrittenStep")]
pub struct Step {
    /// The call: a built-in one, or one of the file's own. Empty: none, so that nothing is done.
    pub call: String,
    /// How often it is drawn, relative to the others.
    pub weight: u16,
}

/// A stage of a turn: a step, or one of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "the name of a call, or a list of steps such as [\"list_threads\", { weight = 2 }], of which one is drawn"
)]
pub enum Stage {
    /// This step.
    Step(Step),
    /// One of these, drawn by weight.
    OneOf(Vec<Step>),
}

#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "the name of a call, or a table such as { call = \"list_threads\", weight = 3 }"
)]
enum WrittenStep {
    Name(String),
    Weighted(WeightedStep),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightedStep {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    call: String,
    #[serde(default = "one")]
    weight: u16,
}

fn one() -> u16 {
    1
}

impl From<WrittenStep> for Step {
    fn from(written: WrittenStep) -> Step {
        match written {
            WrittenStep::Name(call) => Step { call, weight: 1 },
            WrittenStep::Weighted(WeightedStep { call, weight }) => Step { call, weight },
        }
    }
}

impl From<Step> for WrittenStep {
    fn from(Step { call, weight }: Step) -> WrittenStep {
        match weight == 1 && !call.is_empty() {
            true => WrittenStep::Name(call),
            false => WrittenStep::Weighted(WeightedStep { call, weight }),
        }
    }
}

impl Life {
    /// Every step that it may make.
    pub fn all(&self) -> impl Iterator<Item = &Step> {
        let session = self.session.iter().flat_map(|stage| match stage {
            Stage::Step(step) => std::slice::from_ref(step),
            Stage::OneOf(steps) => steps.as_slice(),
        });
        self.start.iter().chain(&self.steps).chain(session).chain(&self.end)
    }

    /// The steps that it surely makes sooner or later, beside those of its start and its end.
    pub fn usual(&self) -> impl Iterator<Item = &Step> {
        let session = self.session.iter().filter_map(|stage| match stage {
            Stage::Step(step) => Some(step),
            Stage::OneOf(_) => None,
        });
        self.steps.iter().chain(session)
    }
}

impl Users {
    /// What the users of `class` do.
    pub fn of(&self, class: UserClass) -> &Life {
        match class {
            UserClass::Crud => &self.crud,
            UserClass::Stream => &self.stream,
            UserClass::Mixed => &self.mixed,
        }
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, class: UserClass) -> &mut Life {
        match class {
            UserClass::Crud => &mut self.crud,
            UserClass::Stream => &mut self.stream,
            UserClass::Mixed => &mut self.mixed,
        }
    }
}

impl Default for Users {
    fn default() -> Users {
        use Operation::*;
        let weighted = |operation: Operation, weight| Step { call: operation.key().to_owned(), weight };
        let step = |operation| weighted(operation, 1);
        let nothing = |weight| Step { call: String::new(), weight };
        let crud = [
            weighted(ListThreads, 3),
            weighted(ListMessages, 3),
            weighted(PostMessage, 3),
            step(RenameThread),
            step(CreateThread),
            step(DeleteThread),
        ];
        let turn = [
            Stage::Step(step(Chat)),
            Stage::Step(step(ListMessages)),
            Stage::OneOf(vec![step(ListThreads), step(RenameThread), nothing(2)]),
        ];
        Users {
            crud: Life { start: vec![step(CreateThread)], steps: crud.into(), ..Life::default() },
            stream: Life {
                start: vec![step(CreateThread)],
                steps: vec![step(Chat)],
                turns: Some(Turns::evenly(5, 15)),
                end: vec![step(DeleteThread)],
                ..Life::default()
            },
            mixed: Life {
                start: vec![step(CreateThread)],
                session: turn.into(),
                turns: Some(Turns::evenly(2, 5)),
                end: vec![step(DeleteThread)],
                ..Life::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_reads_as_it_is_written() {
        let text = "start = [\"a\"]\nsession = [\"b\", [\"c\", { weight = 2 }, { call = \"d\", weight = 3 }]]\n\
                    turns = \"2..5\"\n";
        let life: Life = toml::from_str(text).unwrap();
        let step = |call: &str, weight| Step { call: call.to_owned(), weight };
        assert_eq!(
            life.all().cloned().collect::<Vec<_>>(),
            [step("a", 1), step("b", 1), step("c", 1), step("", 2), step("d", 3)]
        );
        assert_eq!((life.usual().count(), life.turns), (1, Some(Turns::evenly(2, 5))));
        assert_eq!(toml::from_str::<Life>(&toml::to_string(&life).unwrap()).unwrap(), life);
    }

    #[test]
    fn turns_are_a_number_or_a_distribution() {
        let read = |text: &str| toml::from_str::<Life>(&format!("turns = {text}")).map(|life| life.turns);
        assert_eq!(read("4").unwrap(), "4".parse().ok());
        assert_eq!(read("\"1 .. 20\"").unwrap(), Some(Turns::evenly(1, 20)));
        assert_eq!(read("\"geometric:4\"").unwrap(), "geometric:4".parse().ok());
        let order = read("\"5..2\"").unwrap_err();
        assert!(order.message().contains("the least is above the greatest"), "{order}");
        for bad in ["0", "\"0..3\"", "10001", "\"a\""] {
            assert!(read(bad).unwrap_err().message().contains("is no number of turns"), "{bad}");
        }
    }
}
