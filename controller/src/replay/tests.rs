//! Traces, right and wrong.

use common::replay::{Due, Prompt, Session};
use proptest::prelude::*;

use super::*;

const MS: u64 = 1_000;
const LEAD: u64 = 1_000 * MS;
const START: u64 = 1_000 * MS;

fn trace(text: &str) -> Trace {
    parse(text, "t", "t", 1.0).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn refused(text: &str, line: usize, part: &str) {
    let message = parse(text, "t", "t", 1.0).unwrap_err().to_string();
    assert!(message.starts_with(&format!("--replay t line {line}: ")), "{message}");
    assert!(message.contains(part) && !message.contains('\n'), "{message}");
}

fn dues(session: &Session) -> Vec<Due> {
    session.questions.iter().map(|question| question.due).collect()
}

#[test]
fn our_own_form_has_sessions_with_think_times_from_end_to_start() {
    let text = "{\"time\": 100, \"session\": \"a\", \"prompt\": \"Why?\", \"end\": 102.5, \"id\": 1}\n\n\
                {\"time\": 101, \"session\": \"b\", \"prompt_words\": 300, \"answer_tokens\": 50}\n\
                {\"time\": 104, \"parent\": 1, \"prompt\": \"And?\"}\n\
                {\"time\": 107, \"session\": \"a\", \"prompt_words\": 0}\n\
                {\"time\": 103, \"prompt\": \"alone\"}\n";
    let trace = trace(text);
    let [a, b, alone] = trace.replay.sessions() else { panic!("{:?}", trace.replay) };
    assert_eq!([a.at_us, b.at_us, alone.at_us], [START, START + 1_000 * MS, START + 3_000 * MS]);
    // Of the second the end is not known: the third comes at its time.
    let times = [Due::AfterComing(LEAD), Due::AfterAnswer(1_500 * MS), Due::AfterComing(LEAD + 7_000 * MS)];
    assert_eq!(dues(a), times);
    assert_eq!(a.questions[0].prompt, Prompt::Text("Why?".to_owned()));
    assert_eq!(a.questions[2].prompt, Prompt::Words(1), "a prompt has a word");
    assert_eq!((b.questions[0].answer_tokens, &b.questions[0].prompt), (Some(50), &Prompt::Words(300)));
    assert!(trace.summary.starts_with("t, a trace of our own form: 5 questions in 3 sessions over "));
    assert!(trace.has_lengths() && !trace.shares_blocks());
    let tenth = parse(text, "t", "t", 0.1).unwrap();
    assert_eq!(tenth.replay.sessions()[2].at_us, START + 300 * MS);
    assert_eq!(dues(&tenth.replay.sessions()[0])[1], Due::AfterAnswer(150 * MS), "think time is scaled too");
    assert_eq!(dues(&tenth.replay.sessions()[0])[0], Due::AfterComing(LEAD), "getting ready is not");
}

#[test]
fn mooncakes_form_has_lengths_and_blocks() {
    let trace = trace(
        "{\"timestamp\": 27482, \"input_length\": 955, \"output_length\": 52, \"hash_ids\": [46, 47]}\n\
         {\"timestamp\": 30535, \"input_length\": 472, \"output_length\": 0}\n",
    );
    let [one, other] = trace.replay.sessions() else { panic!("{:?}", trace.replay) };
    assert_eq!((one.at_us, other.at_us), (START, START + 3_053 * MS));
    assert_eq!(one.questions[0].prompt, Prompt::Blocks { blocks: vec![46, 47], words: 955 });
    assert_eq!(
        (&other.questions[0].prompt, other.questions[0].answer_tokens),
        (&Prompt::Words(472), Some(1))
    );
    assert!(trace.shares_blocks());
}

#[test]
fn azures_form_has_times_of_day_with_an_offset_or_without() {
    for times in [
        ["2023-11-16 18:17:03.9799600", "2023-11-16 18:17:04.0319600"],
        ["2024-05-10 23:59:59.948000+00:00", "2024-05-11 00:00:00+00:00"],
    ] {
        let [one, other] = times;
        let trace =
            trace(&format!("TIMESTAMP,ContextTokens,GeneratedTokens\r\n{one},4808,10\r\n{other},3180,8\r\n"));
        let at: Vec<u64> = trace.replay.sessions().iter().map(|session| session.at_us).collect();
        assert_eq!(at, [START, START + 52 * MS], "{times:?}");
        assert_eq!(trace.replay.sessions()[0].questions[0].prompt, Prompt::Words(4808));
    }
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    refused("\nhello\n", 2, "`hello` begins no trace that is known; write JSON with `time`");
    refused("TIMESTAMP,NumImages,ContextTokens\n", 1, "begins no trace that is known");
    refused(
        "{\"time\": 1, \"prompt\": \"a\"}\n{\"time\": 2, \"promt\": \"a\"}\n",
        2,
        "there is no field `promt`, did you mean `prompt`?; a line has `time`",
    );
    refused("{\"time\": 1}\n", 1, "neither `prompt` nor `prompt_words`");
    refused("{\"time\": 1, \"prompt\": \"a\", \"prompt_words\": 3}\n", 1, "both");
    refused("{\"time\": -1, \"prompt\": \"a\"}\n", 1, "time is -1, and it must be 0 to");
    refused(
        "{\"time\": 1, \"prompt_words\": 200001}\n",
        1,
        "prompt_words is 200001, and it must be 0 to 200000",
    );
    refused("{\"time\": 1, \"prompt\": \"a\"}\n{\"time\": 2\n", 2, "it ends in the middle of its JSON");
    refused("{\"time\": 2, \"end\": 1, \"prompt\": \"a\"}\n", 1, "before it is asked at 2 s");
    let a = "{\"time\": 1, \"session\": \"a\", \"id\": \"x\", \"prompt\": \"a\", \"end\": 3}\n";
    refused(
        &format!("{a}{{\"time\": 2, \"session\": \"a\", \"prompt\": \"a\"}}\n"),
        2,
        "before the answer of line 1",
    );
    refused(
        &format!("{a}{{\"time\": 4, \"id\": \"x\", \"prompt\": \"a\"}}\n"),
        2,
        "`x` is the id of an earlier line",
    );
    refused(
        &format!("{a}{{\"time\": 4, \"parent\": \"y\", \"prompt\": \"a\"}}\n"),
        2,
        "parent `y` is no `id`",
    );
    let elsewhere = format!("{a}{{\"time\": 4, \"session\": \"b\", \"parent\": \"x\", \"prompt\": \"a\"}}\n");
    refused(&elsewhere, 2, "its session is `b`, and its parent's, of line 1");
    let next = "{\"time\": 4, \"session\": \"a\", \"prompt\": \"a\"}\n";
    let branch = format!("{a}{next}{{\"time\": 5, \"parent\": \"x\", \"prompt\": \"a\"}}\n");
    refused(&branch, 3, "not the question before it in their session, which is that of line 2");
    let mooncake = "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 1}\n";
    refused(
        &format!("{mooncake}{{\"timestamp\": 1, \"input_length\": 1}}\n"),
        2,
        "it has no `output_length`; a line of Mooncake's has",
    );
    refused(&format!("{mooncake}{{\"timestamp\": 1, \"chat_id\": 1}}\n"), 2, "there is no field `chat_id`");
    let half = mooncake.replace("\"input_length\": 1", "\"input_length\": 1.5");
    refused(&half, 1, "input_length is 1.5, and it must be a whole number from 0");
    let ids = mooncake.replace("1}", "1, \"hash_ids\": [1, \"a\"]}");
    refused(&ids, 1, "hash_ids is [1,\"a\"], and it must be a list of whole numbers");
    let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
    refused(&format!("{azure}2023-11-16 18:17:03,1\n"), 2, "it has 2 cells");
    refused(&format!("{azure}yesterday,1,1\n"), 2, "`yesterday` stands in TIMESTAMP where a time such as");
    refused(&format!("{azure}2023-11-16 18:17:03,1,x\n"), 2, "`x` stands in GeneratedTokens");
    let long = "x".repeat(1 << 20);
    refused(&format!("{{\"time\": 1, \"prompt\": \"{long}\"}}\n"), 1, "more than 1 MiB");
    for empty in ["", "\n \n", azure] {
        let message = parse(empty, "t", "t", 1.0).unwrap_err().to_string();
        assert!(message.contains("there is no question in it"), "{message}");
    }
}

#[test]
fn every_fault_of_json_is_told_in_our_words_with_its_field() {
    let seconds = "must be a number of seconds, as in 12.5";
    for (line, said) in [
        (r#"{"time": "0", "prompt": "a"}"#, format!(r#"time is "0", and it {seconds}"#)),
        (r#"{"time": 0, "end": [1], "prompt": "a"}"#, format!("end is [1], and it {seconds}")),
        (
            r#"{"time": 0, "prompt_words": 1.5}"#,
            "prompt_words is 1.5, and it must be a whole number from 0".into(),
        ),
        (
            r#"{"time": 0, "prompt": "a", "answer_tokens": -1}"#,
            "answer_tokens is -1, and it must be a whole".into(),
        ),
        (r#"{"time": 0, "prompt": 7}"#, "prompt is 7, and it must be a text in quotes".into()),
        (r#"{"time": 0, "prompt": ""}"#, "its `prompt` is empty; give".into()),
        (
            r#"{"time": 0, "prompt": "a", "session": ["x"]}"#,
            r#"session is ["x"], and it must be a text in quotes, or a whole number from 0"#.into(),
        ),
        (r#"{"time": 0, "time": 1, "prompt": "a"}"#, "`time` is there twice; write it once".into()),
        (r#"{"time": null, "prompt": "a"}"#, "it has no `time`; a line has `time` in seconds".into()),
        (
            r#"{"time": 0, "prompt": "a"}{"time": 1, "prompt": "a"}"#,
            r#"`{"time": 1, "prompt": "a"}` stands behind the `}` of the question; write one"#.into(),
        ),
        (r#"{"time": 0 "prompt": "a"}"#, r#"it is no JSON from `"prompt": "a"}` on; a line has"#.into()),
        (r#"{time: 0}"#, "it is no JSON from `time: 0}` on; a line has".into()),
        (r#"{"time": 0, "prompt": "a""#, "it ends in the middle of its JSON; write all".into()),
    ] {
        refused(line, 1, &said);
        refused(&format!("{{\"time\": 0, \"prompt\": \"a\"}}\n{line}"), 2, &said);
    }
    refused("{\"time\": 0, \"prompt\": \"a\"}\n7", 2, "`7` is no JSON object; a line has");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = parse(&text, "t", "t", 1.0);
        for first in ["{\"time\":1,\"prompt\":\"a\"}", "{\"timestamp\":1,\"input_length\":1,\"output_length\":1}", error::AZURE_HEADER] {
            let _ = parse(&format!("{first}\n{text}"), "t", "t", 1.0);
        }
    }

    #[test]
    fn every_question_is_in_one_session_at_its_time(
        times in prop::collection::vec((0..100_000_u32, 0..5_u8), 1..60),
        scale in 0.01..3.0,
    ) {
        let lines: String = times
            .iter()
            .map(|(ms, session)| {
                let at = f64::from(*ms) / 1000.0;
                format!("{{\"time\":{at},\"session\":{session},\"prompt\":\"{ms}\"}}\n")
            })
            .collect();
        let replay = parse(&lines, "t", "t", scale).unwrap().replay;
        prop_assert_eq!(replay.questions(), times.len());
        let first = times.iter().map(|(ms, _)| *ms).min().unwrap();
        for session in replay.sessions() {
            for question in &session.questions {
                let (Due::AfterComing(after), Prompt::Text(ms)) = (question.due, &question.prompt) else {
                    return Err(TestCaseError::fail("a text at its time"));
                };
                let wanted = f64::from(ms.parse::<u32>().unwrap() - first) * 1000.0 * scale;
                let at = (session.at_us + after - START - LEAD) as f64;
                prop_assert!((at - wanted).abs() <= 2.0, "{} {}", at, wanted);
            }
            prop_assert!(session.questions.len() <= times.len());
        }
    }
}
