//! The command line that repeats a run.

use std::time::Duration;

use common::arrivals::ArrivalUnit;
use common::shape::{LoadKind, Shape};
use common::text::shell::quoted;

use super::RunArgs;
use super::args::MAX_USERS;
use super::asking::CacheChoice;
use crate::model_page::Behind;
use observe::Observe;

/// A command line, word by word.
struct FlagWords(Vec<String>);

impl FlagWords {
    fn flag(&mut self, name: &str, given: bool) {
        if given {
            self.0.push(name.to_owned());
        }
    }

    fn value(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.0.extend([name.to_owned(), quoted(&value.to_string())]);
        }
    }
}

/// The flags that decide what is sent, the drawn seed among them. Where the results go, and secrets,
/// are left out.
pub(super) fn command(args: &RunArgs, shape: &Shape, seed: u64) -> String {
    let mut words = FlagWords(vec!["controller".to_owned()]);
    words.flag("--demo", args.demo);
    words.value("--host", (!args.demo).then_some(&args.host));
    words.value("--connect-to", args.connect_to.as_ref());
    words.value("--api", args.api.as_ref());
    if !args.demo || args.names_load() {
        load(&mut words, args, shape);
    }
    words.value("--seed", Some(seed));
    words.value("--time-scale", (args.time_scale != 1.0).then_some(args.time_scale));
    words.value("--classes", args.classes);
    words.value("--prompts", args.prompts.as_ref().map(|path| path.display()));
    words.value("--prompt-words", args.prompt_words);
    words.value("--answer-tokens", args.answer_tokens);
    words.value("--shared-prefix", args.shared_prefix);
    words.value("--cache", args.cache.map(CacheChoice::name));
    words.value("--users-file", args.users_file.as_ref().map(|path| path.display()));
    for think in &args.think {
        words.value("--think", Some(think));
    }
    for turns in &args.turns {
        words.value("--turns", Some(turns));
    }
    for leaving in &args.abandon {
        words.value("--abandon", Some(leaving));
    }
    words.flag("--mock-llm", args.mock_llm);
    words.flag("--no-traceparent", args.no_traceparent);
    words.value("--trace-sample", args.trace_sample);
    let timeouts = [
        ("--crud-timeout", args.crud_timeout, 10),
        ("--stream-timeout", args.stream_timeout, 120),
        ("--idle-timeout", args.idle_timeout, 30),
        ("--stop-timeout", args.stop_timeout, 30),
    ];
    for (name, value, default) in timeouts {
        words.value(name, (value != Duration::from_secs(default)).then(|| duration(value)));
    }
    for threshold in &args.thresholds {
        words.value("--threshold", Some(threshold));
    }
    words.flag("--abort-on-fail", args.abort_on_fail);
    words.value("--local-workers", (args.local_workers > 0).then_some(args.local_workers));
    words.value("--expect-workers", (args.expect_workers > 1).then_some(args.expect_workers));
    for observe in args.observe.iter().filter_map(|text| text.parse::<Observe>().ok()) {
        words.value("--observe", Some(observe));
    }
    for series in &args.observe_series {
        words.value("--observe-series", Some(series));
    }
    words.value("--behind", args.behind.as_ref().and_then(|text| text.parse::<Behind>().ok()));
    words.value("--ca-cert", args.ca_cert.as_ref().map(|path| path.display()));
    words.flag("--insecure", args.insecure);
    words.0.join(" ")
}

fn load(words: &mut FlagWords, args: &RunArgs, shape: &Shape) {
    if shape.kind() == LoadKind::Constant {
        words.value("--users", args.users);
        words.value("--spawn-rate", args.spawn_rate);
        words.value("--run-time", args.run_time.map(duration));
    } else if let Some(trace) = &args.replay {
        words.value("--replay", Some(trace.display()));
        words.value("--run-time", args.run_time.map(duration));
    } else if args.arrivals.is_some_and(|asked| asked.search().is_none()) {
        words.value("--arrivals", args.arrivals);
        words.value("--run-time", args.run_time.map(duration));
    } else {
        words.value("--shape", Some(args.shape.as_ref().unwrap_or(&shape.name)));
        words.value("--arrivals", args.arrivals);
        let is_of_users = shape.is_ladder() && !shape.is_open();
        let max_users = (is_of_users && args.max_users != MAX_USERS).then_some(args.max_users);
        words.value("--max-users", max_users);
        words.value("--search-time", args.search_time.filter(|_| shape.is_ladder()).map(duration));
    }
    if shape.is_open() {
        words.value("--arrive", args.arrive.filter(|unit| *unit == ArrivalUnit::Request).map(|_| "request"));
        words.value("--max-users", (args.max_users != MAX_USERS).then_some(args.max_users));
    }
}

fn duration(time: Duration) -> String {
    humantime::format_duration(time).to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn repeated(line: &str) -> String {
        let cli = crate::cli::Cli::try_parse_from(line.split(' ')).unwrap();
        let shape = super::super::shape::choose(&cli.run).unwrap().shape;
        command(&cli.run, &shape, 7)
    }

    #[test]
    fn the_command_repeats_what_was_sent_and_nothing_else() {
        let defaults = "controller --host http://localhost:8000 --shape staged --seed 7";
        assert_eq!(repeated("controller --results x --token secret --header k:secret --quiet"), defaults);
        let all = "controller --host http://h:1 --connect-to 10.0.0.7:80 --api ai-sdk --users 5 --spawn-rate 2.5 --run-time 1m30s --seed 7 \
                   --time-scale 0.5 --classes crud=6,mixed --prompts q.txt --answer-tokens 50..400 --shared-prefix 0.5,300 --cache allow --users-file u.csv --think 0s..0s --think stream=lognormal:2s,0.5 --turns mixed=3 --abandon stream=0.05,2s..10s --mock-llm --trace-sample 1% --crud-timeout 1s --threshold p95=1 --abort-on-fail";
        assert_eq!(repeated(all), all);
        let open = "controller --host http://h:1 --arrivals constant:5/s --run-time 1m --arrive request --max-users 50 --seed 7";
        assert_eq!(repeated(open), open);
        let replay = "controller --host http://h:1 --replay t.jsonl --run-time 1m --seed 7 --time-scale 0.1";
        assert_eq!(repeated(replay), replay);
        let search = "controller --host http://h:1 --shape ladder --arrivals constant:search --search-time 10m --arrive request --max-users 50 --seed 7";
        assert_eq!(repeated(search), search);
        assert_eq!(
            repeated("controller --arrivals 300/min --arrive session --max-users 1000"),
            "controller --host http://localhost:8000 --arrivals 5/s --seed 7"
        );
    }
}
