//! The load of a run that waits: what may be chosen, and what a choice means.

use common::shape::{ARRIVALS, CONSTANT, LADDER, REPLAY, names, parse_duration};
use hub::control::LoadRequest;
use jiff::Timestamp;
use serde::Serialize;

use super::arrivals::ArrivalsChoice;
use super::error::OptionsError;
use super::{Options, RunArgs};

/// The shape of `--demo`, as a choice.
const DEMO: &str = "demo";

/// What whoever starts a run may choose, and what the command line says. The dashboard's page reads it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct LoadChoices {
    /// The shapes that may be chosen: those built in, and the file that the command line names.
    shapes: Vec<String>,
    /// Which of them takes the number of its users, its spawn rate and its time from the page.
    constant: &'static str,
    /// Which of them takes its time from the service.
    unscaled: &'static str,
    /// The shape of the command line; as the other flags below.
    shape: String,
    users: Option<u32>,
    spawn_rate: Option<f64>,
    /// As people type it.
    run_time: Option<String>,
    time_scale: f64,
}

/// The flags of a run whose load is chosen by whoever starts it. Secrets and certificates are not among them:
/// they are read once.
#[derive(Debug)]
pub(crate) struct LoadChoice(RunArgs);

impl LoadChoice {
    pub(super) fn new(args: RunArgs) -> LoadChoice {
        let (token, token_file) = (None, None);
        let (tls_cert, tls_key, tls_ca) = (None, None, None);
        LoadChoice(RunArgs { token, token_file, tls_cert, tls_key, tls_ca, ..args })
    }

    /// What may be chosen.
    pub(crate) fn choices(&self) -> LoadChoices {
        let args = &self.0;
        let shape = match (&args.shape, args.demo) {
            (Some(shape), _) => shape.clone(),
            (None, _) if args.arrivals.is_some() => ARRIVALS.to_owned(),
            (None, _) if args.replay.is_some() => REPLAY.to_owned(),
            (None, _) if args.names_load() => CONSTANT.to_owned(),
            (None, true) => DEMO.to_owned(),
            (None, false) => "staged".to_owned(),
        };
        let time = |time| humantime::format_duration(time).to_string().replace(' ', "");
        LoadChoices {
            shapes: shapes(args),
            constant: CONSTANT,
            unscaled: LADDER,
            shape,
            users: args.users,
            spawn_rate: args.spawn_rate,
            run_time: args.run_time.map(time),
            time_scale: args.time_scale,
        }
    }

    /// The run that goes by `before`, with another load, checked as the command line is; `now` is its wall
    /// clock.
    ///
    /// # Errors
    /// The load is invalid, or does not fit the rest of the command line.
    pub(crate) fn options(
        &self,
        load: &LoadRequest,
        before: &Options,
        now: Timestamp,
    ) -> Result<Options, OptionsError> {
        let mut next = Options::new(chosen(self.0.clone(), load)?, before.plan.seed, now)?;
        // The sandbox of a demo has an address since the start.
        next.plan.base_url.clone_from(&before.plan.base_url);
        next.facts.host.clone_from(&before.facts.host);
        Ok(Options { token: before.token.clone(), tls: before.tls.clone(), ..next })
    }
}

fn shapes(args: &RunArgs) -> Vec<String> {
    let rate = args.arrivals.and_then(ArrivalsChoice::rate).map(|_| ARRIVALS);
    let own = [args.demo.then_some(DEMO), rate, args.replay.as_ref().map(|_| REPLAY)];
    let mut shapes: Vec<String> =
        own.into_iter().flatten().chain(names().iter().copied()).map(str::to_owned).collect();
    if let Some(file) = args.shape.as_ref().filter(|shape| !shapes.contains(shape)) {
        shapes.insert(0, file.clone());
    }
    shapes
}

/// The command line with this load. A page must not make the controller read any file of its machine, so it
/// can name none that the command line does not.
fn chosen(args: RunArgs, load: &LoadRequest) -> Result<RunArgs, OptionsError> {
    let shapes = shapes(&args);
    if let Some(shape) = load.shape.as_ref().filter(|shape| !shapes.contains(shape)) {
        return Err(OptionsError::NoChoice { shape: shape.clone(), shapes: shapes.join(", ") });
    }
    let time_scale = load.time_scale.unwrap_or(args.time_scale);
    if !load.is_named() {
        return Ok(RunArgs { time_scale, ..args });
    }
    let time = |text: &String| parse_duration(text).map_err(|error| OptionsError::Time(error.to_string()));
    let is_own = |shape: &String| {
        (shape == DEMO && args.demo)
            || (shape == ARRIVALS && args.arrivals.is_some())
            || (shape == REPLAY && args.replay.is_some())
    };
    // The rate is the command line's, or another load takes its place; so with that it is searched for.
    let arrivals = args.arrivals.filter(|asked| {
        load.shape.as_deref() == Some(if asked.search().is_some() { LADDER } else { ARRIVALS })
    });
    let arrive = args.arrive.filter(|_| arrivals.is_some());
    let replay = args.replay.clone().filter(|_| load.shape.as_deref() == Some(REPLAY));
    Ok(RunArgs {
        shape: load.shape.clone().filter(|shape| !is_own(shape)),
        arrivals,
        arrive,
        replay,
        users: load.users,
        spawn_rate: load.spawn_rate,
        run_time: load.run_time.as_ref().map(time).transpose()?,
        time_scale,
        ..args
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn options(line: &str) -> Options {
        let line = format!("{line} --wait-for-start");
        let cli = crate::cli::Cli::try_parse_from(line.split(' ')).unwrap();
        Options::new(cli.run, 7, Timestamp::UNIX_EPOCH).unwrap()
    }

    fn with(options: &Options, load: &str) -> Result<Options, OptionsError> {
        let load = serde_json::from_str(load).unwrap();
        options.load_choice.as_ref().unwrap().options(&load, options, Timestamp::UNIX_EPOCH)
    }

    fn choices(line: &str) -> LoadChoices {
        options(line).load_choice.unwrap().choices()
    }

    #[test]
    fn a_load_takes_the_place_of_the_flags_and_is_checked_like_them() {
        let flags = options("controller --shape staged --threshold p95<200ms --time-scale 0.5");
        let with = |text: &str| with(&flags, text);
        let command = |text: &str| with(text).unwrap().facts.command.unwrap();
        let host = "controller --host http://localhost:8000";
        assert_eq!(
            command("{}"),
            format!("{host} --shape staged --seed 7 --time-scale 0.5 --threshold 'p95<200ms'")
        );
        assert_eq!(
            command(r#"{"users": 5, "run_time": "90s", "time_scale": 1}"#),
            format!("{host} --users 5 --run-time 1m30s --seed 7 --threshold 'p95<200ms'")
        );
        assert_eq!(
            with(r#"{"shape": "mock"}"#).unwrap().outputs.files()[0].path.to_str().unwrap(),
            "results/mock-19700101T000000Z/mock_stats.csv"
        );
        let refused = |text: &str| with(text).unwrap_err().to_string();
        assert!(
            refused(r#"{"shape": "staged", "users": 5}"#).contains("--users belongs to the constant shape")
        );
        assert!(refused(r#"{"shape": "constant"}"#).contains("the constant shape needs its users"));
        assert!(refused(r#"{"users": 5, "run_time": "soon"}"#).starts_with("--run-time: "));
        assert!(refused(r#"{"shape": "ladder"}"#).contains("--time-scale stretches a shape's time"));
        assert!(refused(r#"{"time_scale": -1}"#).contains("scale"));
        let elsewhere = refused(r#"{"shape": "/etc/passwd"}"#);
        assert!(elsewhere.contains("`/etc/passwd` cannot be started from here"), "{elsewhere}");
    }

    #[test]
    fn a_rate_of_arrivals_is_kept_or_gives_way_to_another_load() {
        let flags = options("controller --arrivals 5/s -t 60s --arrive request");
        let command = |load: &str| with(&flags, load).unwrap().facts.command.unwrap();
        let host = "controller --host http://localhost:8000";
        let own = format!("{host} --arrivals 5/s --run-time 1m --arrive request --seed 7");
        assert_eq!((command("{}"), flags.facts.command.clone().unwrap()), (own.clone(), own));
        assert_eq!(
            command(r#"{"shape": "arrivals", "run_time": "5s"}"#),
            format!("{host} --arrivals 5/s --run-time 5s --arrive request --seed 7")
        );
        assert_eq!(command(r#"{"users": 3}"#), format!("{host} --users 3 --seed 7"));
        assert_eq!(choices("controller --arrivals 5/s").shape, "arrivals");
    }

    #[test]
    fn thresholds_must_fit_the_shape_that_is_chosen() {
        let flags = options("controller --shape full --threshold ttft.p95<3s");
        let refused = with(&flags, r#"{"shape": "crud-only"}"#);
        assert!(refused.unwrap_err().to_string().starts_with("--threshold: "));
    }

    #[test]
    fn the_demo_may_be_given_another_load_and_keeps_its_sandbox() {
        let mut flags = options("controller --demo");
        flags.plan.base_url = "http://127.0.0.1:1".to_owned();
        let demo = choices("controller --demo");
        assert_eq!((demo.shape.as_str(), demo.shapes[0].as_str()), ("demo", "demo"));
        let same = with(&flags, r#"{"shape": "demo"}"#).unwrap();
        assert_eq!((same.facts.shape.as_str(), same.plan.base_url.as_str()), ("demo", "http://127.0.0.1:1"));
        let other = with(&flags, r#"{"users": 3}"#).unwrap();
        assert_eq!(other.facts.command.unwrap(), "controller --demo --users 3 --seed 7");
        let stays = with(&options("controller --demo --users 4"), "{}").unwrap();
        assert_eq!(stays.facts.shape, "constant");
    }

    #[test]
    fn the_choices_begin_with_what_the_command_line_says() {
        let chosen = choices("controller -u 5 -r 2.5 -t 90s");
        assert_eq!(
            (chosen.shape.as_str(), chosen.users, chosen.spawn_rate),
            ("constant", Some(5), Some(2.5))
        );
        assert_eq!((chosen.run_time.as_deref(), chosen.time_scale), (Some("1m30s"), 1.0));
        assert_eq!(choices("controller").shape, "staged");
        assert!(choices("controller").shapes.contains(&"ladder".to_owned()));
    }
}
