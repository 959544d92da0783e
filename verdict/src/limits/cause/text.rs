//! The cause as a short paragraph: what was seen, what it means, what to change, what it could be
//! mistaken for.

use super::signature::Signature;
use crate::limits::text::{ms, number, percent, times};
use crate::limits::{Cause, CauseKind, Estimate, Rung};

/// The paragraph about a cause.
pub(super) fn paragraph(
    kind: CauseKind,
    signature: Option<&Signature<'_>>,
    invalid: &[Rung],
    slots: Option<Estimate>,
) -> Cause {
    let evidence = signature.map(evidence).unwrap_or_default();
    let evidence = match kind {
        CauseKind::Generator => [invalid_rungs(invalid), evidence].concat(),
        _ => evidence,
    };
    let Some(signature) = signature else {
        let seen = match kind {
            CauseKind::Generator => "The load generator gave out before the service could be measured.",
            _ => "Fewer than two rungs with different users were measured.",
        };
        return Cause { kind, evidence, ..advised(kind, seen.to_owned()) };
    };
    Cause { evidence, ..advised(kind, seen(kind, signature, slots)) }
}

/// What was seen.
fn seen(kind: CauseKind, signature: &Signature<'_>, slots: Option<Estimate>) -> String {
    let Signature { base, top, .. } = signature;
    let span = format!("from {} to {} users", base.users, top.users);
    let (ttft, icl) = (signature.ttft(), signature.icl());
    match kind {
        CauseKind::SlotPool => waiting_for_slots(signature, &span, slots),
        CauseKind::ThreadPerChunk => format!(
            "The gaps between chunks grew {} {span}, throughput stopped growing, and requests without a stream \
             stayed as fast as before.",
            times(icl)
        ),
        CauseKind::EventLoop => format!(
            "Everything slowed down together {span}: gaps between chunks {}, the time to first token {}, and even a \
             cheap request from {} to {}.",
            times(icl),
            times(ttft),
            ms(base.canary.unwrap_or_default()),
            ms(top.canary.unwrap_or_default())
        ),
        CauseKind::DatabaseConnections => format!(
            "Up to {} of a rung's requests failed with a text that says no database connection was left.",
            percent(signature.database())
        ),
        CauseKind::RateLimit => format!(
            "Up to {} of a rung's requests were refused with status 429, while those that were let in stayed as fast \
             as before.",
            percent(signature.limited())
        ),
        CauseKind::BufferingProxy => format!(
            "Streams arrive whole: the first token comes after {} of a stream that lasts {}, and the {} chunks of an \
             answer arrive together.",
            ms(base.ttft.p50),
            ms(base.e2e.p50),
            number(base.chunks)
        ),
        CauseKind::Generator => {
            "The load generator ran out of processor time before the service gave way.".to_owned()
        }
        CauseKind::NoneInRange => {
            format!("Throughput grew with the users {span}, and nothing became slower or failed.")
        }
        CauseKind::Unsure => format!(
            "{} to {} users show no known signature, or those of several causes at once.",
            base.users, top.users
        ),
    }
}

fn waiting_for_slots(signature: &Signature<'_>, span: &str, slots: Option<Estimate>) -> String {
    let slots = slots.map_or_else(
        || format!("no more than {} streams sent text at once", signature.top.producing_peak),
        |slots| format!("about {} streams ran at once and never more", slots.estimate),
    );
    format!(
        "The time to first token grew {} {span} while the gaps between chunks stayed as they were, and \
         {slots}: the others waited for their turn.",
        times(signature.ttft())
    )
}

/// What a cause means and what to do about it.
struct Advice {
    kind: CauseKind,
    means: &'static str,
    change: &'static str,
    mistaken_for: &'static str,
}

const ADVICE: [Advice; 9] = [
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
        means: "Every chunk passes through a pool of threads, as a synchronous generator in a StreamingResponse does.",
        change: "Make the generator asynchronous (`async def` with `async for`), or raise the pool (AnyIO's \
                 `total_tokens`, 40 by default).",
        mistaken_for: "A model that shares its processors slows its chunks too; there the time to first token grows as well and \
                 the sum of tokens per second still rises.",
    },
    Advice {
        kind: CauseKind::EventLoop,
        means: "One event loop does the work of all streams, and its processor is full.",
        change: "Run more processes (`--workers`), do less for each chunk, and keep blocking calls off the loop.",
        mistaken_for: "A host whose processors are full for another reason looks the same: look at its CPU by process.",
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
];

fn advised(kind: CauseKind, seen: String) -> Cause {
    let text = |of: fn(&Advice) -> &'static str| {
        ADVICE.iter().find(|advice| advice.kind == kind).map(of).unwrap_or_default().to_owned()
    };
    Cause {
        kind,
        seen,
        means: text(|advice| advice.means),
        change: text(|advice| advice.change),
        mistaken_for: text(|advice| advice.mistaken_for),
        evidence: Vec::new(),
    }
}

/// The figures between the unloaded and the most loaded rung, one sentence each.
fn evidence(signature: &Signature<'_>) -> Vec<String> {
    let Signature { base, top, plateau, .. } = signature;
    let mut sentences = Vec::new();
    let mut grew = |what: &str, from: Option<f64>, to: Option<f64>| {
        if let (Some(from), Some(to)) = (from, to) {
            let ratio = to / from.max(1e-6);
            sentences.push(format!(
                "{what}: {} with {} users, {} with {} ({}).",
                ms(from),
                base.users,
                ms(to),
                top.users,
                times(ratio)
            ));
        }
    };
    grew("Time to first token, median", base.ttft.get(|f| f.p50), top.ttft.get(|f| f.p50));
    grew("Gap between chunks, median", base.icl.get(|f| f.p50), top.icl.get(|f| f.p50));
    grew("Response headers of a stream, median", base.headers.get(|f| f.p50), top.headers.get(|f| f.p50));
    grew("A cheap request, median", base.canary, top.canary);
    match plateau {
        Some(plateau) => sentences.push(format!(
            "Throughput does not grow from {} users on: {} {} each second.",
            plateau.from_users,
            number(plateau.rate),
            if top.streams > 0 { "streams" } else { "requests" }
        )),
        None => sentences.push(format!(
            "Throughput grew from {} to {} {} each second and shows no plateau.",
            number(base.throughput()),
            number(top.throughput()),
            if top.streams > 0 { "streams" } else { "requests" }
        )),
    }
    if signature.has_streams() {
        let peaks: Vec<String> =
            signature.rungs.iter().map(|rung| format!("{} of {}", rung.producing_peak, rung.users)).collect();
        sentences.push(format!("Most streams sending text at once, by users: {}.", peaks.join(", ")));
    }
    sentences
}

fn invalid_rungs(invalid: &[Rung]) -> Vec<String> {
    let users: Vec<String> = invalid.iter().map(|rung| rung.users.to_string()).collect();
    let why = match invalid.iter().any(|rung| rung.validity.cpu) {
        true => "a load thread's core was full, or it waited for one",
        false => "fewer users ran than were asked for",
    };
    vec![format!("The rungs of {} users are invalid: {why}.", users.join(", "))]
}
