//! Traces that are asked again: every question, in its session, in its order, at its time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use common::distribution::Distribution;
use common::mix::mix;
use testkit::runs::chaos;
use testkit::runs::recorder::Recorder;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Results, apart, folder, run};

/// How far a question may be from its moment here: on a machine that also compiles, and far less than anything that
/// moved it on purpose would.
const NEAR: Duration = Duration::from_millis(900);
/// Half of them are no further.
const USUAL: Duration = Duration::from_millis(10);

/// Replays `text`, a file of this name, with two workers.
fn replayed(url: &str, name: &str, text: &str, more: &[&str]) -> Results {
    let folder = folder();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    run(url, &[&["--replay", path.to_str().unwrap()], more].concat(), 2)
}

fn arrivals(results: &Results, name: &str) -> u64 {
    results.number(&format!("/arrivals/{name}"))
}

fn metric(results: &Results, name: &str, figure: &str) -> f64 {
    results.summary["streams"]["metrics"][name][figure].as_f64().unwrap()
}

/// Lengths and gaps as Azure's conversations of 2023 have them: prompts with a median of 1020 tokens, answers of 129,
/// 5.6 questions a second, in bursts.
fn conversations(count: u64) -> (String, Vec<Duration>) {
    let lengths = |text: &str| text.parse::<Distribution<u32>>().unwrap();
    let (prompts, answers) = (lengths("lognormal:1020,0.7"), lengths("lognormal:129,0.9"));
    let gaps: Distribution<Duration> = "lognormal:90ms,1.0".parse().unwrap();
    let (mut text, mut at) = ("TIMESTAMP,ContextTokens,GeneratedTokens\n".to_owned(), Duration::ZERO);
    let mut times = Vec::new();
    for line in 0..count {
        times.push(at);
        let (minute, second) = (17 + at.as_secs() / 60, at.as_secs() % 60);
        let (prompt, answer) = (prompts.sample(mix(3 * line)), answers.sample(mix(3 * line + 1)));
        let nanos = at.subsec_nanos() / 100;
        writeln!(text, "2023-11-16 18:{minute}:{second:02}.{nanos:07},{prompt},{answer}").unwrap();
        at += gaps.sample(mix(3 * line + 2));
        at = Duration::from_micros(u64::try_from(at.as_micros()).unwrap());
    }
    (text, times)
}

/// How far each of the questions was from its moment, sorted; the run began at one time for all of them.
fn distances(seen: &[Duration], wanted: &[Duration]) -> Vec<Duration> {
    assert_eq!(seen.len(), wanted.len());
    let sorted = |mut all: Vec<i128>| {
        all.sort_unstable();
        all
    };
    let micros = |time: &Duration| i128::try_from(time.as_micros()).unwrap();
    let behind: Vec<i128> =
        seen.iter().zip(wanted).map(|(seen, wanted)| micros(seen) - micros(wanted)).collect();
    let median = sorted(behind.clone())[behind.len() / 2];
    let mut all: Vec<u64> =
        behind.iter().map(|behind| u64::try_from((behind - median).abs()).unwrap()).collect();
    all.sort_unstable();
    all.into_iter().map(Duration::from_micros).collect()
}

#[test]
fn a_public_traces_questions_come_at_their_times_in_a_tenth_of_its_time() {
    let _apart = apart();
    let recorder = Recorder::start();
    let (text, times) = conversations(300);
    let results = replayed(&recorder.url(), "conv.csv", &text, &["--time-scale", "0.1", "--seed", "7"]);
    assert_eq!(
        (arrivals(&results, "due"), arrivals(&results, "started")),
        (300, 300),
        "{}",
        results.markdown
    );
    assert_eq!(results.number("/streams/completed"), 300);
    for name in ["start_delay", "from_start", "from_due"] {
        assert_eq!(metric(&results, name, "count"), 300.0, "{name}");
    }
    // User numbers are those of lines × 3 + 1: who is it, when did it ask, and how much.
    let mut seen: BTreeMap<u64, Duration> = BTreeMap::new();
    for (user, requests) in recorder.log() {
        let asked: Vec<usize> =
            (0..requests.len()).filter(|place| requests[*place].starts_with("POST /chat/stream ")).collect();
        let [place] = asked[..] else { panic!("{requests:?}") };
        seen.insert(user / 3, recorder.times()[&user][place]);
        let line = text.lines().nth(1 + usize::try_from(user / 3).unwrap()).unwrap();
        let words: usize = line.split(',').nth(1).unwrap().parse().unwrap();
        assert_eq!(prompt(&requests[place]).split(' ').count(), words, "{line}");
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), (0..300).collect::<Vec<_>>());
    let wanted: Vec<Duration> = times.iter().map(|time| time.mul_f64(0.1)).collect();
    let far = distances(&seen.into_values().collect::<Vec<_>>(), &wanted);
    println!("50 %: {:?}, 99 %: {:?}, most: {:?}", far[150], far[297], far[299]);
    assert!(far[150] < USUAL && far[297] < NEAR, "{far:?}");
    let facts = &results.summary["run"];
    let told = facts["arrivals"].as_str().unwrap();
    assert!(
        told.starts_with("conv.csv, a trace of Azure's form: 300 questions in 300 sessions over "),
        "{told}"
    );
    assert!(facts["prompts"].as_str().unwrap().contains("as long as the service makes them"), "{facts}");
    assert!(facts["command"].as_str().unwrap().contains("--replay"), "{facts}");
}

/// The words of a question.
fn prompt(request: &str) -> String {
    let body = request.splitn(3, ' ').nth(2).unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    body["message"].as_str().unwrap().to_owned()
}

#[test]
fn sessions_stay_whole_in_their_order_with_their_think_times() {
    let _apart = apart();
    let recorder = Recorder::start();
    let mut lines = Vec::new();
    for session in 0..40_u32 {
        for turn in 0..5_u32 {
            let at = f64::from(session) * 0.2 + f64::from(turn) * 3.0;
            // From the end of one answer to the next question it is 2.5 s.
            let end = at + 0.5;
            lines.push(format!(
                "{{\"time\":{at},\"end\":{end},\"session\":{session},\"prompt\":\"question {turn} of {session}\"}}"
            ));
        }
    }
    // Lines may stand in any order.
    lines.sort_by_key(|line| mix(line.len() as u64 ^ mix(line.bytes().map(u64::from).sum())));
    let results = replayed(&recorder.url(), "ours.jsonl", &lines.join("\n"), &["--time-scale", "0.1"]);
    assert_eq!(arrivals(&results, "started"), 40);
    let (log, times) = (recorder.log(), recorder.times());
    let mut asked = BTreeSet::new();
    let mut thought = Vec::new();
    for (user, requests) in &log {
        let chats: Vec<usize> =
            (0..requests.len()).filter(|place| requests[*place].starts_with("POST /chat/stream ")).collect();
        let texts: Vec<String> = chats.iter().map(|place| prompt(&requests[*place])).collect();
        let session = texts[0].rsplit(' ').next().unwrap().to_owned();
        let wanted: Vec<String> = (0..5).map(|turn| format!("question {turn} of {session}")).collect();
        assert_eq!(texts, wanted);
        assert!(asked.insert(session));
        thought.extend(chats.windows(2).map(|pair| times[user][pair[1]] - times[user][pair[0]]));
        assert!(requests.last().unwrap().starts_with("DELETE /threads/"), "{requests:?}");
    }
    assert_eq!((asked.len(), log.len()), (40, 40));
    // A tenth of 2.5 s, and the answer, which is there at once.
    thought.sort_unstable();
    let (median, p99) = (thought[80], thought[158]);
    assert!(thought[0] >= Duration::from_millis(247), "{thought:?}");
    assert!(
        median < Duration::from_millis(250) + USUAL * 2 && p99 < Duration::from_millis(250) + NEAR,
        "{thought:?}"
    );
    let workers = results.csv("workers");
    assert!(workers.iter().all(|row| row["Request Count"] != "0"), "both had sessions");
}

#[test]
fn prompts_of_mooncakes_form_have_their_blocks_in_common() {
    let _apart = apart();
    let recorder = Recorder::start();
    let line = |at: u32, words: u32, ids: &str| {
        format!("{{\"timestamp\":{at},\"input_length\":{words},\"output_length\":5,\"hash_ids\":[{ids}]}}\n")
    };
    let text = [line(0, 1100, "46,47,48"), line(100, 1300, "46,47,2353"), line(200, 600, "0,1")].concat();
    let results = replayed(&recorder.url(), "mooncake.jsonl", &text, &[]);
    assert_eq!(results.number("/streams/completed"), 3);
    let log = recorder.log();
    let asked = |line: u64| {
        let requests = &log[&(line * 3 + 1)];
        let chat = requests.iter().find(|request| request.starts_with("POST /chat/stream ")).unwrap();
        prompt(chat).split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let (one, other, third) = (asked(0), asked(1), asked(2));
    assert_eq!([one.len(), other.len(), third.len()], [1100, 1300, 600]);
    assert_eq!(one[..1024], other[..1024], "two blocks in common");
    assert_ne!(one[1024..1100], other[1024..1100]);
    assert_ne!(one[..512], third[..512]);
}

#[test]
fn what_is_replayed_is_what_the_service_counts() {
    let _apart = apart();
    let backend = Backend::start(QUICK);
    let (text, _) = conversations(200);
    let results = replayed(&backend.url(), "conv.csv", &text, &["--time-scale", "0.1"]);
    let server = backend.settled();
    chaos::expect_exact(&results, &server);
    assert_eq!((server.streams.started, server.streams.completed), (200, 200));
    assert_eq!(results.summary["run"]["end"], "completed");
}
