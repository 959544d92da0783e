//! The request log: what the flags of a run ask of it, and what may be typed after `controller log`.

use std::path::PathBuf;

use clap::Args;
use common::api::{Api, Capture, Operation, THREAD, Template};
use common::request_log::{LogSettings, LogSettingsError, MESSAGE};
use logs::Filter;

use super::RunArgs;

/// A log that is not to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogOptionsError {
    /// Path or share.
    #[error("{flag}: {source}")]
    Settings { flag: &'static str, source: LogSettingsError },
    /// No such id.
    #[error("--log-ids: no call captures `{name}`; there are {known}")]
    Unknown { name: String, known: String },
    /// An id that opens doors.
    #[error("--log-ids: `{0}` is {1}, and the log would show it; leave it out")]
    Secret(String, &'static str),
}

/// What the flags ask of the log; `None` without `--log`.
pub(super) fn settings(args: &RunArgs, api: &Api) -> Result<Option<LogSettings>, LogOptionsError> {
    let Some(path) = &args.log else { return Ok(None) };
    let captured = api.captured();
    for name in &args.log_ids {
        let is_own = name == THREAD || name == MESSAGE;
        if !is_own && !captured.contains(name) {
            let known = [THREAD.to_owned(), MESSAGE.to_owned()].into_iter().chain(captured);
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(LogOptionsError::Unknown { name: name.clone(), known });
        }
        if let Some(why) = secret(api, name) {
            return Err(LogOptionsError::Secret(name.clone(), why));
        }
    }
    let path = path.display().to_string();
    match LogSettings::new(path, args.log_sample.unwrap_or(1.0), args.log_ids.clone()) {
        Ok(settings) => Ok(Some(settings)),
        Err(source @ LogSettingsError::Ending(_)) => Err(LogOptionsError::Settings { flag: "--log", source }),
        Err(source @ LogSettingsError::Sample) => {
            Err(LogOptionsError::Settings { flag: "--log-sample", source })
        }
    }
}

/// Why a captured value may be a secret.
fn secret(api: &Api, name: &str) -> Option<&'static str> {
    let is_captured = |is_it: fn(Operation, &Capture) -> bool| {
        api.made().any(|(operation, call)| call.capture.get(name).is_some_and(|from| is_it(operation, from)))
    };
    let sends = |template: &Template| template.captured().any(|sent| sent == name);
    let in_call = || api.made().any(|(_, call)| call.headers.values().any(sends));
    match () {
        () if is_captured(|operation, _| operation == Operation::Login) => {
            Some("captured when users sign in")
        }
        () if is_captured(|_, from| matches!(from, Capture::Cookie(_))) => Some("a cookie"),
        () if api.headers.values().any(sends) || in_call() => Some("sent in a header"),
        () => None,
    }
}

/// The arguments of `controller log`.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Logs that the workers of one run wrote with --log
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Only requests of which this is true: outcome=failed, call='GET /threads' and latency>2s, status>=500 or
    /// text~deadlock
    #[arg(long = "where", value_name = "EXPR")]
    pub filter: Option<Filter>,
    /// Write them to a file that ends with .jsonl, .jsonl.zst, .csv or, if the program was built with it, .parquet,
    /// instead of JSON lines to standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn said(ids: &str) -> Result<Option<LogSettings>, String> {
        let line = ["controller", "--log", "a.jsonl", "--log-ids", ids];
        let args = crate::cli::Cli::try_parse_from(line).unwrap().run;
        let api = Api::from_toml(&Api::default().to_toml().replace(
            "[list_threads]",
            "[list_threads]\ncapture = { request = \"id\", key = \"key\", mark = { cookie = \"c\" } }",
        ));
        let mut api = api.unwrap();
        api.headers.insert("authorization".to_owned(), "Bearer ${key}".to_owned().try_into().unwrap());
        settings(&args, &api).map_err(|error| error.to_string())
    }

    #[test]
    fn ids_are_known_and_no_secrets() {
        assert_eq!(said("thread,message,request").unwrap().unwrap().ids, ["thread", "message", "request"]);
        assert!(
            said("other").unwrap_err().contains("`other`; there are thread, message, key, mark, request")
        );
        assert!(said("thread,key").unwrap_err().contains("`key` is sent in a header"));
        assert!(said("mark").unwrap_err().contains("`mark` is a cookie"));
    }
}
