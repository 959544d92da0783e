//! What a series from inside proves. A rule a row; the first that fits what was seen from outside is the answer.
//!
//! | field | is |
//! | --- | --- |
//! | `proves` | what gives way where the sign shows |
//! | `alike` | other names of the same from outside: where one of them was inferred, it stays |
//! | `corrects` | what it may be mistaken for from outside; what a service says itself (refusals, error texts) never |
//! | `found_at` | what to observe, for those who do not yet |
//! | `says` | the sentence that the figures follow |
//! | `sign` | which series, and how they must move |

use crate::limits::CauseKind::{self, *};

/// What a series from inside proves.
#[derive(Debug)]
pub(super) struct Rule {
    pub proves: CauseKind,
    pub alike: &'static [CauseKind],
    pub corrects: Corrects,
    pub found_at: &'static str,
    pub says: &'static str,
    pub sign: Sign,
}

/// Which causes that were inferred from outside give way to the rule's.
#[derive(Debug)]
pub(super) enum Corrects {
    /// Every one: what waits and what runs is the service's own count.
    Anything,
    /// These alone.
    Only(&'static [CauseKind]),
}

/// How series must move along the rungs.
#[derive(Debug)]
pub(super) enum Sign {
    /// Something waits with the most users while no more run than before.
    Queue { running: &'static str, waiting: &'static str },
    /// As many are in use as there may be.
    Full { used: &'static str, most: &'static str },
    /// With the most users a share, of what `whole` names, is greater than the bound.
    Above { share: &'static str, whole: &'static str, bound: f64 },
    /// The same of a share that two series make.
    Share { part: &'static str, of: &'static str, whole: &'static str, bound: f64 },
    /// No more than this share of the whole is left.
    Left { part: &'static str, of: &'static str, bound: f64 },
    /// All are busy and no more are opened while users grow; `held` of them wait for the service itself. Idle ones speak
    /// against it where all `are_own`: those of the service.
    Busy { all: &'static str, idle: &'static str, held: &'static str, are_own: bool },
    /// As much as one thread can do, however many users there are.
    OneCore { cores: &'static str },
    /// They grow with the users, then stop.
    Stops { count: &'static str },
}

const CPU: &[CauseKind] =
    &[EventLoop, Bandwidth, Pauses, Stalls, SharedProcessor, ThreadPerChunk, Collapse, Slower, Unsure];

pub(super) const RULES: &[Rule] = &[
    Rule {
        proves: BatchSlots,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "vLLM's /metrics",
        says: "the batch of the engine was full",
        sign: Sign::Queue { running: "vllm:num_requests_running", waiting: "vllm:num_requests_waiting" },
    },
    Rule {
        proves: BatchSlots,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "SGLang's /metrics",
        says: "the batch of the engine was full",
        sign: Sign::Queue { running: "sglang:num_running_reqs", waiting: "sglang:num_queue_reqs" },
    },
    Rule {
        proves: BatchSlots,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "llama.cpp's /metrics (`--metrics`)",
        says: "the slots of the engine were full",
        sign: Sign::Queue { running: "llamacpp:requests_processing", waiting: "llamacpp:requests_deferred" },
    },
    Rule {
        proves: BatchSlots,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "TGI's /metrics",
        says: "the batch of the engine was full",
        sign: Sign::Queue { running: "tgi_batch_current_size", waiting: "tgi_queue_size" },
    },
    Rule {
        proves: BatchSlots,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "the sandbox's /_sandbox/metrics",
        says: "the batch of the engine was full",
        sign: Sign::Queue { running: "sandbox_batch_running", waiting: "sandbox_batch_waiting" },
    },
    Rule {
        proves: SlotPool,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "the sandbox's /_sandbox/metrics",
        says: "the slots of the service were full",
        sign: Sign::Queue { running: "sandbox_slots_busy", waiting: "sandbox_slots_waiting" },
    },
    Rule {
        proves: DatabaseConnections,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "HikariCP's metrics",
        says: "the service's pool of database connections was used up",
        sign: Sign::Queue { running: "hikaricp_connections_active", waiting: "hikaricp_connections_pending" },
    },
    Rule {
        proves: SlotPool,
        alike: &[ThreadPerChunk],
        corrects: Corrects::Anything,
        found_at: "Micrometer's metrics of executors",
        says: "the service's pool of threads was full",
        sign: Sign::Queue { running: "executor_active_threads", waiting: "executor_queued_tasks" },
    },
    Rule {
        proves: SlotPool,
        alike: &[ThreadPerChunk],
        corrects: Corrects::Anything,
        found_at: "Tomcat's metrics",
        says: "every thread that serves requests was busy",
        sign: Sign::Full { used: "tomcat_threads_busy_threads", most: "tomcat_threads_config_max_threads" },
    },
    Rule {
        proves: DatabaseConnections,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "postgres://…",
        says: "as many connections as PostgreSQL allows were open",
        sign: Sign::Full { used: "postgres_connections", most: "postgres_max_connections" },
    },
    Rule {
        proves: DatabaseConnections,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "PostgreSQL's exporter",
        says: "as many connections as PostgreSQL allows were open",
        sign: Sign::Full { used: "pg_stat_activity_count", most: "pg_settings_max_connections" },
    },
    Rule {
        proves: DatabaseLocks,
        alike: &[],
        corrects: Corrects::Anything,
        found_at: "postgres://…",
        says: "what worked in PostgreSQL waited for locks",
        sign: Sign::Share {
            part: "postgres_locks_waiting",
            of: "postgres_sessions{state=\"active\"}",
            whole: " of them",
            bound: 0.5,
        },
    },
    Rule {
        proves: DatabaseConnections,
        alike: &[],
        corrects: Corrects::Only(&[SlotPool, AdmissionRate, Slower, Unsure]),
        found_at: "postgres://…",
        says: "every database connection that the service had open was busy",
        sign: Sign::Busy {
            all: "postgres_sessions",
            idle: "postgres_sessions{state=\"idle\"}",
            held: "postgres_sessions{state=\"idle in transaction\"}",
            are_own: true,
        },
    },
    Rule {
        proves: DatabaseConnections,
        alike: &[],
        corrects: Corrects::Only(&[]),
        found_at: "PostgreSQL's exporter",
        says: "every connection that the server had open was busy",
        sign: Sign::Busy {
            all: "pg_stat_activity_count",
            idle: "pg_stat_activity_count{state=\"idle\"}",
            held: "pg_stat_activity_count{state=\"idle in transaction\"}",
            are_own: false,
        },
    },
    Rule {
        proves: CpuQuota,
        alike: &[],
        corrects: Corrects::Only(CPU),
        found_at: "docker:CONTAINER or cgroup:PATH",
        says: "the container was throttled",
        sign: Sign::Above { share: "throttled_share", whole: " of its periods", bound: 0.2 },
    },
    Rule {
        proves: CpuQuota,
        alike: &[],
        corrects: Corrects::Only(CPU),
        found_at: "cAdvisor's metrics",
        says: "the container was throttled",
        sign: Sign::Share {
            part: "rate(container_cpu_cfs_throttled_periods_total)",
            of: "rate(container_cpu_cfs_periods_total)",
            whole: " of its periods",
            bound: 0.2,
        },
    },
    Rule {
        proves: BatchSlots,
        alike: &[],
        corrects: Corrects::Only(&[SlotPool, Unsure]),
        found_at: "vLLM's /metrics",
        says: "the key-value cache of the engine was full",
        sign: Sign::Above { share: "vllm:kv_cache_usage_perc", whole: "", bound: 0.95 },
    },
    Rule {
        proves: BatchSlots,
        alike: &[],
        corrects: Corrects::Only(&[SlotPool, Unsure]),
        found_at: "vLLM's /metrics",
        says: "the key-value cache of the engine was full",
        sign: Sign::Above { share: "vllm:gpu_cache_usage_perc", whole: "", bound: 0.95 },
    },
    Rule {
        proves: SharedProcessor,
        alike: &[EventLoop],
        corrects: Corrects::Only(&[Pauses, Stalls, ThreadPerChunk, Slower, Unsure]),
        found_at: "the node exporter",
        says: "the processors of the machine were busy",
        sign: Sign::Left {
            part: "rate(node_cpu_seconds_total{mode=\"idle\"})",
            of: "rate(node_cpu_seconds_total)",
            bound: 0.05,
        },
    },
    Rule {
        proves: EventLoop,
        alike: &[ThreadPerChunk],
        corrects: Corrects::Only(CPU),
        found_at: "pid:N or docker:CONTAINER",
        says: "the process did as much as one thread can",
        sign: Sign::OneCore { cores: "busiest_process_cores" },
    },
    Rule {
        proves: EventLoop,
        alike: &[ThreadPerChunk],
        corrects: Corrects::Only(CPU),
        found_at: "the process' own /metrics",
        says: "the process did as much as one thread can",
        sign: Sign::OneCore { cores: "rate(process_cpu_seconds_total)" },
    },
    Rule {
        proves: SlotPool,
        alike: &[ThreadPerChunk],
        corrects: Corrects::Only(&[Unsure]),
        found_at: "pid:N",
        says: "the process stopped starting threads",
        sign: Sign::Stops { count: "threads" },
    },
];
