//! What may be wrong with the flags of a run.

use std::path::PathBuf;

use common::api::{Abandon, Think, Turns};
use common::class::UserClass;
use verdict::threshold::ThresholdError;
use worker::tls_files::TlsError;

use super::for_class::ForClass;
use super::log::LogOptionsError;
use super::shape::ShapeChoiceError;
use crate::api::ApiChoice;
use crate::model_page::BehindError;
use crate::prompts::PromptsError;
use crate::replay::TraceError;
use crate::users_file::UsersFileError;
use observe::{GlobError, TargetError};

/// Flags that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OptionsError {
    /// The shape.
    #[error(transparent)]
    Shape(#[from] ShapeChoiceError),
    /// The API.
    #[error(transparent)]
    Api(#[from] ApiChoice),
    /// The prompts.
    #[error(transparent)]
    Prompts(#[from] PromptsError),
    /// Who the users are.
    #[error(transparent)]
    Users(#[from] UsersFileError),
    /// The request log.
    #[error(transparent)]
    Log(#[from] LogOptionsError),
    /// Users without anything to do.
    #[error(
        "the API `{api}` has nothing that {class} users could do over and over{}; choose others with --classes, or describe the calls in an API file", if *.mock { " with mock-llm" } else { "" }
    )]
    Idle { api: String, class: UserClass, mock: bool },
    /// The host is no URL.
    #[error(
        "--host `{0}` is no address; write http://HOST:PORT or https://HOST, and the path below which all calls lie"
    )]
    Host(String),
    /// The port of the host is none.
    #[error("--host `{host}`: {port} is no port; write one up to 65535")]
    HostPort { host: String, port: String },
    /// The collector is no URL.
    #[error("--otlp `{0}` is no address; write http://HOST:4318, or with a path to have that very path")]
    Otlp(String),
    /// A password in a URL, which is not shown.
    #[error(
        "{flag} holds a name or a password before its `@`, which reports and logs would show; leave it out{instead}"
    )]
    Userinfo { flag: &'static str, instead: &'static str },
    /// What no request could have behind its path; it may be a secret.
    #[error(
        "--host goes on behind its path with `?` or `#`; end it there, queries belong into the API description"
    )]
    HostExcess,
    /// Where to connect to is no address.
    #[error("--connect-to `{0}` is no address; write HOST:PORT, as in 10.0.0.7:8443")]
    ConnectTo(String),
    /// A file that a flag names cannot be read.
    #[error("{flag} {path}: {source}; name a readable file")]
    Unreadable { flag: &'static str, path: PathBuf, source: std::io::Error },
    /// A shape that whoever starts a waiting run cannot choose.
    #[error(
        "the shape `{shape}` cannot be started from here; choose one of {shapes}, or name it with --shape when you start the controller"
    )]
    NoChoice { shape: String, shapes: String },
    /// A run time that is not a duration.
    #[error("--run-time: {0}")]
    Time(String),
    /// A file of certificates without any.
    #[error("--ca-cert {0}: the file holds no certificate; name a PEM file with at least one")]
    NoCertificate(PathBuf),
    /// A number out of range.
    #[error("{flag} must be {range}")]
    Range { flag: &'static str, range: &'static str },
    /// A token that is empty, or that no header can carry.
    #[error(
        "{0} holds no token: it must be at least one character, on one line, of printable ASCII; write the \
         secret there, or leave it out"
    )]
    NoToken(&'static str),
    /// A threshold that says nothing, or nothing that this run can measure.
    #[error("{at}: {fault}")]
    Threshold { at: String, fault: Box<ThresholdError> },
    /// `--abort-on-fail` without anything that could fail.
    #[error(
        "--abort-on-fail ends a run at a failed threshold, and there is none; add --threshold, or leave it out"
    )]
    NothingToFail,
    /// A threshold of one stage beside the ladder.
    #[error(
        "{0}: the ladder's stages are not known before; leave out the stage, each of its rungs is judged"
    )]
    StageOfLadder(String),
    /// A time for the ladder, and another shape.
    #[error("--search-time is how long the ladder may take; add --shape ladder, or leave it out")]
    SearchTimeOfShape,
    /// The ladder is to go on past a missed threshold.
    #[error(
        "--abort-on-fail ends a run at a failed threshold, and the ladder looks for just that; leave it out"
    )]
    LadderAborts,
    /// Answers of a length, and no place to ask for it.
    #[error(
        "--answer-tokens: the API `{0}` has no field for it; name one in the API file, as max_tokens_field = \"max_tokens\", or write ${{answer_tokens}} into the body of [chat]"
    )]
    NoPlaceForTokens(String),
    /// A place for it, and nothing to write there.
    #[error(
        "the API `{0}` sends ${{answer_tokens}}; say how many with --answer-tokens, as in 200 or 50..400"
    )]
    TokensUnasked(String),
    /// A trace.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A trace whose questions may not be asked.
    #[error("--mock-llm asks no model, and --replay asks what somebody asked one; leave one of them out")]
    MockedReplay,
    /// Who is to leave asks for nothing.
    #[error("--abandon {0}: no such users ask for streams in this run; name another class, or leave it out")]
    NothingToLeave(ForClass<Abandon>),
    /// A pace of nobody.
    #[error("--think {0}: no such users take part in this run; name another class, or leave it out")]
    NobodyThinks(ForClass<Think>),
    /// Turns of nobody.
    #[error("--turns {0}: no such users ask anything in this run; name another class, or leave it out")]
    NobodyAsks(ForClass<Turns>),
    /// What is observed.
    #[error(transparent)]
    Observe(#[from] TargetError),
    /// Which of its series.
    #[error(transparent)]
    ObserveSeries(#[from] GlobError),
    /// The model behind the service.
    #[error(transparent)]
    Behind(#[from] BehindError),
    /// Series of nobody.
    #[error(
        "--observe-series chooses series of observed pages, and none is observed; add --observe NAME=http://HOST/metrics"
    )]
    NobodyObserves,
    /// The TLS flags.
    #[error(transparent)]
    Tls(#[from] TlsError),
}
