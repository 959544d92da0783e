//! Services that the rules have not seen: each is a file of its own, with its truth in its first lines. What counts as
//! right was written down before any of them was searched.

mod autoscaled;
mod blocking_calls;
mod cache_misses;
mod cache_preempted;
mod cold_replica;
mod connection_cap;
mod crashing;
mod fair_link;
mod falls_back;
mod gateway;
mod grows_slower;
mod heap_pauses;
mod held_after;
mod inner_retries;
mod last_first;
mod link_in_turn;
mod lookup_threads;
mod minute_quota;
mod one_connection;
mod one_endpoint;
mod one_thread_pool;
mod one_writer;
mod prefill_first;
mod prepaid;
mod query_pool;
mod queue_timeout;
mod random_replicas;
mod serial_replica;
mod sign_in;
mod streams;
mod token_bucket;

use verdict::limits::CauseKind::{self, *};

use crate::backend::Backend;
use crate::models::{Group, Make, Model};
use crate::search::Load;
pub use streams::Answers;

/// How one is made for answers and a seed.
pub type Maker = fn(Answers, u64) -> Box<dyn Backend>;

fn model(name: &'static str, truth: &'static [CauseKind], slots: &[f64], maker: Maker) -> Model {
    Model {
        name,
        make: Make::Own(maker),
        truth,
        slots: slots.to_vec(),
        group: Group::New,
        keeps: true,
        loads: &Load::ALL,
    }
}

pub fn all() -> Vec<Model> {
    let autoscaled = model("autoscaled workers", &[SlotPool], &[4.0, 8.0, 12.0], autoscaled::make);
    vec![
        model("queue with a timeout", &[SlotPool], &[8.0], queue_timeout::make),
        // How many it holds depends on how long it has been asked.
        Model { keeps: false, ..autoscaled },
        model("connections for queries", &[DatabaseConnections, AdmissionRate], &[], query_pool::make),
        model("prompts before tokens", &[SharedProcessor, Stalls], &[], prefill_first::make),
        model("token bucket", &[RateLimit], &[], token_bucket::make),
        model("pauses that grow", &[Pauses, Stalls], &[], heap_pauses::make),
        model("one thread pool for all", &[SlotPool], &[12.0], one_thread_pool::make),
        model("cache with preemption", &[BatchSlots, Stalls, Collapse], &[], cache_preempted::make),
        model("quota of a minute", &[AdmissionRate], &[], minute_quota::make),
        model(
            "one connection for all",
            &[ThreadPerChunk, SharedProcessor, Stalls],
            &[],
            one_connection::make,
        ),
        model("replicas by chance", &[SlotPool, OneOfSeveral], &[12.0], random_replicas::make),
        model("one cold replica", &[OneOfSeveral, Slower], &[], cold_replica::make),
        model("cache misses", &[NoneInRange], &[], cache_misses::make),
        model("retries inside", &[SlotPool, ConcurrencyCap], &[10.0], inner_retries::make),
        model("blocking calls", &[EventLoop, Pauses], &[], blocking_calls::make),
        model("places held after the end", &[SlotPool], &[], held_after::make),
        model("one serial replica", &[OneOfSeveral], &[], serial_replica::make),
        model("connections that are reset", &[ConcurrencyCap], &[], connection_cap::make),
        model("gateway for every request", &[AdmissionRate], &[], gateway::make),
        model("sign-in before every request", &[AdmissionRate], &[], sign_in::make),
        Model {
            loads: &[Load::Everybody, Load::LongAnswers],
            ..model("one writer", &[DatabaseLocks, Slower], &[], one_writer::make)
        },
        model("link, in turn", &[Bandwidth], &[], link_in_turn::make),
        model("link, shared fairly", &[Bandwidth], &[], fair_link::make),
        Model {
            loads: &[Load::Everybody, Load::LongAnswers],
            ..model("one endpoint", &[OneEndpoint], &[], one_endpoint::make)
        },
        Model {
            loads: &[Load::Everybody, Load::LongAnswers],
            ..model("one slow endpoint", &[OneEndpoint, Slower], &[], one_endpoint::make_slow)
        },
        model("last in, first out", &[SlotPool], &[10.0], last_first::make),
        Model {
            loads: &[Load::Streams, Load::Everybody],
            ..model("threads before the first token", &[AdmissionRate], &[], lookup_threads::make)
        },
        // Time decides how many it holds, and what is asked of it.
        Model { keeps: false, ..model("grows slower", &[Slower], &[], grows_slower::make) },
        Model { keeps: false, ..model("falls back", &[ConcurrencyCap], &[], falls_back::make) },
        Model { keeps: false, ..model("used up", &[NoneInRange], &[], prepaid::make) },
        // How many it holds is where it has not died yet.
        Model { keeps: false, ..model("process that dies", &[Collapse, Slower], &[], crashing::make) },
    ]
}
