//! A command line that has been understood: every value checked before anything starts.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::arrivals::{ArrivalPlan, ArrivalUnit};
use common::class::UserClass;
use common::named_file;
use common::plan::Plan;
use common::replay::Replay;
use common::shape::{Location, Shape, ShapeFile};
use common::trace::Tracing;
use hub::fleet::classes_of;
use hub::grpc::{Tls, Token};
use hub::run::SearchPlan;
use jiff::Timestamp;
use worker::tls_files::TlsFiles;

use super::error::OptionsError;
use super::load::LoadChoice;
use super::shape::choose;
use super::{RunArgs, abandon, asking, criteria, facts, log, outputs, pace, replay, url, users};
use crate::api;
use crate::model_page::{Behind, BehindError};
use crate::prompts::{self, Prompts};
use crate::replay::Trace;
use common::timeline::Timeline;
use observe::{Choice, Observe};
use report::files::OutputPlan;
use report::rows::RunFacts;
use verdict::limits::Criteria;
use verdict::threshold::{self, Rule, ThresholdContext};

/// Everything a run needs to know: each value resolved and checked.
#[derive(Debug)]
pub(crate) struct Options {
    pub timeline: Timeline,
    /// The search that makes the load go on, if that is what was asked for.
    pub search: Option<SearchPlan>,
    /// What the run must keep to.
    pub rules: Vec<Rule>,
    /// What its rungs must keep to.
    pub criteria: Criteria,
    pub plan: Plan,
    /// The trace that is asked again, if that is the load.
    pub replay: Option<Arc<Replay>>,
    /// The host is a sandbox of our own, which is yet to be started.
    pub demo: bool,
    /// How long the service may take to come up.
    pub host_max_wait: Duration,
    pub workers: WorkerOptions,
    /// What workers, and orders to the dashboard, must carry.
    pub token: Option<Token>,
    /// How connections of workers are secured.
    pub tls: Option<Tls>,
    pub outputs: OutputPlan,
    /// Where metrics are pushed.
    pub otlp: Option<String>,
    pub dashboard: DashboardChoice,
    /// The JSON summary goes to standard output.
    pub json_to_stdout: bool,
    pub quiet: bool,
    pub abort_on_fail: bool,
    pub fail_on_degraded: bool,
    /// What the report says about the run before it starts.
    pub facts: RunFacts,
    /// The load is up to whoever starts the run; none: the run begins by itself.
    pub load_choice: Option<LoadChoice>,
    /// Who looks inside the service.
    pub observe: Vec<Observe>,
    /// Which series of pages they keep.
    pub observe_series: Choice,
    /// The model behind the service.
    pub behind: Option<Behind>,
}

/// Which workers take part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkerOptions {
    /// Where they connect to.
    pub bind: SocketAddr,
    /// How many must be there before the load begins; the local ones are among them.
    pub expected: usize,
    /// How long to wait for those; none: for ever.
    pub max_wait: Option<Duration>,
    /// How many run inside this process.
    pub local: usize,
    /// Most at a time.
    pub most: usize,
}

/// Where the dashboard is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DashboardChoice {
    At(SocketAddr),
    /// At the usual address, if somebody is there to look and it is free.
    Usual,
    Off,
}

impl Options {
    /// Checks the flags. `drawn` is the seed of a run that names none, `now` its wall clock.
    ///
    /// # Errors
    /// The first flag that cannot be carried out, and what to do about it.
    pub(crate) fn new(args: RunArgs, drawn: u64, now: Timestamp) -> Result<Options, OptionsError> {
        check_ranges(&args)?;
        let ShapeFile { shape, thresholds } = choose(&args)?;
        let prompts = args.prompts.as_deref().map(prompts::read).transpose()?;
        let trace = replay::of(&args)?;
        let mut plan = plan(&args, &shape, args.seed.unwrap_or(drawn), prompts.as_ref(), trace.as_ref())?;
        plan.tells_asks = args.behind.is_some();
        plan.users = users::of(&args, &shape, &plan.api)?;
        plan.arrivals = arrivals(&args, &shape, plan.seed);
        check_classes(&shape, &plan)?;
        let rules = rules(&args, &thresholds, &shape, &plan)?;
        let token = token(&args)?;
        let tls = Tls::new(&tls_files(&args))?;
        let otlp = args.otlp.as_deref().map(url::otlp).transpose()?;
        let criteria = criteria::of(&rules, &shape, &plan)?;
        let search = criteria::search(&args, &shape, &criteria)?;
        let observe = Observe::all(&args.observe)?;
        let observe_series = Choice::of(&args.observe_series)?;
        if observe.is_empty() && !args.observe_series.is_empty() {
            return Err(OptionsError::NobodyObserves);
        }
        let behind = behind(&args, &shape, &plan)?;
        Ok(Options {
            behind,
            observe,
            observe_series,
            outputs: outputs::of(&args, &shape, now),
            facts: replay::tell(
                facts::of(&args, &shape, &plan, prompts),
                trace.as_ref(),
                &plan,
                args.max_users,
            ),
            replay: trace.map(|trace| trace.replay),
            timeline: match &search {
                Some(search) => search.timeline(plan.mock_llm),
                None => Timeline::of(shape),
            },
            // What the ladder is asked is asked of its rungs; taken to its end, it misses some of it on purpose.
            rules: if search.is_some() { Vec::new() } else { rules },
            search,
            criteria,
            plan,
            demo: args.demo,
            host_max_wait: args.host_max_wait,
            workers: workers(&args),
            token,
            tls,
            otlp,
            dashboard: dashboard(&args),
            json_to_stdout: outputs::to_stdout(&args),
            quiet: args.quiet,
            abort_on_fail: args.abort_on_fail,
            fail_on_degraded: args.fail_on_degraded,
            load_choice: args.wait_for_start.then(|| LoadChoice::new(args)),
        })
    }

    /// The same run against the sandbox at this address.
    pub(crate) fn at_sandbox(mut self, address: SocketAddr) -> Options {
        self.plan.base_url = format!("http://{address}");
        self.facts.host = Some(format!("{} (sandbox backend)", self.plan.base_url));
        self
    }

    /// Whether only workers with a certificate get in.
    pub(crate) fn verifies_workers(&self) -> bool {
        self.tls.as_ref().is_some_and(Tls::verifies_workers)
    }
}

/// A demo brings a worker along, and listens on any free port.
fn workers(args: &RunArgs) -> WorkerOptions {
    let (mut bind, mut local) = (args.bind, args.local_workers);
    if args.demo {
        bind.set_port(0);
        local = local.max(1);
    }
    WorkerOptions {
        bind,
        expected: args.expect_workers.max(local),
        max_wait: args.expect_workers_max_wait,
        local,
        most: args.max_workers,
    }
}

fn dashboard(args: &RunArgs) -> DashboardChoice {
    match args.dashboard {
        Some(address) => DashboardChoice::At(address),
        None if args.no_dashboard || args.quiet => DashboardChoice::Off,
        None => DashboardChoice::Usual,
    }
}

fn check_ranges(args: &RunArgs) -> Result<(), OptionsError> {
    let range =
        |flag, range, fine: bool| if fine { Ok(()) } else { Err(OptionsError::Range { flag, range }) };
    range("--max-users", "1 to 1000000", (1..=1_000_000).contains(&args.max_users))?;
    range("--local-workers", "0 to 64", args.local_workers <= 64)?;
    range("--max-workers", "1 to 100000", (1..=100_000).contains(&args.max_workers))?;
    range("--expect-workers", "1 to --max-workers", (1..=args.max_workers).contains(&args.expect_workers))?;
    let long = Duration::from_secs(24 * 3600);
    let times = [
        ("--crud-timeout", args.crud_timeout),
        ("--stream-timeout", args.stream_timeout),
        ("--idle-timeout", args.idle_timeout),
        ("--stop-timeout", args.stop_timeout),
    ];
    times.into_iter().try_for_each(|(flag, time)| range(flag, "at most 24h", time <= long))
}

/// The thresholds of the shape file, then those of the flags.
fn rules(
    args: &RunArgs,
    in_file: &[(Location, String)],
    shape: &Shape,
    plan: &Plan,
) -> Result<Vec<Rule>, OptionsError> {
    let endpoints = plan.api.endpoints();
    let context = ThresholdContext { shape, endpoints: &endpoints, no_streams: no_streams(shape, plan) };
    let in_file = in_file.iter().map(|(place, text)| (format!("--shape {place}: thresholds"), text));
    let typed = args.thresholds.iter().map(|text| ("--threshold".to_owned(), text));
    let rule = |(at, text): (String, &String)| {
        let read = threshold::parse(text).and_then(|written| threshold::resolve(&written, &context));
        read.map_err(|fault| OptionsError::Threshold { at, fault: Box::new(fault) })
    };
    let mut rules = in_file.chain(typed).map(rule).collect::<Result<Vec<Rule>, _>>()?;
    if args.abort_on_fail && rules.is_empty() {
        return Err(OptionsError::NothingToFail);
    }
    if !rules.is_empty() && !rules.iter().any(Rule::is_about_failures) {
        rules.extend(criteria::assumed_failures(&context));
    }
    Ok(rules)
}

/// Why no user will ask for a stream.
pub(super) fn no_streams(shape: &Shape, plan: &Plan) -> Option<&'static str> {
    let streaming = |class: UserClass| plan.api.streams(class);
    match plan.mock_llm {
        true => Some("mock-llm"),
        false => (!classes_of(shape).iter().any(streaming)).then_some("crud users alone"),
    }
}

/// The model behind the service, if its requests can be joined to those of users.
fn behind(args: &RunArgs, shape: &Shape, plan: &Plan) -> Result<Option<Behind>, OptionsError> {
    let Some(text) = &args.behind else { return Ok(None) };
    let behind: Behind = text.parse()?;
    if let Some(why) = no_streams(shape, plan) {
        return Err(BehindError::NoStreams(why).into());
    }
    match plan.tracing.is_some() || plan.asking.nonce {
        true => Ok(Some(behind)),
        false => Err(BehindError::Nameless.into()),
    }
}

/// Each class that takes part must have something to do.
fn check_classes(shape: &Shape, plan: &Plan) -> Result<(), OptionsError> {
    let idle = |class: &UserClass| !plan.api.occupies(*class, plan.mock_llm);
    match classes_of(shape).iter().find(idle) {
        Some(class) => Err(OptionsError::Idle { api: plan.api.name.clone(), class, mock: plan.mock_llm }),
        None => Ok(()),
    }
}

fn plan(
    args: &RunArgs,
    shape: &Shape,
    seed: u64,
    prompts: Option<&Prompts>,
    trace: Option<&Trace>,
) -> Result<Plan, OptionsError> {
    let ca_pem = match &args.ca_cert {
        Some(path) => certificates(path)?,
        None => String::new(),
    };
    let mut api = api::choose(args.api.as_deref(), &args.headers)?;
    let mock_llm = args.mock_llm || shape.mock_llm;
    abandon::apply(&args.abandon, classes_of(shape), mock_llm, &mut api)?;
    let think = pace::think(&args.think, classes_of(shape), &mut api)?;
    pace::turns(&args.turns, classes_of(shape), &mut api)?;
    let asking = asking::of(args, &mut api, trace)?;
    let log = log::settings(args, &api)?;
    Ok(Plan {
        log,
        // The sandbox has an address once it is started; a variable may name any other.
        base_url: if args.demo { String::new() } else { url::host(&args.host, &api)? },
        connect_to: args.connect_to.as_deref().map_or(Ok(String::new()), url::connect_to)?,
        api,
        seed,
        think,
        mock_llm,
        crud_timeout: args.crud_timeout,
        stream_timeout: args.stream_timeout,
        idle_timeout: args.idle_timeout,
        stop_timeout: args.stop_timeout,
        insecure: args.insecure,
        ca_pem,
        prompts: prompts.map(|prompts| prompts.all.clone()).unwrap_or_default(),
        asking,
        tracing: (!args.no_traceparent).then(|| Tracing { sample: args.trace_sample.unwrap_or_default() }),
        ..Plan::default()
    })
}

/// The schedule of an open shape.
fn arrivals(args: &RunArgs, shape: &Shape, seed: u64) -> Option<Arc<ArrivalPlan>> {
    let (path, spacing) = (shape.rate_path()?, shape.spacing()?);
    let unit = match args.replay {
        Some(_) => ArrivalUnit::Replay,
        None => args.arrive.unwrap_or_default(),
    };
    Some(Arc::new(ArrivalPlan { path, spacing, unit, seed }))
}

fn token(args: &RunArgs) -> Result<Option<Token>, OptionsError> {
    let (text, flag) = match (&args.token_file, &args.token) {
        (Some(path), _) => (read("--token-file", path)?, "--token-file"),
        (None, Some(token)) => (token.clone(), "--token (LOADTEST_TOKEN)"),
        (None, None) => return Ok(None),
    };
    Token::new(&text).map(Some).ok_or(OptionsError::NoToken(flag))
}

pub(super) fn certificates(path: &Path) -> Result<String, OptionsError> {
    let pem = read("--ca-cert", path)?;
    match pem.contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(pem),
        false => Err(OptionsError::NoCertificate(path.to_owned())),
    }
}

fn tls_files(args: &RunArgs) -> TlsFiles {
    TlsFiles { cert: args.tls_cert.clone(), key: args.tls_key.clone(), ca: args.tls_ca.clone() }
}

fn read(flag: &'static str, path: &Path) -> Result<String, OptionsError> {
    named_file::text(path, named_file::BY_HAND).map_err(|source| OptionsError::Unreadable {
        flag,
        path: path.to_owned(),
        source,
    })
}
