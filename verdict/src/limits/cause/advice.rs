//! What a cause means and what to do about it, in words.

use crate::limits::CauseKind;

/// What a cause means and what to do about it.
pub struct Advice {
    pub kind: CauseKind,
    pub means: &'static str,
    pub change: &'static str,
    pub mistaken_for: &'static str,
}

pub const ADVICE: [Advice; 25] = [
    Advice {
        kind: CauseKind::SlotPool,
        means: "Each stream holds a place in a pool of fixed size from its start to its end.",
        change: "Raise the pool (`max_workers` of a ThreadPoolExecutor, the limit of a semaphore, the model provider's \
                 concurrency), or stop holding a thread while waiting for the model; more processes (`--workers`) multiply \
                 it.",
        mistaken_for: "A concurrency quota of the model's provider looks the same from outside: compare with the provider's own \
                 dashboard.",
    },
    Advice {
        kind: CauseKind::ThreadPerChunk,
        means: "Every chunk passes through a pool of threads, as a synchronous generator in a StreamingResponse does, or through \
                one step that takes its time: a write or a commit for each chunk, a lock, one connection.",
        change: "Make the generator asynchronous (`async def` with `async for`), or raise the pool (AnyIO's \
                 `total_tokens`, 40 by default); keep what is written until the answer's end, or write it beside the stream.",
        mistaken_for: "A model that shares its processors slows its chunks too; there the time to first token grows as well and \
                 the sum of tokens per second still rises.",
    },
    Advice {
        kind: CauseKind::EventLoop,
        means: "Everything waits for one thing that does the work of all streams: an event loop whose processor is full.",
        change: "Run more processes (`--workers`), do less for each chunk, and keep blocking calls off the loop.",
        mistaken_for: "A host whose processors are full for another reason looks the same, and so does a proxy in front that is full: \
                       look at the CPU of the service's process first.",
    },
    Advice {
        kind: CauseKind::Bandwidth,
        means: "The way between the service and its users carries so many bytes a second, and what is sent waits for it: a \
                network interface, a container's or a cloud's egress limit, a proxy.",
        change: "Send less (compression, events that hold only what is new, fewer and larger ones), or raise what the way \
                 carries.",
        mistaken_for: "A process that reads what it passes on in large pieces lets chunks arrive together as well: look whether \
                       its processor is full.",
    },
    Advice {
        kind: CauseKind::DatabaseConnections,
        means: "Every operation opens a connection of its own, or the pool is smaller than what runs at once.",
        change: "Pool connections (`pool_size`, `max_overflow` instead of NullPool, or PgBouncer), and keep none across a \
                 stream.",
        mistaken_for: "A database that is slow for another reason fills the pool too: look at the time that queries take.",
    },
    Advice {
        kind: CauseKind::RateLimit,
        means: "A limiter in front of the service, or of the model, lets a fixed rate through.",
        change: "Raise the limit (`limit_req` in nginx, the gateway's or the provider's quota), or slow clients down by \
                 `Retry-After`.",
        mistaken_for: "A service that sheds load by 429 when it is full does so because of something else: look whether the rate \
                 that is let in is a round number.",
    },
    Advice {
        kind: CauseKind::BufferingProxy,
        means: "Something between service and client collects the answer before it passes it on.",
        change: "Turn buffering off for this path (`proxy_buffering off` or the header `X-Accel-Buffering: no`), and check \
                 compression, which collects too.",
        mistaken_for: "A service that sends the whole answer in one write looks the same: ask it directly, without the proxy.",
    },
    Advice {
        kind: CauseKind::Generator,
        means: "What was measured on those rungs is the generator's own waiting; nothing is said of the service there.",
        change: "Add workers, give them cores of their own, or use fewer users per worker.",
        mistaken_for: "A service on the same machine takes processor time from the workers: move one of them.",
    },
    Advice {
        kind: CauseKind::NoneInRange,
        means: "The limit lies beyond the users that were tried.",
        change: "Try more with --max-users.",
        mistaken_for: "Caches that answer for the service hide its limits: check that the load is like real users'.",
    },
    Advice {
        kind: CauseKind::Unsure,
        means: "The rungs do not show what gives way first.",
        change: "Compare the figures below with the service's own (CPU, connections, pool sizes), and try the classes one \
                 by one (`--classes stream`, `--classes crud`), with more users or longer rungs.",
        mistaken_for: "Two limits that are met at the same time hide each other.",
    },
    Advice {
        kind: CauseKind::BatchSlots,
        means: "The model's engine runs a fixed number of answers at once and lets the others wait; each that joins makes \
                the steps of all a little longer.",
        change: "Raise the engine's limit (vLLM `--max-num-seqs`, llama.cpp `--parallel`, `OLLAMA_NUM_PARALLEL`) if its \
                 memory allows, or add engines.",
        mistaken_for: "A pool in front of a model that shares its processor looks the same: compare the number with the engine's \
                       own setting.",
    },
    Advice {
        kind: CauseKind::SharedProcessor,
        means: "All answers share one processor, GPU or CPU: each that runs makes the others slower.",
        change: "Give the model more or faster processors, add replicas, or let fewer answers run at once so that those that \
                 run are quick.",
        mistaken_for: "A pool of threads that each chunk passes through slows chunks too, but only above its size: try rungs of a \
                       few users.",
    },
    Advice {
        kind: CauseKind::AdmissionRate,
        means: "Answers are let in at a fixed rate, whatever becomes of those that run.",
        change: "Raise the rate: tokens or requests per minute of the model's provider (with a client that tries again), \
                 `limit_req` with delay, or what each answer passes before it begins and holds no longer: the worker that retrieves or \
                 embeds, threads that look things up before the first token, a row or a lock that is held until the model answers.",
        mistaken_for: "A pool of slots whose answers are all of one length lets them in at a rate as well: try answers half as \
                       long (`max_tokens`, in the service or the API file); the rate of a pool doubles, a fixed rate stays.",
    },
    Advice {
        kind: CauseKind::ConcurrencyCap,
        means: "The service refuses what exceeds a number of answers, or of connections, at once.",
        change: "Raise the cap (`max_parallel_requests`, `limit_conn`, `--limit-concurrency`, which counts connections that are kept \
                 open as well), or queue instead of refusing.",
        mistaken_for: "A limiter of a rate refuses too: try answers half as long; a cap then lets twice as many in, a rate does not.",
    },
    Advice {
        kind: CauseKind::Collapse,
        means: "Beyond its best load the service does less the more it is asked: memory that is swapped or recomputed, locks, \
                or work for clients that have gone.",
        change: "Limit what runs at once below the best load and queue or refuse the rest.",
        mistaken_for: "A neighbour that took the machine in the meantime looks the same: look whether the first rung, repeated at \
                       the end, was as fast as at the start.",
    },
    Advice {
        kind: CauseKind::Slower,
        means: "The service still does more with more users, but what people wait for is too slow or fails too often before it \
                is full.",
        change: "Look at the figure named above on the service's side (slow queries, pauses, one slow replica), or loosen the \
                 criterion if it asks too much.",
        mistaken_for: "Something that comes and goes on the machine can miss a criterion at any load: run the search again.",
    },
    Advice {
        kind: CauseKind::DatabaseLocks,
        means: "Transactions wait for locks that others hold and give up, or lose to one that was faster; SQLite writes one at a \
                time.",
        change: "Keep transactions short and none across a stream, touch rows in one order, and try again what lost (SQLSTATE \
                 40001, 40P01); for SQLite `journal_mode=WAL` and `busy_timeout`, or a database that writes side by side.",
        mistaken_for: "A pool that is too small fails in other words (\"too many clients\", \"QueuePool limit\"): more connections \
                       make waiting for locks worse.",
    },
    Advice {
        kind: CauseKind::Pauses,
        means: "The whole process stands still now and then, with all that it serves: a garbage collection that stops \
                everything, a call that blocks the event loop, or a quota of processor time that is used up.",
        change: "Look at the process' own record of pauses (the collector's log, asyncio's slow callbacks, `cpu.stat` \
                 `nr_throttled`), then use a collector that works beside, move the blocking call off the loop, or raise the quota.",
        mistaken_for: "A machine that others keep busy stands still too: run the search again while it is quiet, and look at its \
                       steal time.",
    },
    Advice {
        kind: CauseKind::Stalls,
        means: "Under load some chunks wait for something that most need not: memory that is swapped in or recomputed, a \
                garbage collection, the prompt of another answer that is read first, a lock.",
        change: "Let fewer answers run at once, or give more memory; look at page faults (`vmstat` si and so), the collector's \
                 log, and the engine's preemptions (vLLM `--enable-chunked-prefill`, `num_preemptions`).",
        mistaken_for: "A network that loses packets stalls single streams too: look at retransmissions (`nstat`).",
    },
    Advice {
        kind: CauseKind::OneOfSeveral,
        means: "Some requests go where it is full or slow and the others do not: one of several replicas, one shard, one model \
                or one kind of question.",
        change: "Compare the replicas one by one (their CPU, their queue, a search against each address), send requests to the \
                 one that has least to do (`least_conn`, `leastconn`), and mend or replace the slow one.",
        mistaken_for: "A cache that answers some questions at once makes two groups as well: ask questions that were not asked \
                       before (`--prompts`).",
    },
    Advice {
        kind: CauseKind::OneEndpoint,
        means: "One call waits by itself: a lock, work that is done one at a time, or a query that reads more the more there is; \
                what is asked beside it does not need that.",
        change: "Look at what this call alone does: hold its lock for less long, let several run at once, page or index what \
                 it reads.",
        mistaken_for: "What the search itself created, a list that grows with each thread for one, makes a call slower with time: \
                       compare the first rung with the same one at the end.",
    },
    Advice {
        kind: CauseKind::Broken,
        means: "What always fails, with the fewest users too, is wrongly described or does not work: that says nothing of how \
                many users there can be.",
        change: "Send this call by hand, compare its path, body and headers with the API file (`--api`, `--header`), mend what \
                 differs, and search again.",
        mistaken_for: "A service that the first users overload fails as well: look at what it says.",
    },
    Advice {
        kind: CauseKind::OpenFiles,
        means: "A process may have so many files open at once; each connection is one, those to users, to the model and to the \
                database alike.",
        change: "Raise the limit (`ulimit -n`, `LimitNOFILE` of a systemd unit, `--ulimit nofile` of a container), and close what is \
                 no longer used: connections that are kept open count.",
        mistaken_for: "A service that never closes what it opens reaches any limit in time: look whether its open files (`ls \
                       /proc/PID/fd`) go down when the load does.",
    },
    Advice {
        kind: CauseKind::CpuQuota,
        means: "The container may use so much processor time in each period, and stands still for the rest of it once that is \
                used up.",
        change: "Raise the quota (`--cpus`, `limits.cpu`), or start no more threads and processes than it has processors for: \
                 many that run at once use it up at once.",
        mistaken_for: "A process that computes needs the time whatever its quota is: look whether it would use more than it \
                       may.",
    },
    Advice {
        kind: CauseKind::ClientPool,
        means: "The service talks to its model, to Redis or to another service through a pool of connections that is smaller \
                than what runs at once.",
        change: "Raise that pool (`httpx.Limits(max_connections=…)`, `pool_maxsize` of urllib3 and requests, `limit` of aiohttp's \
                 connector, Redis' `maxclients`).",
        mistaken_for: "What the pool talks to may be slow itself and keep its connections for longer: look at how long its \
                       answers take.",
    },
];
