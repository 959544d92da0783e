//! What the fuzzer begins with: one small input or a few for each target, in `fuzz/corpus/`.

use std::path::PathBuf;

use common::protocol as wire;
use common::stats::Recorder;
use prost::Message;

use testkit::fuzz::csv_rows as rows;
use testkit::fuzz::dice::Dice;
use testkit::fuzz::valid::delta;

/// A seed: target, file name, bytes.
type Seed = (&'static str, &'static str, Vec<u8>);

/// An API file that differs from the default in everything that is not a call.
const DIFFERS: &str = "preset = 'ai-sdk'\nname = 'mine'\nuser_header = ''\nthread_id_field = 'a.0.b'\n\
                       [constants]\nv = '1 \"2'\n[headers]\nx-a = 'b'\n[list_threads]\npath = '/${v}?q=${title}'\n\
                       [probe]\npath = '/${v}'\n[stream]\ntext = { event = 'a', data = 'b' }\n";

fn preset(name: &str) -> Vec<u8> {
    controller::api::preset(name).map(|preset| preset.text.into()).unwrap_or_default()
}

/// Where the seeds of a target lie.
pub fn folder(target: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus")).join(target)
}

/// Every seed, as this build makes it.
pub fn all() -> Vec<Seed> {
    let mut seeds = vec![
        ("delta", "one_stage", delta(&mut Dice(&[3; 60]), 1).encode_to_vec()),
        ("delta", "failures_of_another_endpoint", elsewhere().encode_to_vec()),
        ("delta", "two_stages", delta(&mut Dice(&(0..=120).rev().collect::<Vec<_>>()), 1).encode_to_vec()),
        ("fleet", "undisturbed", (0..160).map(|step: u8| step.wrapping_mul(7) % 100).collect()),
        ("fleet", "disturbed", (0..=255).map(|step: u8| step.wrapping_mul(29)).collect()),
        ("fleet", "a_stage_named_twice", [&[0, 145], &[2; 60][..]].concat()),
        ("quota", "ramp_up_and_down", quota().encode_to_vec()),
        ("samples", "one_bucket", samples(&[7]).encode_to_vec()),
        ("samples", "many_buckets", samples(&[0, 5, 5, 900, 70_000, 4_000_000_000]).encode_to_vec()),
        ("api", "default.toml", preset("default")),
        ("api", "openai.toml", preset("openai")),
        ("api", "differs.toml", DIFFERS.into()),
        ("api", "own.toml", OWN_CALLS.into()),
        ("api", "hostile.toml", b"[chat]\npath = \"/${a\\u001b\\n}\"\n".to_vec()),
        ("shape", "every_key.toml", EVERY_KEY.into()),
        ("shape", "least.toml", b"[[stage]]\nduration = 1\nusers = 1\nspawn_rate = 1\n".to_vec()),
        ("shape", "hostile_class.toml", HOSTILE_CLASS.into()),
        (
            "shape",
            "hostile_duration.toml",
            b"[[stage]]\nduration = \"1\\u001b[31ms\"\nusers = 1\nspawn_rate = 1\n".to_vec(),
        ),
        ("shape", "hostile_key.toml", b"\"a\\u001b[31m\\nb\" = 1\n".to_vec()),
        ("threshold", "hostile_path", b"GET /\x1b[31m\x1a:p95<1s".to_vec()),
        ("threshold", "scope", b"stage \"10 users\" GET /threads/[id]/messages : p99.9 <= 0.25 s".to_vec()),
        ("threshold", "share", b"crud:failures<0.5%".to_vec()),
        ("threshold", "rate", b"stream:tokens_per_s.med>20/s".to_vec()),
        (
            "sse",
            "tokens",
            sse("data: {\"type\":\"token\",\"content\":\"a\"}\n\ndata: {\"type\":\"done\"}\n\n"),
        ),
        (
            "sse",
            "every_field",
            sse("\u{feff}: ping\r\nevent: error\rid: 7\nretry: 10\ndata\ndata:x\r\n\r\ndata: cut"),
        ),
    ];
    let files = [
        ("stats", rows::STATS),
        ("history", rows::HISTORY),
        ("failures", rows::FAILURES),
        ("exceptions", rows::EXCEPTIONS),
        ("streams", rows::STREAMS),
        ("stages", rows::STAGES),
        ("workers", rows::WORKERS),
        ("streams_history", rows::STREAMS_HISTORY),
    ];
    for (number, (name, rows)) in files.into_iter().enumerate() {
        // Bits 3 and 4: under its header, the other files there.
        seeds.push(("csv_files", name, [&[number as u8 | 24], rows.as_bytes()].concat()));
    }
    seeds
}

const EVERY_KEY: &str = "\
name = \"lunch\"
mock_llm = false

[[stage]]
name = \"warm\"
duration = \"1m30s\"
users = 10
spawn_rate = 2.5
classes = [\"crud\", \"mixed\"]

[[stage]]
duration = 45
users = 0x0
";

/// Calls of the file's own, users of its own, and a stream of two requests.
const OWN_CALLS: &str = r#"
[calls.search]
path = "/search?q=${content}"
success = [200, 404]
headers = { x-thread = "${thread}" }
[chat]
body = '{"text":${messages},"after":"${last}"}'
capture = { run = "id" }
[chat.events]
path = "/runs/${run}/events"
capture = { last = { event = "id" } }
[history]
message = '{"id":"${message}","role":"${role}","parts":["${content}"]}'
[users.crud]
start = []
steps = ["search", { call = "list_threads", weight = 3 }]
[users.mixed]
start = ["create_thread"]
session = ["chat", ["search", { weight = 2 }]]
turns = "2..5"
end = ["delete_thread"]
"#;

const HOSTILE_CLASS: &str = "\
[[stage]]
duration = 1
users = 1
spawn_rate = 1
classes = [\"\\u001b[31m\\nno class\"]
";

/// A delta whose one failure stands under an endpoint that had none.
fn elsewhere() -> wire::Delta {
    let mut delta = delta(&mut Dice(&[5; 99]), 1);
    for (stage, part) in delta.stages.iter_mut().enumerate() {
        part.endpoints.truncate(1);
        part.endpoints.iter_mut().for_each(|endpoint| endpoint.failures = u64::from(stage == 0));
    }
    let failure = wire::Failure {
        endpoint: 0,
        class: 8,
        text: "status 503".to_owned(),
        count: 1,
        first_us: 5,
        last_us: 5,
        ..wire::Failure::default()
    };
    delta.failures = vec![failure];
    delta
}

fn samples(values: &[u64]) -> wire::Samples {
    let mut recorder = Recorder::default();
    values.iter().for_each(|value| recorder.record(*value));
    recorder.drain().encode().unwrap_or_default()
}

fn quota() -> wire::Quota {
    let ramp = wire::UserRange {
        class: 0,
        first: 1,
        stride: 2,
        count: 40,
        start_at_us: 0,
        start_step_us: 20_000,
        stop_at_us: Some(90_000_000),
        stop_step_us: -20_000,
    };
    let alone = wire::UserRange { class: 2, first: 7, stride: 1, count: 1, stop_at_us: None, ..ramp };
    wire::Quota { epoch: 3, lease_ms: 5_000, run_us: Some(9), users: vec![ramp, alone], ..Default::default() }
}

/// A stream after the ten bytes that choose its cuts and its limit.
fn sse(stream: &str) -> Vec<u8> {
    [b"\x01\x02\x03\x04\x05\x06\x07\x08\x20\x00", stream.as_bytes()].concat()
}
