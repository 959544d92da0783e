//! Services whose cause cannot be told from outside, searched without an observer and with one that sees inside.

use std::collections::BTreeSet;
use std::process::ExitCode;

use verdict::limits::{Cause, CauseKind};

use crate::backend::Figures;
use crate::models::{Model, model, with};
use crate::search::{Load, Sees, search};
use crate::service::{Engine, Lengths, Service};
use crate::{MAX_USERS, on_all_cores};

/// A service, who asks it, what an observer sees, and the series that its sentence must cite.
struct Seen {
    model: Model,
    load: Load,
    sees: Sees,
    cites: &'static str,
}

fn seen(
    name: &'static str,
    truth: &'static [CauseKind; 1],
    load: Load,
    service: Service,
    (sees, cites): (Sees, &'static str),
) -> Seen {
    Seen { model: model(name, truth, service), load, sees, cites }
}

fn all() -> Vec<Seen> {
    use CauseKind::{BatchSlots, CpuQuota, DatabaseConnections, SharedProcessor, SlotPool, ThreadPerChunk};
    let equal_pool = with(|service| (service.slots, service.lengths) = (Some(10), Lengths::Equal));
    let sessions = with(|service| (service.slots, service.slots_for_all) = (Some(10), true));
    let threads = with(|service| service.engine = Engine::Threads(8));
    let processor = with(|service| {
        (service.gap, service.engine) = (0.005, Engine::Batch { per_stream: 0.015 });
    });
    let batch = with(|service| {
        (service.slots, service.lengths) = (Some(8), Lengths::Equal);
        service.engine = Engine::Batch { per_stream: 0.0 };
    });
    let quota = with(|service| service.engine = Engine::Loop(0.008));
    vec![
        seen("ten threads, answers of one length", &[SlotPool], Load::Streams, equal_pool, EXECUTOR),
        seen("a session held per stream", &[DatabaseConnections], Load::Everybody, sessions, POOL),
        seen("eight threads for chunks", &[ThreadPerChunk], Load::Streams, threads, THREADS),
        seen("a processor that all share", &[SharedProcessor], Load::Streams, processor, NODE),
        seen("a batch of eight, answers of one length", &[BatchSlots], Load::Streams, batch, ENGINE),
        seen("a loop that a quota holds back", &[CpuQuota], Load::Streams, quota, GROUP),
    ]
}

const EXECUTOR: (Sees, &str) = (
    |of| vec![("executor_active_threads", of.running), ("executor_queued_tasks", of.waiting)],
    "`executor_queued_tasks`",
);
const POOL: (Sees, &str) = (
    |of| vec![("hikaricp_connections_active", of.running), ("hikaricp_connections_pending", of.waiting)],
    "`hikaricp_connections_pending`",
);
const THREADS: (Sees, &str) = (|of| vec![("threads", 5.0 + of.threads)], "`threads`");
const NODE: (Sees, &str) = (
    |of| {
        vec![
            ("rate(node_cpu_seconds_total{mode=\"idle\"})", 4.0 * (1.0 - of.busy)),
            ("rate(node_cpu_seconds_total{mode=\"user\"})", 4.0 * of.busy),
        ]
    },
    "`rate(node_cpu_seconds_total)`",
);
const ENGINE: (Sees, &str) = (
    |of| vec![("vllm:num_requests_running", of.running), ("vllm:num_requests_waiting", of.waiting)],
    "`vllm:num_requests_waiting`",
);
/// A loop that is at work when its period ends is held back then.
const GROUP: (Sees, &str) = (|of: Figures| vec![("throttled_share", of.busy)], "`throttled_share`");

/// Prints what each is told as; ends with 1 where the truth is not told from inside, alone and with its figure.
pub fn print(seeds: u64) -> ExitCode {
    let all = all();
    println!(
        "| service | truth | from outside | right from inside | the sentence of the first seed |\n| --- | --- | --- | --- | --- |"
    );
    let lines = on_all_cores(all.len(), |place| line(&all[place], seeds));
    lines.iter().for_each(|(line, _)| println!("{line}"));
    ExitCode::from(u8::from(lines.iter().any(|(_, is_right)| !is_right)))
}

fn line(seen: &Seen, seeds: u64) -> (String, bool) {
    let causes = |sees: Option<Sees>| -> Vec<Cause> {
        let found = (1..=seeds).map(|seed| search(&seen.model, seen.load, MAX_USERS, seed, sees));
        found.map(|found| found.limits.cause).collect()
    };
    let (outside, inside) = (causes(None), causes(Some(seen.sees)));
    let names: BTreeSet<String> = outside.iter().map(name).collect();
    let is_right = |cause: &&Cause| {
        [cause.kind] == seen.model.truth && cause.or.is_empty() && cause.inside.contains(seen.cites)
    };
    let right = inside.iter().filter(is_right).count();
    let sentence = inside.first().map_or("", |cause| cause.inside.as_str());
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let told: BTreeSet<String> = inside.iter().filter(|cause| !is_right(cause)).map(name).collect();
    let told = told.into_iter().map(|name| format!(", else {name}")).collect::<String>();
    let line = format!(
        "| {} | {:?} | {names} | {right} of {seeds}{told} | {sentence} |",
        seen.model.name, seen.model.truth[0]
    );
    (line, right as u64 == seeds)
}

fn name(cause: &Cause) -> String {
    let or = cause.or.iter().map(|or| format!(" or {or:?}")).collect::<String>();
    format!("{:?}{or}", cause.kind)
}
