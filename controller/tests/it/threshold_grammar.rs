//! The expressions of thresholds: what is read, what is refused and at which character, and that
//! nothing makes the reader panic.

use std::time::Duration;

use common::api::{Api, Endpoint, Operation};
use common::class::ClassSet;
use common::shape::{Shape, Stage};
use proptest::prelude::*;
use verdict::threshold::{Threshold, ThresholdContext, ThresholdError, parse, resolve};

#[test]
fn expressions_are_read_whatever_their_blanks() {
    let rows = [
        ("p95<200ms", "p95<200ms"),
        ("  p95  <  0.2 s ", "p95<200ms"),
        ("med<=1.5s", "p50<=1.5s"),
        ("p99.90>1min", "p99.9>60s"),
        ("latency.avg<250us", "avg<250us"),
        ("max<=3µs", "max<=3us"),
        ("GET /threads:p99<=50ms", "GET /threads:p99<=50ms"),
        ("GET   /threads/[id]/messages : failures<1%", "GET /threads/[id]/messages:failures<1%"),
        ("POST /v1/threads:list:rps>=2/s", "POST /v1/threads:list:rps>=2"),
        ("crud:p95<20ms", "crud:p95<20ms"),
        ("stream : rps>0.5", "stream:rps>0.5"),
        ("ttft.p95<3s", "ttft.p95<3s"),
        ("icl.p99<100ms", "icl.p99<100ms"),
        ("tpot.p95<50ms", "tpot.p95<50ms"),
        ("tokens_per_s.p50>20", "tokens_per_s.p50>20"),
        ("complete>99%", "complete>99%"),
        ("failures<=0%", "failures<=0%"),
        ("failures<0.05%", "failures<0.05%"),
        ("stage \"48 users\":p95<1s", "stage \"48 users\":p95<1s"),
        (
            "stage\"a \\\"b\\\" \\\\ c: d<1\" GET /threads:max<1s",
            "stage \"a \\\"b\\\" \\\\ c: d<1\" GET /threads:max<1s",
        ),
        ("stage \"x\" stream:ttft.p95<1s", "stage \"x\" stream:ttft.p95<1s"),
    ];
    for (text, canonical) in rows {
        let read = parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.threshold.to_string(), canonical, "{text}");
        assert_eq!(read.text, text);
    }
}

/// What is said of a faulty expression: the message, then the expression with its caret.
fn message_of(text: &str) -> String {
    parse(text).map(|read| read.threshold.to_string()).unwrap_err().to_string()
}

#[test]
fn the_caret_stands_under_the_character_at_fault() {
    let rows = [
        ("", "", "there is nothing here; write a threshold such as p95<200ms"),
        ("p95", "   ^", "a comparison must stand here: <, <=, > or >="),
        ("p95=200ms", "   ^", "a measured value never equals a bound; use <, <=, > or >="),
        ("p95!=200ms", "   ^", "a measured value never equals a bound; use <, <=, > or >="),
        ("p95=>200ms", "   ^", "a measured value never equals a bound; use <, <=, > or >="),
        ("p95<", "    ^", "a number must stand here, such as 200ms, 1% or 100"),
        ("p95<-200ms", "    ^", "a number must stand here, such as 200ms, 1% or 100"),
        ("p95<2.ms", "      ^", "a number must stand here, such as 200ms, 1% or 100"),
        ("p95<200", "       ^", "a time needs a unit: us, ms, s or min, as in 200ms"),
        ("p95<200m", "       ^", "a time needs a unit: us, ms, s or min, as in 200ms"),
        ("p95 < 200 %", "          ^", "a time needs a unit: us, ms, s or min, as in 200ms"),
        ("p95<0.0005ms", "    ^", "the finest step here is 1 µs; round the number"),
        ("p95<2000min", "    ^", "the bound is above 1 hour, which is never measured; lower it"),
        ("failures<1", "          ^", "a share needs the unit %, as in failures<1%"),
        ("failures<101%", "         ^", "the bound is above 100 %, which is never measured; lower it"),
        (
            "failures<0%",
            "        ^",
            "every share lies between 0 % and 100 %, so this never holds; choose another bound",
        ),
        (
            "complete<=100%",
            "        ^",
            "every share lies between 0 % and 100 %, so this always holds; choose another bound",
        ),
        ("rps>100ms", "       ^", "a rate has no unit but /s, as in rps>100"),
        (
            "p100<1s",
            "^",
            "`p100` is no percentile; write p and a number above 0 and below 100 with at most 4 decimals (p99.9)",
        ),
        (
            "p0<1s",
            "^",
            "`p0` is no percentile; write p and a number above 0 and below 100 with at most 4 decimals (p99.9)",
        ),
        (
            "p99.99999<1s",
            "^",
            "`p99.99999` is no percentile; write p and a number above 0 and below 100 with at most 4 decimals (p99.9)",
        ),
        (
            "p<1s",
            "^",
            "`p` is no percentile; write p and a number above 0 and below 100 with at most 4 decimals (p99.9)",
        ),
        ("ttft<1s", "    ^", "`ttft` is a distribution; say which figure of it, as in ttft.p95 or ttft.avg"),
        (
            "ttft.q<1s",
            "     ^",
            "`q` is no statistic; use avg, med, max, or a percentile such as p95 or p99.9",
        ),
        ("ttft.<1s", "     ^", "`` is no statistic; use avg, med, max, or a percentile such as p95 or p99.9"),
        ("<1s", "^", "a measure must stand here, such as p95, failures, rps, ttft.p95 or complete"),
        ("crud:<1s", "     ^", "a measure must stand here, such as p95, failures, rps, ttft.p95 or complete"),
        (
            "GET threads:p95<1s",
            "    ^",
            "the endpoint's path must follow and begin with `/`, as in GET /threads:p95<200ms",
        ),
        (
            "GET /threads p95<1s",
            "            ^",
            "a colon must separate the scope from the measure, as in GET /threads:p95<200ms",
        ),
        (
            "chat:p95<1s",
            "^",
            "`chat` is no scope; use crud, stream, an endpoint such as GET /threads, or stage \"NAME\"",
        ),
        (
            "stage x:p95<1s",
            "      ^",
            "the stage's name must follow in double quotes, as in stage \"48 users\":p95<1s",
        ),
        ("stage \"x:p95<1s", "      ^", "the quotes around the stage's name are not closed; end it with \""),
        (
            "stage \"x\" p95<1s",
            "          ^",
            "a colon must separate the scope from the measure, as in GET /threads:p95<200ms",
        ),
        (
            "p95<1s p99<2s",
            "       ^",
            "the threshold ends before this; remove it, or repeat --threshold for a further one",
        ),
        (
            "p95<1s, p99<2s",
            "      ^",
            "the threshold ends before this; remove it, or repeat --threshold for a further one",
        ),
    ];
    for (text, caret, message) in rows {
        let caret = if caret.is_empty() { "^" } else { caret };
        assert_eq!(message_of(text), format!("{message}\n    {text}\n    {caret}"), "{text}");
    }
    assert_eq!(
        message_of("mixed:p95<1s"),
        "mixed users send both kinds of request, and requests are counted by where they go, not by who sends \
         them; use crud, stream or an endpoint\n    mixed:p95<1s\n    ^"
    );
    assert_eq!(
        message_of("  faliures<1%").lines().next().unwrap(),
        "`faliures` is no measure (did you mean `failures`?); use p50 to p99.99, avg, med, max, failures, complete, \
         rps, or a distribution with a figure (ttft.p95): ttft, icl, tpot, e2e, ttfb, headers, first_event, connect, \
         tokens_per_s, from_due"
    );
    assert_eq!(message_of("  faliures<1%").lines().last(), Some("      ^"));
}

#[test]
fn the_caret_finds_its_column_behind_wide_and_unprintable_characters() {
    let wide = message_of("stage \"漢字\":q<1s");
    assert_eq!(wide.lines().nth(2), Some("                 ^"), "two columns each:\n{wide}");
    let hostile = message_of("stage \"\u{1b}[31m\n\":q<1s");
    assert_eq!(hostile.lines().count(), 3, "{hostile}");
    assert!(!hostile.contains('\u{1b}'));
    let long = message_of(&format!("stage \"{}\":q<1s", "x".repeat(400)));
    assert!(long.lines().all(|line| line.len() < 350), "{long}");
    assert_eq!(long.lines().nth(2).unwrap().len(), 65, "the surroundings of the fault are shown: {long}");
    assert!(
        message_of(&"x".repeat(501))
            .starts_with("the expression is longer than 500 characters; shorten it\n")
    );
}

/// A shape with these stages, and the default API.
fn ground(names: &[&str], classes: &str) -> (Shape, Vec<Endpoint>) {
    let stage = |name: &&str| Stage {
        name: (*name).to_owned(),
        duration: Duration::from_secs(10),
        users: 5,
        spawn_rate: 5.0,
        classes: classes.parse::<ClassSet>().unwrap(),
        arrivals: None,
    };
    let shape = Shape { name: "test".to_owned(), stages: names.iter().map(stage).collect(), mock_llm: false };
    (shape, Api::default().endpoints())
}

#[test]
fn a_scope_must_be_in_the_run() {
    let (shape, endpoints) = ground(&["warm", "10 users", "twice", "twice"], "crud,stream,mixed");
    let resolved = |expr: &str, no_streams| {
        let ground = ThresholdContext { shape: &shape, endpoints: &endpoints, no_streams };
        resolve(&parse(expr).unwrap(), &ground).map(|rule| rule.stage).map_err(|error| error.to_string())
    };
    assert_eq!(resolved("p95<1s", None), Ok(None));
    assert_eq!(resolved("stage \"10 users\" PATCH /threads/[id]:p95<1s", None), Ok(Some(1)));
    assert_eq!(resolved("POST /chat/stream:ttft.p95<1s", None), Ok(None));
    assert_eq!(resolved("stage \"warm\":connect.p95<1s", None), Ok(Some(0)));
    let known = "GET /threads, POST /threads, PATCH /threads/[id], DELETE /threads/[id], GET /threads/[id]/messages, \
                 POST /threads/[id]/messages, POST /chat/stream";
    let rows = [
        (
            "stage \"warm\" GET /thread:p95<1s",
            None,
            format!("no endpoint is called `GET /thread` (did you mean `GET /threads`?); use one of {known}"),
            "             ^",
        ),
        (
            "stage \"hot\":p95<1s",
            None,
            "the shape has no stage \"hot\"; use one of \"warm\", \"10 users\", \"twice\", \"twice\"".to_owned(),
            "      ^",
        ),
        (
            "stage \"twice\":p95<1s",
            None,
            "the shape has 2 stages called \"twice\"; give them names of their own".to_owned(),
            "      ^",
        ),
        (
            "crud:ttft.p95<1s",
            None,
            "ttft is measured on streams; leave the scope out, or use stream".to_owned(),
            "^",
        ),
        (
            "GET /threads:complete>99%",
            None,
            "complete is measured on streams; leave the scope out, or use stream".to_owned(),
            "^",
        ),
        (
            "stream:connect.p95<1s",
            None,
            "connections belong to no endpoint; leave the scope out, or name a stage alone".to_owned(),
            "^",
        ),
        (
            "stage \"warm\": ttft.p95<1s",
            Some("mock-llm"),
            "this run sends no stream (mock-llm), so this could never be judged; leave the threshold out".to_owned(),
            "              ^",
        ),
        (
            "stream:p95<1s",
            Some("crud users alone"),
            "this run sends no stream (crud users alone), so this could never be judged; leave the threshold out"
                .to_owned(),
            "^",
        ),
    ];
    for (expr, no_streams, message, caret) in rows {
        assert_eq!(resolved(expr, no_streams), Err(format!("{message}\n    {expr}\n    {caret}")));
    }
}

fn first_line(error: &ThresholdError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_call_that_the_service_does_not_have_is_no_scope() {
    let (shape, mut endpoints) = ground(&["warm"], "stream");
    let chat = Operation::Chat.index();
    endpoints[..chat].fill(Endpoint::default());
    let resolved = |expr: &str| {
        let ground = ThresholdContext { shape: &shape, endpoints: &endpoints, no_streams: None };
        resolve(&parse(expr).unwrap(), &ground).map(|_| ()).map_err(|error| first_line(&error))
    };
    assert_eq!(resolved("stream:p95<1s"), Ok(()));
    let missing = "no endpoint is called `GET /threads`; use one of POST /chat/stream";
    assert_eq!(resolved("GET /threads:p95<1s"), Err(missing.to_owned()));
    let streams = "the API has no call but the streaming one; leave the scope out, or use stream";
    assert_eq!(resolved("crud:p95<1s"), Err(streams.to_owned()));
}

/// Expressions that are well formed, in every form.
fn expressions() -> impl Strategy<Value = String> {
    let name =
        "[ -~äµ漢]{1,12}".prop_map(|name| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")));
    let target = prop_oneof![
        Just("crud".to_owned()),
        Just("stream".to_owned()),
        ("[A-Z]{1,7}", "/[a-z\\[\\]/:?=<>.]{0,12}").prop_map(|(method, path)| format!("{method} {path}")),
    ];
    let scope = prop_oneof![
        Just(String::new()),
        target.clone().prop_map(|target| format!("{target}:")),
        name.clone().prop_map(|name| format!("stage {name}:")),
        (name, target).prop_map(|(name, target)| format!("stage {name} {target} : ")),
    ];
    let statistic = prop_oneof![
        (1u32..999_999).prop_map(|level| format!("p{}.{:04}", level / 10_000, level % 10_000)),
        prop::sample::select(vec!["avg", "med", "max", "p95", "p50"]).prop_map(str::to_owned),
    ];
    let times =
        prop::sample::select(vec!["", "latency.", "ttft.", "icl.", "tpot.", "e2e.", "ttfb.", "connect."]);
    let operator = prop::sample::select(vec!["<", "<=", " > ", ">="]);
    let time = prop_oneof![
        (0u64..3_600_000).prop_map(|value| format!("{}.{:03} ms", value / 1000, value % 1000)),
        (0u64..3600).prop_map(|value| format!("{value}s")),
        (0u64..60).prop_map(|value| format!("{value}min")),
        (0u64..3_600_000_000).prop_map(|value| format!("{value}us")),
    ];
    let share = (1u32..1_000_000).prop_map(|value| format!("{}.{:04}%", value / 10_000, value % 10_000));
    let rate = (0u64..1_000_000_000).prop_map(|value| format!("{}.{:03}", value / 1000, value % 1000));
    let condition = prop_oneof![
        (times, statistic.clone(), operator.clone(), time)
            .prop_map(|(times, statistic, operator, time)| format!("{times}{statistic}{operator}{time}")),
        (prop::sample::select(vec!["failures", "complete"]), operator.clone(), share)
            .prop_map(|(measure, operator, share)| format!("{measure}{operator}{share}")),
        (statistic, operator.clone(), rate.clone())
            .prop_map(|(statistic, operator, rate)| format!("tokens_per_s.{statistic}{operator}{rate}")),
        (operator, rate).prop_map(|(operator, rate)| format!("rps{operator}{rate}/s")),
    ];
    (scope, condition).prop_map(|(scope, condition)| format!("{scope}{condition}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_displayed_reads_back_as_the_same_threshold(text in expressions()) {
        let read: Threshold = parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?.threshold;
        let again = parse(&read.to_string()).map_err(|error| TestCaseError::fail(error.to_string()))?.threshold;
        prop_assert_eq!(&read, &again);
        prop_assert_eq!(read.to_string(), again.to_string());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        if let Err(error) = parse(&text) {
            prop_assert!(error.at <= text.chars().count());
            prop_assert_eq!(error.to_string().lines().count(), 3);
        }
    }

    #[test]
    fn no_damage_makes_the_reader_panic(text in expressions(), at in any::<prop::sample::Index>(), c in any::<char>()) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        for change in 0..3 {
            match change {
                0 => chars[at] = c,
                1 => chars.insert(at, c),
                _ => chars.truncate(at),
            }
            if let Err(error) = parse(&chars.iter().collect::<String>()) {
                prop_assert!(error.at <= chars.len());
                prop_assert_eq!(error.to_string().lines().count(), 3);
            }
        }
    }
}
