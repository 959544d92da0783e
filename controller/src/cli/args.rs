//! The flags of a run, as they are typed.

#![allow(
    rustdoc::invalid_html_tags,
    reason = "the texts are those of --help, where <shape> is a placeholder"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use common::api::{Abandon, Think, Turns};
use common::arrivals::ArrivalUnit;
use common::asking::SharedPrefix;
use common::class::ClassSet;
use common::distribution::Distribution;
use common::shape::parse_duration;
use common::trace::SampleShare;

use super::arrivals::ArrivalsChoice;
use super::asking::CacheChoice;
use super::for_class::ForClass;
use super::value::{address, arrive, boolish, number, positive, rate, sample, share, whole};
use crate::values_file;

/// Most users of a search, or of arrivals, unless a flag says otherwise.
pub(super) const MAX_USERS: u32 = 1000;

/// The flags of a run.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// Try it out: a sandbox backend, one local worker, by default a shape of one minute
    #[arg(long)]
    pub demo: bool,

    /// The service
    ///
    /// A path in it stands before that of every call.
    #[arg(
        short = 'H',
        long,
        value_name = "URL",
        env = "LOADTEST_BASE_URL",
        default_value = "http://localhost:8000",
        help_heading = "Target"
    )]
    pub host: String,
    /// Its API: default, openai, anthropic, ai-sdk, events, or a TOML file
    ///
    /// A file says what differs from one of these; `controller api` prints them.
    #[arg(long, value_name = "NAME|FILE", help_heading = "Target")]
    pub api: Option<String>,
    /// Header of every request, 'NAME: VALUE'; may be repeated. The variable has one on each line
    #[arg(
        long = "header",
        value_name = "HEADER",
        env = "LOADTEST_HEADERS",
        hide_env_values = true,
        value_delimiter = '\n',
        help_heading = "Target",
        hide_short_help = true
    )]
    pub headers: Vec<String>,
    /// Connect there and ask for the name in --host, in TLS too: one node of many, an ingress by its address
    #[arg(long, value_name = "HOST:PORT", help_heading = "Target", hide_short_help = true)]
    pub connect_to: Option<String>,
    /// How long the service may take to come up
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration, allow_hyphen_values = true,
          help_heading = "Target", hide_short_help = true)]
    pub host_max_wait: Duration,
    /// Further certificate authorities for https, PEM
    #[arg(long, value_name = "FILE", help_heading = "Target", hide_short_help = true)]
    pub ca_cert: Option<PathBuf>,
    /// Accept any certificate of the service
    #[arg(long, help_heading = "Target", hide_short_help = true)]
    pub insecure: bool,

    /// Load shape: staged, crud-only, mock, full, constant, ladder (searches for the most users that
    /// keep to the thresholds), or a TOML file [default: staged; with --users alone: constant]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Load")]
    pub shape: Option<String>,
    /// Users of the constant shape
    #[arg(short, long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true, help_heading = "Load")]
    pub users: Option<u32>,
    /// Users started per second in it [default: all within one second]
    #[arg(short = 'r', long, value_name = "RATE", value_parser = number, allow_negative_numbers = true,
          help_heading = "Load")]
    pub spawn_rate: Option<f64>,
    /// Users arrive at this rate, and leave: 5/s, constant:5/s, 30/min
    ///
    /// 5/s is random (a Poisson process). Each lives one session; see --arrive. With --shape ladder: search, for the
    /// largest rate that keeps to the thresholds.
    #[arg(long, value_name = "RATE", value_parser = rate, allow_hyphen_values = true, help_heading = "Load")]
    pub arrivals: Option<ArrivalsChoice>,
    /// Ask again what a trace says, when it says it: JSONL of our own form, Mooncake's JSONL or Azure's CSV; docs/replay.md
    ///
    /// --time-scale 0.1 makes it ten times as fast, --run-time ends it before its end.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["shape", "users", "spawn_rate", "arrivals", "arrive", "search_time", "classes", "think",
                              "turns", "prompts", "prompt_words", "shared_prefix"],
        help_heading = "Load",
        hide_short_help = true
    )]
    pub replay: Option<PathBuf>,
    /// What arrives: session, or request: a single one, of a user that is there with its connection
    #[arg(long, value_name = "WHAT", value_parser = arrive, help_heading = "Load", hide_short_help = true)]
    pub arrive: Option<ArrivalUnit>,
    /// Most users that the ladder tries
    ///
    /// Where users arrive, the most at once: further ones are dropped, and counted.
    #[arg(long, value_name = "N", default_value_t = MAX_USERS, value_parser = whole::<u32>, allow_negative_numbers = true,
          help_heading = "Load")]
    pub max_users: u32,
    /// Longest time that the ladder may take: 10m, 1h [default: as long as it needs]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, allow_hyphen_values = true,
          help_heading = "Load", hide_short_help = true)]
    pub search_time: Option<Duration>,
    /// How long the constant shape lasts: 90s, 1h30m [default: until stopped]
    ///
    /// So long users arrive with --arrivals.
    #[arg(short = 't', long, value_name = "DURATION", value_parser = parse_duration, allow_hyphen_values = true,
          help_heading = "Load")]
    pub run_time: Option<Duration>,
    /// Stretch the shape's time by this factor; 0.05 makes a trial of 1/20 of the length
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = number, allow_negative_numbers = true,
          help_heading = "Load", hide_short_help = true)]
    pub time_scale: f64,
    /// User classes that take part, and their weights: crud,mixed or crud=6,stream=2 [default: the shape's;
    /// crud=3,stream=1,mixed=2]
    #[arg(long, value_name = "LIST", help_heading = "Load", hide_short_help = true)]
    pub classes: Option<ClassSet>,
    /// What users ask: a file with a prompt on each line, or .jsonl or .json, of conversations too [default: short
    /// sentences of our own]
    #[arg(long, value_name = "FILE", help_heading = "Load", hide_short_help = true)]
    pub prompts: Option<PathBuf>,
    /// How many words of our own each prompt has: 200, 50..400, lognormal:200,0.8 (median and sigma),
    /// geometric:200, or file:PATH for those of a file with one on each line
    #[arg(
        long,
        value_name = "DISTRIBUTION",
        value_parser = values_file::flag::<u32, Distribution<u32>>,
        conflicts_with = "prompts",
        help_heading = "Load",
        hide_short_help = true
    )]
    pub prompt_words: Option<Distribution<u32>>,
    /// Most tokens that each answer is asked to have, likewise; where the API has a field for it
    #[arg(long, value_name = "DISTRIBUTION", value_parser = values_file::flag::<u32, Distribution<u32>>, help_heading = "Load", hide_short_help = true)]
    pub answer_tokens: Option<Distribution<u32>>,
    /// Let this share of prompts begin with the same words, as with a system prompt: 0.5,300
    #[arg(long, value_name = "SHARE,WORDS", help_heading = "Load", hide_short_help = true)]
    pub shared_prefix: Option<SharedPrefix>,
    /// Whether a cache of prompts may answer for the model; if not, a nonce stands in front of each question
    /// [default: avoid, where the API speaks to a model]
    #[arg(
        long,
        value_name = "avoid|allow",
        hide_possible_values = true,
        help_heading = "Load",
        hide_short_help = true
    )]
    pub cache: Option<CacheChoice>,
    /// Who the users are: a CSV file with a line of column names, or .jsonl, and a row for each user, for
    /// ${user.COLUMN} in headers, paths and bodies [default: all users are alike]
    #[arg(long, value_name = "FILE", help_heading = "Load", hide_short_help = true)]
    pub users_file: Option<PathBuf>,
    /// Think time between two steps, of all users or those of a class: 1s..3s, 0 for none, lognormal:2s,0.5 (median and
    /// sigma), stream=lognormal:8s,0.6, or file:PATH for those of a file with one on each line; may be repeated
    /// [default: 500ms..1500ms]
    #[arg(
        long,
        value_name = "[CLASS=]TIME",
        value_parser = values_file::flag::<Duration, ForClass<Think>>,
        allow_hyphen_values = true,
        help_heading = "Load",
        hide_short_help = true
    )]
    pub think: Vec<ForClass<Think>>,
    /// How many turns users take in one thread before they begin another, all who ask or those of a class: 8, 5..15,
    /// geometric:6, stream=lognormal:8,0.6, file:PATH; may be repeated [default: the API's; stream=5..15, mixed=2..5]
    #[arg(long, value_name = "[CLASS=]NUMBER", value_parser = values_file::flag::<u32, ForClass<Turns>>, help_heading = "Load", hide_short_help = true)]
    pub turns: Vec<ForClass<Turns>>,
    /// People who leave: this share of questions, after this time, for all users or those of a class: 0.05,2s..10s
    /// or stream=0.05,2s..10s; may be repeated
    #[arg(long, value_name = "[CLASS=]SHARE,AFTER", value_parser = values_file::flag::<Duration, ForClass<Abandon>>, help_heading = "Load", hide_short_help = true)]
    pub abandon: Vec<ForClass<Abandon>>,
    /// Seed of the users' decisions [default: drawn, and stated in the report]
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true, help_heading = "Load", hide_short_help = true)]
    pub seed: Option<u64>,
    /// Send nothing to the streaming endpoint; post canned answers instead
    #[arg(long, env = "LOADTEST_MOCK_LLM", value_name = "BOOL", value_parser = boolish,
          num_args = 0..=1, default_missing_value = "true", default_value = "false",
          require_equals = true, hide_possible_values = true, help_heading = "Load", hide_short_help = true)]
    pub mock_llm: bool,
    /// Send no `traceparent`: requests then carry no id of a trace
    #[arg(long, help_heading = "Load", hide_short_help = true)]
    pub no_traceparent: bool,
    /// Mark this share of the traces as sampled, 1% or 0.01, so that tracing of the service keeps them [default: 0]
    #[arg(long, value_name = "SHARE", value_parser = sample, allow_negative_numbers = true,
          conflicts_with = "no_traceparent", help_heading = "Load", hide_short_help = true)]
    pub trace_sample: Option<SampleShare>,
    /// Begin no load until somebody presses Start on the dashboard; the page may choose another shape
    #[arg(long, help_heading = "Load", hide_short_help = true)]
    pub wait_for_start: bool,

    /// Longest time for a request to be answered
    #[arg(long, value_name = "DURATION", env = "LOADTEST_CRUD_TIMEOUT_S", default_value = "10s",
          value_parser = positive, allow_hyphen_values = true,
          help_heading = "Timeouts", hide_short_help = true)]
    pub crud_timeout: Duration,
    /// Longest time for a whole streamed answer
    #[arg(long, value_name = "DURATION", env = "LOADTEST_STREAM_TIMEOUT_S", default_value = "120s",
          value_parser = positive, allow_hyphen_values = true,
          help_heading = "Timeouts", hide_short_help = true)]
    pub stream_timeout: Duration,
    /// Longest silence inside a stream after its first event
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = positive, allow_hyphen_values = true,
          help_heading = "Timeouts", hide_short_help = true)]
    pub idle_timeout: Duration,
    /// How long what is in flight may take when users stop
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration, allow_hyphen_values = true,
          help_heading = "Timeouts", hide_short_help = true)]
    pub stop_timeout: Duration,

    /// What the run must keep to, or exit with 99: p95<200ms, 'GET /threads:p99<=50ms', failures<1%,
    /// ttft.p95<3s, 'stage "48 users":rps>100'; may be repeated
    #[arg(long = "threshold", value_name = "EXPR", help_heading = "Thresholds")]
    pub thresholds: Vec<String>,
    /// End the run as soon as a threshold is failed beyond doubt
    #[arg(long, help_heading = "Thresholds", hide_short_help = true)]
    pub abort_on_fail: bool,

    /// Address that workers connect to
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:5557", value_parser = address, help_heading = "Workers")]
    pub bind: SocketAddr,
    /// Start once this many workers have attached
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<usize>, allow_negative_numbers = true,
          help_heading = "Workers")]
    pub expect_workers: usize,
    /// Give up if they have not by then [default: wait for ever]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, allow_hyphen_values = true,
          help_heading = "Workers", hide_short_help = true)]
    pub expect_workers_max_wait: Option<Duration>,
    /// Workers inside this process
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole::<usize>, allow_negative_numbers = true,
          help_heading = "Workers")]
    pub local_workers: usize,
    /// Most workers at a time
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = whole::<usize>, allow_negative_numbers = true,
          help_heading = "Workers", hide_short_help = true)]
    pub max_workers: usize,
    /// Token that workers must carry
    #[arg(
        long,
        value_name = "TOKEN",
        env = "LOADTEST_TOKEN",
        hide_env_values = true,
        help_heading = "Workers"
    )]
    pub token: Option<String>,
    /// File that holds the token
    #[arg(long, value_name = "FILE", help_heading = "Workers", hide_short_help = true)]
    pub token_file: Option<PathBuf>,

    /// Certificate that the controller shows to workers, PEM; turns TLS on
    #[arg(
        long,
        value_name = "FILE",
        env = "LOADTEST_TLS_CERT",
        help_heading = "Workers",
        hide_short_help = true
    )]
    pub tls_cert: Option<PathBuf>,
    /// Private key of --tls-cert
    #[arg(
        long,
        value_name = "FILE",
        env = "LOADTEST_TLS_KEY",
        help_heading = "Workers",
        hide_short_help = true
    )]
    pub tls_key: Option<PathBuf>,
    /// Workers must show a certificate that this CA has issued
    #[arg(
        long,
        value_name = "FILE",
        env = "LOADTEST_TLS_CA",
        help_heading = "Workers",
        hide_short_help = true
    )]
    pub tls_ca: Option<PathBuf>,

    /// Folder for every file of the run [default: results/<shape>-<UTC stamp>]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub results: Option<PathBuf>,
    /// Prefix of the CSV files, instead of <results>/<shape>
    #[arg(long, value_name = "PREFIX", help_heading = "Output", hide_short_help = true)]
    pub csv: Option<PathBuf>,
    /// Path of the Markdown report, instead of <results>/REPORT.md
    #[arg(long, value_name = "FILE", help_heading = "Output", hide_short_help = true)]
    pub markdown: Option<PathBuf>,
    /// Path of the HTML report, instead of <results>/report.html
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub html: Option<PathBuf>,
    /// Path of the JSON summary, instead of <results>/summary.json; `-` prints it
    #[arg(long, value_name = "FILE|-", help_heading = "Output")]
    pub json: Option<PathBuf>,
    /// Write the thresholds as JUnit XML too
    #[arg(long, value_name = "FILE", help_heading = "Output", hide_short_help = true)]
    pub junit: Option<PathBuf>,
    /// Log every request too: FILE.jsonl, or FILE.jsonl.zst to have it compressed. Each worker writes a file of its
    /// own, where it runs, with its name before the ending; `controller log` reads them
    #[arg(long, value_name = "FILE", help_heading = "Output", hide_short_help = true)]
    pub log: Option<PathBuf>,
    /// Log this share of the requests, from 0 to 1, and besides every failure and of each call the slowest in each
    /// second [default: all]
    #[arg(long, value_name = "SHARE", requires = "log", value_parser = share, allow_negative_numbers = true,
          help_heading = "Output", hide_short_help = true)]
    pub log_sample: Option<f64>,
    /// Ids to log with the requests that send or get them: thread, message, and names of captured values
    #[arg(
        long,
        value_name = "LIST",
        requires = "log",
        value_delimiter = ',',
        help_heading = "Output",
        hide_short_help = true
    )]
    pub log_ids: Vec<String>,
    /// Push metrics to this OpenTelemetry collector (OTLP over HTTP), every 10 s and at the end
    #[arg(long, value_name = "URL", help_heading = "Output", hide_short_help = true)]
    pub otlp: Option<String>,
    /// Observe the service from inside, once a second: NAME=http://HOST/metrics, NAME=postgres://USER@HOST/DATABASE,
    /// NAME=pid:N, NAME=docker:CONTAINER or NAME=cgroup:PATH; may be repeated
    #[arg(long, value_name = "NAME=TARGET", help_heading = "Target", hide_short_help = true)]
    pub observe: Vec<String>,
    /// Keep these series of observed pages too, beside the usual ones: 'myapp_*', where * is any text; may be
    /// repeated
    #[arg(long, value_name = "GLOB", help_heading = "Target", hide_short_help = true)]
    pub observe_series: Vec<String>,
    /// The model behind the service, whose list of requests tells the service's own share of the waits: the URL of
    /// `backend --model`
    #[arg(long, value_name = "URL", help_heading = "Target", hide_short_help = true)]
    pub behind: Option<String>,
    /// Address of the live dashboard [default: 127.0.0.1:8089, on a terminal]
    #[arg(long, value_name = "ADDR", value_parser = address, help_heading = "Output")]
    pub dashboard: Option<SocketAddr>,
    /// Serve no dashboard
    #[arg(long, conflicts_with = "dashboard", help_heading = "Output", hide_short_help = true)]
    pub no_dashboard: bool,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Exit with 1 when something made the numbers weaker: a lost worker, a late generator, missing users
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub fail_on_degraded: bool,
}

impl RunArgs {
    /// Whether a flag names a load.
    pub(crate) fn names_load(&self) -> bool {
        self.shape.is_some()
            || self.users.is_some()
            || self.spawn_rate.is_some()
            || self.run_time.is_some()
            || self.arrivals.is_some()
            || self.replay.is_some()
    }
}
