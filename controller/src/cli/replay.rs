//! `--replay`: a trace in place of a load that is made up.

use common::plan::Plan;
use common::replay::{LEAD, START};
use common::shape::{MAX_DURATION, ShapeError};
use common::text::number::{counted, span};
use report::rows::RunFacts;

use super::RunArgs;
use super::error::OptionsError;
use super::shape::ShapeChoiceError;
use crate::replay::{Trace, TraceError, read};

/// The trace that the flags name, on their time scale.
///
/// # Errors
/// It is none, or cannot be asked so.
pub(super) fn of(args: &RunArgs) -> Result<Option<Trace>, OptionsError> {
    let Some(path) = &args.replay else { return Ok(None) };
    if args.mock_llm {
        return Err(OptionsError::MockedReplay);
    }
    let factor = args.time_scale;
    if !(factor.is_finite() && factor > 0.0) {
        return Err(ShapeChoiceError::Shape(ShapeError::BadTimeScale { factor }).into());
    }
    let trace = read(path, factor)?;
    let asked = trace.replay.span();
    match args.run_time {
        None if asked > MAX_DURATION => {
            let (path, length) = (path.display().to_string(), span(asked.as_secs_f64().round()));
            Err(TraceError::Endless { path, length }.into())
        }
        _ => Ok(Some(trace)),
    }
}

/// What a report says of a run that asks a trace again.
pub(super) fn tell(facts: RunFacts, trace: Option<&Trace>, plan: &Plan, most: u32) -> RunFacts {
    let Some(trace) = trace else { return facts };
    let lengths = match (trace.has_lengths(), plan.api.asks_for_tokens()) {
        (true, true) => "; answers of the trace's lengths",
        (true, false) => {
            "; answers as long as the service makes them, for the API has no field for their length"
        }
        (false, _) => "",
    };
    let planned = (trace.replay.span() + START + LEAD).as_secs_f64().round();
    RunFacts {
        arrivals: Some(format!("{}; at most {} at once", trace.summary, counted(most.into(), "user"))),
        prompts: Some(format!("of the trace{lengths}")),
        planned_duration_s: Some(facts.planned_duration_s.map_or(planned, |most| most.min(planned))),
        think_s: None,
        think: Some("of the trace".to_owned()),
        turns: Some("of the trace".to_owned()),
        ..facts
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use common::api::Api;
    use common::asking::Asking;

    use super::super::asking;
    use super::*;
    use crate::api;
    use crate::replay::parse;

    const AZURE: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n";
    const BLOCKS: &str =
        "{\"timestamp\": 1, \"input_length\": 600, \"output_length\": 9, \"hash_ids\": [1, 2]}\n";
    const OWN: &str = "{\"time\": 1, \"prompt\": \"Why?\"}\n";

    fn args(flags: &str) -> RunArgs {
        let line = format!("controller --replay none.jsonl {flags}");
        crate::cli::Cli::try_parse_from(line.split_whitespace()).unwrap().run
    }

    fn asked(text: &str, flags: &str) -> Result<(Asking, Api), String> {
        let (args, trace) = (args(flags), parse(text, "t", "t", 1.0).unwrap());
        let mut api = api::choose(args.api.as_deref(), &[]).unwrap();
        let asking = asking::of(&args, &mut api, Some(&trace)).map_err(|error| error.to_string())?;
        Ok((asking, api))
    }

    #[test]
    fn lengths_of_answers_are_asked_for_where_there_is_a_place() {
        let (asking, api) = asked(AZURE, "--api openai").unwrap();
        assert!(api.chat.body.unwrap().source().contains("\"max_tokens\":${answer_tokens}"));
        assert!(asking.nonce);
        assert!(!asked(AZURE, "").unwrap().1.asks_for_tokens(), "and left out where there is none");
        assert!(!asked(OWN, "--api openai").unwrap().1.asks_for_tokens());
        assert!(asked(OWN, "--api openai --answer-tokens 50").unwrap().0.answer_tokens.is_some());
        let some = format!("{OWN}{{\"time\": 2, \"prompt\": \"And?\", \"answer_tokens\": 5}}\n");
        assert!(asked(&some, "--api openai").unwrap_err().contains("say how many with --answer-tokens"));
        assert!(asked(&some, "--api openai --answer-tokens 50").is_ok());
    }

    #[test]
    fn a_cache_sees_what_prompts_have_in_common() {
        assert!(!asked(BLOCKS, "--api openai").unwrap().0.nonce);
        assert!(asked(BLOCKS, "--api openai --cache avoid").unwrap().0.nonce);
        assert!(asked(OWN, "--api openai").unwrap().0.nonce);
    }

    #[test]
    fn what_does_not_go_with_a_trace_is_refused() {
        let refused = |flags: &str| of(&args(flags)).unwrap_err().to_string();
        assert!(refused("").starts_with("--replay none.jsonl: "), "{}", refused(""));
        assert!(refused("").ends_with("name a readable file: JSONL, Mooncake's JSONL or Azure's CSV"));
        assert!(refused("--mock-llm").contains("leave one of them out"));
        assert!(refused("--time-scale 0").contains("scale"));
        for other in
            ["--users 3", "--arrivals 5/s", "--shape full", "--think 1s", "--turns 3", "--classes crud"]
        {
            let line = format!("controller --replay t {other}");
            let error = crate::cli::Cli::try_parse_from(line.split(' ')).unwrap_err().to_string();
            assert!(error.contains("cannot be used with"), "{other}: {error}");
        }
    }

    #[test]
    fn a_trace_that_outlasts_every_run_is_refused_unless_a_part_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        std::fs::write(&path, "{\"time\": 0, \"prompt\": \"a\"}\n{\"time\": 864000, \"prompt\": \"a\"}\n")
            .unwrap();
        let with = |flags: &str| {
            let line = format!("controller --replay {} {flags}", path.display());
            of(&crate::cli::Cli::try_parse_from(line.split_whitespace()).unwrap().run)
        };
        let error = with("").unwrap_err().to_string();
        assert!(error.contains("and a run for") && error.contains("--time-scale"), "{error}");
        for flags in ["--run-time 1h", "--time-scale 0.5"] {
            assert!(with(flags).is_ok(), "{flags}");
        }
    }

    #[test]
    fn a_report_says_which_trace_it_was() {
        let trace = parse(AZURE, "t", "t.csv", 1.0).unwrap();
        let facts = tell(RunFacts::default(), Some(&trace), &Plan::default(), 1000);
        let arrivals = facts.arrivals.unwrap();
        assert!(
            arrivals.starts_with("t.csv, a trace of Azure's form: 1 question in 1 session over 0 s ("),
            "{arrivals}"
        );
        assert!(arrivals.ends_with("; at most 1,000 users at once"), "{arrivals}");
        assert!(facts.prompts.unwrap().contains("the API has no field for their length"));
        assert_eq!((facts.planned_duration_s, facts.think.as_deref()), (Some(2.0), Some("of the trace")));
        assert_eq!(tell(RunFacts::default(), None, &Plan::default(), 1), RunFacts::default());
    }
}
