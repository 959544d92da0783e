//! The command line that repeats a run.

use std::time::Duration;

use common::shape::Shape;
use common::text::shell::quoted;

use super::RunArgs;
use super::shape::LADDER;

/// The flags that decide what is sent, the drawn seed among them. Where the results go, and secrets,
/// are left out.
pub(super) fn command(args: &RunArgs, shape: &Shape, seed: u64) -> String {
    let mut words = vec!["controller".to_owned()];
    let mut flag = |name: &str, value: Option<String>| {
        words.push(name.to_owned());
        words.extend(value.map(|value| quoted(&value)));
    };
    match args.demo {
        true => flag("--demo", None),
        false => flag("--host", Some(args.host.clone())),
    }
    if let Some(api) = &args.api {
        flag("--api", Some(api.clone()));
    }
    if !args.demo || args.names_load() {
        if shape.name == "constant" {
            flag("--users", args.users.map(|users| users.to_string()));
            if let Some(rate) = args.spawn_rate {
                flag("--spawn-rate", Some(rate.to_string()));
            }
            if let Some(time) = args.run_time {
                flag("--run-time", Some(duration(time)));
            }
        } else {
            flag("--shape", Some(args.shape.clone().unwrap_or_else(|| shape.name.clone())));
            if shape.name == LADDER && args.max_users != 1000 {
                flag("--max-users", Some(args.max_users.to_string()));
            }
        }
    }
    flag("--seed", Some(seed.to_string()));
    if args.time_scale != 1.0 {
        flag("--time-scale", Some(args.time_scale.to_string()));
    }
    if let Some(classes) = args.classes {
        flag("--classes", Some(classes.to_string()));
    }
    if let Some(prompts) = &args.prompts {
        flag("--prompts", Some(prompts.display().to_string()));
    }
    let (least, most) = args.think;
    if args.think != (Duration::from_millis(500), Duration::from_millis(1500)) {
        flag("--think", Some(format!("{}..{}", duration(least), duration(most))));
    }
    if args.mock_llm {
        flag("--mock-llm", None);
    }
    let timeouts = [
        ("--crud-timeout", args.crud_timeout, 10),
        ("--stream-timeout", args.stream_timeout, 120),
        ("--idle-timeout", args.idle_timeout, 30),
        ("--stop-timeout", args.stop_timeout, 30),
    ];
    for (name, value, default) in timeouts {
        if value != Duration::from_secs(default) {
            flag(name, Some(duration(value)));
        }
    }
    for threshold in &args.thresholds {
        flag("--threshold", Some(threshold.clone()));
    }
    if args.abort_on_fail {
        flag("--abort-on-fail", None);
    }
    if args.local_workers > 0 {
        flag("--local-workers", Some(args.local_workers.to_string()));
    }
    if args.expect_workers > 1 {
        flag("--expect-workers", Some(args.expect_workers.to_string()));
    }
    if let Some(path) = &args.ca_cert {
        flag("--ca-cert", Some(path.display().to_string()));
    }
    if args.insecure {
        flag("--insecure", None);
    }
    words.join(" ")
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
        let all = "controller --host http://h:1 --api ai-sdk --users 5 --spawn-rate 2.5 --run-time 1m30s --seed 7 \
                   --time-scale 0.5 --classes crud=6,mixed --prompts q.txt --think 0s..0s --mock-llm --crud-timeout 1s --threshold p95=1 --abort-on-fail";
        assert_eq!(repeated(all), all);
    }
}
