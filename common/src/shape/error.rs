//! What can be wrong with a shape, and where.

use std::fmt;

use super::duration::DurationError;
use super::limits::{MAX_NAME, MAX_SPAWN_RATE, MAX_USERS};
use crate::arrivals::RateError;
use crate::class::ClassError;
use crate::text::number::span;

/// Where a fault in a shape lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A line of a shape file, counted from 1.
    Line {
        /// The file, as it was named on the command line.
        file: String,
        /// The line.
        line: usize,
    },
    /// A shape file as a whole.
    File(String),
    /// A flag of the command line.
    Flag(&'static str),
    /// `--time-scale`, with the stage that it pushes beyond a limit.
    Scale {
        /// The stage's name.
        stage: String,
    },
}

impl Location {
    /// The line of byte `at` in the text of `file`.
    pub fn in_text(file: &str, text: &str, at: usize) -> Location {
        let before = text.as_bytes().iter().take(at);
        Location::Line { file: file.to_owned(), line: 1 + before.filter(|byte| **byte == b'\n').count() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Line { file, line } => write!(f, "{file} line {line}"),
            Location::File(file) => f.write_str(file),
            Location::Flag(flag) => f.write_str(flag),
            Location::Scale { stage } => write!(f, "--time-scale, stage {stage:?}"),
        }
    }
}

/// A shape that cannot be run. Every message is one line that says where and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "`at` is the place of the fault; the other fields are quoted in the message")]
pub enum ShapeError {
    /// The text is not TOML.
    #[error("{at}: {message}")]
    BrokenToml { at: Location, message: String },
    /// A key that shape files do not have.
    #[error("{at}: no setting is called `{}` here; {advice}", .key.replace(char::is_control, "\u{FFFD}"))]
    UnknownKey { at: Location, key: String, advice: String },
    /// A key with a value of another kind.
    #[error("{at}: `{key}` is not {expected}; write it as in `{example}`")]
    WrongKind { at: Location, key: &'static str, expected: &'static str, example: &'static str },
    /// A stage without a key that it needs.
    #[error("{at}: this stage has no `{key}`; add a line such as `{example}`")]
    MissingKey { at: Location, key: &'static str, example: &'static str },
    /// A file without stages.
    #[error("{at}: the shape has no stages; add one, headed [[stage]], with duration, users and spawn_rate")]
    NoStages { at: Location },
    /// No stage asks for a user.
    #[error("{at}: the shape starts no users; ask for at least 1")]
    NoUsers { at: Location },
    /// No stage lets anybody arrive.
    #[error("{at}: nobody arrives; give a rate above 0, such as 5/s")]
    NoArrivals { at: Location },
    /// A rate that cannot be read, or one beyond its limit.
    #[error("{at}: {fault}")]
    BadRate { at: Location, fault: RateError },
    /// Users that stay and users that arrive in one shape.
    #[error(
        "{at}: a shape either holds users or lets them arrive; give each stage `users`, or each `arrivals`"
    )]
    MixedLoad { at: Location },
    /// Stages whose arrivals are spaced in two ways.
    #[error(
        "{at}: the stages before space their arrivals in another way; write `constant:` in all or in none"
    )]
    MixedSpacing { at: Location },
    /// A key of stages that hold users in one where they arrive, or the other way round.
    #[error("{at}: `{key}` says nothing here: {why}; leave it out")]
    IdleKey { at: Location, key: &'static str, why: &'static str },
    /// A duration that cannot be read, or a negative one.
    #[error("{at}: {fault}")]
    BadDuration { at: Location, fault: DurationError },
    /// A stage that is over before it starts.
    #[error("{at}: the duration is shorter than a microsecond; give the stage some time, such as 30s")]
    ZeroDuration { at: Location },
    /// A stage, or the sum of stages up to it, beyond [`super::MAX_DURATION`].
    #[error("{at}: this makes the shape longer than 7 days; shorten it")]
    TooLong { at: Location },
    /// A way to a rate that its stage ends on.
    #[error(
        "{at}: the ramp takes {}, and its stage ends after {}; make the stage longer, or the ramp shorter", span(*.ramp), span(*.stage)
    )]
    LongRamp { at: Location, ramp: f64, stage: f64 },
    /// A number of users below 0 or beyond [`MAX_USERS`].
    #[error("{at}: {users} users cannot be run; give a number from 0 to {MAX_USERS}")]
    TooManyUsers { at: Location, users: String },
    /// A spawn rate that is not a number, not above 0, or beyond [`MAX_SPAWN_RATE`].
    #[error("{at}: no ramp runs at {rate} users/s; give a spawn rate above 0 and up to {MAX_SPAWN_RATE}")]
    BadSpawnRate { at: Location, rate: f64 },
    /// The first stage has no spawn rate, and no stage before it from which to take one.
    #[error(
        "{at}: the first stage needs a spawn rate; add a line such as `spawn_rate = 2.0` (users per second)"
    )]
    NoSpawnRate { at: Location },
    /// A text that names no user class, or gives it no weight.
    #[error("{at}: {fault}")]
    BadClass { at: Location, fault: ClassError },
    /// An empty list of classes.
    #[error("{at}: `classes` names none; list crud, stream or mixed, or leave the line out for all")]
    NoClasses { at: Location },
    /// A shape's name that cannot be part of a file name.
    #[error(
        "{at}: {name:?} cannot name a shape; add `name = \"...\"` with 1 to {MAX_NAME} letters, digits, - or _"
    )]
    BadName { at: Location, name: String },
    /// A name that the controller uses for a shape of its own.
    #[error(
        "{at}: a shape of your own cannot be called {name:?}, that is what controller's own is; add `name = \"...\"`"
    )]
    TakenName { at: Location, name: String },
    /// A stage's name that does not fit into a table.
    #[error("{at}: {name:?} cannot name a stage; use 1 to {MAX_NAME} printable characters")]
    BadStageName { at: Location, name: String },
    /// A time scale that is not a number above 0.
    #[error("--time-scale: {factor} does not scale time; give a number above 0, such as 0.05")]
    BadTimeScale { factor: f64 },
}
