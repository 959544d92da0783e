//! How the users of each class go through the calls.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Abandon, Operation};
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

/// What the users of one class do: either `steps`, drawn one after another for as long as they live, or one session
/// after another, each of `start`, so many `turns` of what `session` lists, and `end`.
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
    /// How many turns a session has.
    #[serde(skip_serializing_if = "Turns::is_one")]
    pub turns: Turns,
    /// Made at a session's end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub end: Vec<Step>,
    /// Who leaves before the answer is there; absent: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abandon: Option<Abandon>,
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

/// The number of a session's turns, written `4` or `2..5`: drawn evenly, both ends possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenTurns", into = "String")]
pub struct Turns {
    /// At least one.
    pub least: u32,
    /// No fewer.
    pub most: u32,
}

/// Most turns of a session.
const MOST_TURNS: u32 = 10_000;

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

#[derive(Deserialize)]
#[serde(untagged, expecting = "a number of turns such as 4, or \"2..5\"")]
enum WrittenTurns {
    Number(u32),
    Text(String),
}

impl TryFrom<WrittenTurns> for Turns {
    type Error = String;

    fn try_from(written: WrittenTurns) -> Result<Turns, String> {
        let text = match written {
            WrittenTurns::Number(number) => number.to_string(),
            WrittenTurns::Text(text) => text,
        };
        let (least, most) = text.split_once("..").unwrap_or((&text, &text));
        let turns = least.trim().parse().ok().zip(most.trim().parse().ok());
        let turns = turns.map(|(least, most)| Turns { least, most });
        turns.filter(|turns| (1..=turns.most).contains(&turns.least) && turns.most <= MOST_TURNS).ok_or_else(|| {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
            format!("`{shown}` is no number of turns; write one such as 4, or \"2..5\", from 1 to {MOST_TURNS}")
        })
    }
}

impl From<Turns> for String {
    fn from(turns: Turns) -> String {
        turns.to_string()
    }
}

impl fmt::Display for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.least == self.most {
            true => write!(f, "{}", self.least),
            false => write!(f, "{}..{}", self.least, self.most),
        }
    }
}

impl Default for Turns {
    fn default() -> Turns {
        Turns { least: 1, most: 1 }
    }
}

impl Turns {
    fn is_one(&self) -> bool {
        *self == Turns::default()
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
            stream: Life { start: vec![step(CreateThread)], steps: vec![step(Chat)], ..Life::default() },
            mixed: Life {
                start: vec![step(CreateThread)],
                session: turn.into(),
                turns: Turns { least: 2, most: 5 },
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
        assert_eq!((life.usual().count(), life.turns), (1, Turns { least: 2, most: 5 }));
        assert_eq!(toml::from_str::<Life>(&toml::to_string(&life).unwrap()).unwrap(), life);
    }

    #[test]
    fn turns_are_a_number_or_two() {
        let read = |text: &str| toml::from_str::<Life>(&format!("turns = {text}")).map(|life| life.turns);
        assert_eq!(read("4").unwrap(), Turns { least: 4, most: 4 });
        assert_eq!(read("\"1 .. 20\"").unwrap(), Turns { least: 1, most: 20 });
        for bad in ["0", "\"5..2\"", "\"\"", "\"0..3\"", "10001", "\"a\""] {
            assert!(read(bad).unwrap_err().message().contains("is no number of turns"), "{bad}");
        }
    }
}
