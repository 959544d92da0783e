//! Which shape the flags ask for.

use std::path::Path;

use std::time::Duration;

use common::arrivals::{ArrivalRate, Spacing};
use common::class::ClassSet;
use common::named_file;
use common::shape::{CONSTANT, LADDER, MAX_DURATION, Shape, ShapeError, ShapeFile, Stage, names, suggest};

use super::RunArgs;
use super::args::MAX_USERS;
use super::arrivals::ArrivalsChoice;
use verdict::rate_search::FIRST_RATE;

/// Flags that ask for no shape, or for two.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShapeChoiceError {
    /// No built-in shape and no file is called that.
    #[error("--shape {name}: there is no such shape or file{}; use {}, or a TOML file", hint(.name), names().join(", "))]
    Unknown { name: String },
    /// The file cannot be read.
    #[error("--shape {path}: {source}; name a readable TOML file")]
    Unreadable { path: String, source: std::io::Error },
    /// Flags of the constant shape beside another one.
    #[error("{flag} belongs to the constant shape and `--shape {shape}` has its own; leave one of them out")]
    Conflict { flag: &'static str, shape: String },
    /// Arrivals beside another load.
    #[error(
        "{flag} is another load than --arrivals: there users come and leave by themselves; leave one of them out"
    )]
    BesideArrivals { flag: &'static str },
    /// Arrivals beside a shape.
    #[error(
        "--arrivals is a load of its own, and `--shape {0}` another; leave one of them out, or write `arrivals = \"5/s\"` \
         into the stages of a shape file"
    )]
    ArrivalsOfShape(String),
    /// A rate beside a search.
    #[error(
        "--shape ladder finds the rate itself; write --arrivals search, or leave out the shape to let users arrive at this \
         one"
    )]
    ArrivalsOfLadder,
    /// A rate that is to be found, and no search.
    #[error(
        "--arrivals search finds the largest rate that keeps to the thresholds, and belongs to the ladder; write --shape \
         ladder with it, or a rate such as 5/s"
    )]
    SearchOfNoLadder,
    /// What arrives, and nobody does.
    #[error("--arrive says what arrives, and nobody does here; add --arrivals, such as 5/s, or leave it out")]
    NobodyArrives,
    /// A bound of users, and the load has them written down.
    #[error(
        "--max-users bounds what the ladder tries, and who is there where users arrive; this load says by itself how many \
         users it has, so leave it out"
    )]
    NobodyBounded,
    /// The ladder on a time scale.
    #[error(
        "--time-scale stretches a shape's time, and the ladder takes its time from the service; leave it out"
    )]
    Unscaled,
    /// The constant shape without its users.
    #[error("the constant shape needs its users; say how many with --users")]
    NoUsers,
    /// A file that holds no shape.
    #[error("--shape {0}")]
    File(ShapeError),
    /// Flags that make no shape; the message names them.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

fn hint(name: &str) -> String {
    suggest(name).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

/// The shape that the flags ask for, on its time scale and with its classes, and the thresholds that
/// its file holds.
pub(super) fn choose(args: &RunArgs) -> Result<ShapeFile, ShapeChoiceError> {
    let plain = |shape| ShapeFile { shape, thresholds: Vec::new() };
    let ShapeFile { shape, thresholds } = match args.shape.as_deref() {
        _ if args.arrivals.is_some() => plain(arriving(args)?),
        _ if args.replay.is_some() => plain(Shape::replaying(args.run_time.unwrap_or(MAX_DURATION))?),
        Some(LADDER) => plain(ladder(args)?),
        Some(CONSTANT) => plain(constant(args)?),
        None if args.users.is_some() || args.spawn_rate.is_some() || args.run_time.is_some() => {
            plain(constant(args)?)
        }
        None if args.demo => plain(demo()),
        None => named("staged", args)?,
        Some(name) => named(name, args)?,
    };
    let shape = args.classes.map_or(shape.clone(), |classes| shape.with_classes(classes));
    // A trace's own times are scaled, and it is as long as it is.
    let is_scaled = args.time_scale != 1.0 && args.replay.is_none();
    let shape = if is_scaled { shape.scaled(args.time_scale)? } else { shape };
    if args.arrive.is_some() && !shape.is_open() {
        return Err(ShapeChoiceError::NobodyArrives);
    }
    let is_bounded = shape.is_open() || shape.is_ladder() || args.wait_for_start;
    if args.max_users != MAX_USERS && !is_bounded {
        return Err(ShapeChoiceError::NobodyBounded);
    }
    let shape = shape.with_places(args.max_users);
    Ok(ShapeFile { shape, thresholds })
}

/// The first stage of the ladder; the others come from what it finds.
fn ladder(args: &RunArgs) -> Result<Shape, ShapeChoiceError> {
    own_flags(args, LADDER)?;
    if args.time_scale != 1.0 {
        return Err(ShapeChoiceError::Unscaled);
    }
    let classes = args.classes.unwrap_or(ClassSet::ALL);
    let one = Shape::constant(1, 1.0, MAX_DURATION, classes)?;
    Ok(Shape { name: LADDER.to_owned(), ..one })
}

/// The same of a search for a rate.
fn rate_ladder(args: &RunArgs, spacing: Spacing) -> Result<Shape, ShapeChoiceError> {
    let shape = ladder(args)?;
    let rate = ArrivalRate { spacing, per_s: FIRST_RATE };
    let first = Shape::arriving(rate, MAX_DURATION, args.classes.unwrap_or(ClassSet::ALL))?;
    Ok(Shape { name: shape.name, ..first })
}

fn arriving(args: &RunArgs) -> Result<Shape, ShapeChoiceError> {
    if let Some(spacing) = args.arrivals.and_then(ArrivalsChoice::search) {
        return match args.shape.as_deref() {
            Some(LADDER) => rate_ladder(args, spacing),
            _ => Err(ShapeChoiceError::SearchOfNoLadder),
        };
    }
    match args.shape.as_deref() {
        Some(LADDER) => return Err(ShapeChoiceError::ArrivalsOfLadder),
        Some(shape) => return Err(ShapeChoiceError::ArrivalsOfShape(shape.to_owned())),
        None => {}
    }
    let beside = [("--users", args.users.is_some()), ("--spawn-rate", args.spawn_rate.is_some())];
    if let Some((flag, _)) = beside.into_iter().find(|(_, given)| *given) {
        return Err(ShapeChoiceError::BesideArrivals { flag });
    }
    let rate = args.arrivals.and_then(ArrivalsChoice::rate).ok_or(ShapeChoiceError::NobodyArrives)?;
    let time = args.run_time.unwrap_or(MAX_DURATION);
    Ok(Shape::arriving(rate, time, args.classes.unwrap_or(ClassSet::ALL))?)
}

fn constant(args: &RunArgs) -> Result<Shape, ShapeChoiceError> {
    let users = args.users.ok_or(ShapeChoiceError::NoUsers)?;
    let rate = args.spawn_rate.unwrap_or_else(|| f64::from(users.max(1)));
    let time = args.run_time.unwrap_or(MAX_DURATION);
    Ok(Shape::constant(users, rate, time, args.classes.unwrap_or(ClassSet::ALL))?)
}

fn named(name: &str, args: &RunArgs) -> Result<ShapeFile, ShapeChoiceError> {
    own_flags(args, name)?;
    if let Some(shape) = Shape::builtin(name) {
        return Ok(ShapeFile { shape, thresholds: Vec::new() });
    }
    let path = Path::new(name);
    let looks_like_a_file = path.extension().is_some() || path.components().count() > 1 || path.exists();
    if !looks_like_a_file {
        return Err(ShapeChoiceError::Unknown { name: name.to_owned() });
    }
    let unreadable = |source| ShapeChoiceError::Unreadable { path: name.to_owned(), source };
    let text = named_file::text(path, named_file::BY_HAND).map_err(unreadable)?;
    ShapeFile::from_toml(&text, name).map_err(ShapeChoiceError::File)
}

/// Refuses the flags of the constant shape beside another one.
fn own_flags(args: &RunArgs, shape: &str) -> Result<(), ShapeChoiceError> {
    let given = [
        ("--users", args.users.is_some()),
        ("--spawn-rate", args.spawn_rate.is_some()),
        ("--run-time", args.run_time.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(ShapeChoiceError::Conflict { flag, shape: shape.to_owned() }),
        None => Ok(()),
    }
}

/// A minute in which the load passes what the sandbox holds: two stages below, two above, since a plateau
/// is proven by throughput that stays where it is while users are added. Those in the middle are long enough for as
/// many answers as a percentile of 95 wants.
fn demo() -> Shape {
    Shape {
        name: "demo".to_owned(),
        stages: vec![
            stage("20 users", 9, 20, 15.0),
            stage("40 users", 14, 40, 15.0),
            stage("60 users", 20, 60, 15.0),
            stage("90 users", 15, 90, 20.0),
            stage("ramp down", 3, 0, 60.0),
        ],
        mock_llm: false,
    }
}

fn stage(name: &str, seconds: u64, users: u32, spawn_rate: f64) -> Stage {
    let duration = Duration::from_secs(seconds);
    Stage { name: name.to_owned(), duration, users, spawn_rate, classes: ClassSet::ALL, arrivals: None }
}
