"""What bench/twin/run searches, and the truth about each: the cause, and how many run at once where a number does."""

import collections

Limit = collections.namedtuple("Limit", "threshold max_users cause slots truth")

LIMITS = {
    "pool": Limit("ttft.p95<300ms", 256, "slot_pool", 10, "ThreadPoolExecutor(10) around a blocking client"),
    "chunk": Limit("icl.p95<40ms", 256, "thread_per_chunk", None, "a synchronous generator on 16 threads of AnyIO"),
    "loop": Limit("icl.p95<60ms", 256, "event_loop", None, "2 ms of work for each token on the event loop"),
    "database": Limit("failures<1%", 256, "database_connections", None, "PostgreSQL with max_connections 23, one held by each stream"),
    "session": Limit("ttft.p95<1s", 256, "database_connections", 15, "SQLAlchemy's pool (5 + 10), a session held by each stream"),
    "pauses": Limit("ttft.p95<300ms", 64, "pauses", None, "the event loop is blocked for 0.4 s every one to three seconds"),
    "thrash": Limit("icl.p99<200ms", 128, "stalls", None, "beyond 16 streams one chunk in 25 waits for 0.5 s"),
    "locked": Limit("failures<1%", 128, "database_locks", None, "SQLite's lock, held for 40 ms by each stream"),
    "replicas": Limit("ttft.p95<1s", 128, "one_of_several", None, "nginx before two replicas, of which one has four threads"),
    "whole": Limit("ttft.p95<2s", 12, "buffering_proxy", None, "a handler that collects the answer before it sends it"),
    "healthy": Limit("ttft.p95<300ms", 12, "none_in_range", None, "an async generator, up to 12 users"),
    "nginx": Limit("ttft.p95<300ms", 12, "none_in_range", None, "an async generator behind nginx as it comes"),
    "limit": Limit("failures<1%", 256, "rate_limit", None, "nginx: limit_req 20r/s, burst 5 nodelay, status 429"),
    "limit-503": Limit("failures<1%", 256, "rate_limit", None, "nginx: limit_req 20r/s, burst 5 nodelay, as it comes (503)"),
    "limit-delay": Limit("ttft.p95<1s", 256, "admission_rate", None, "nginx: limit_req 20r/s, burst 1000 with delay"),
    "limit-conn": Limit("failures<1%", 256, "concurrency_cap", 8, "nginx: limit_conn 8 (503)"),
    "maxconn": Limit("ttft.p95<1s", 256, "slot_pool", 10, "HAProxy: maxconn 10 of the server, the others queue"),
    "litellm-cap": Limit("failures<1%", 64, "concurrency_cap", 5, "LiteLLM: max_parallel_requests 5 of a deployment"),
    "litellm-rate": Limit("failures<1%", 64, "rate_limit", None, "LiteLLM: rpm 300 of a deployment, enforced"),
    "langgraph": Limit("ttft.p95<3s", 256, "slot_pool", 10, "langgraph dev: 10 jobs per worker"),
    "llama-2": Limit("ttft.p95<3s", 32, "batch_slots", 2, "llama.cpp, gemma-3-270m: 2 slots"),
    "llama-4": Limit("ttft.p95<3s", 32, "batch_slots", 4, "llama.cpp, gemma-3-270m: 4 slots"),
    "llama-8": Limit("ttft.p95<3s", 32, "batch_slots", 8, "llama.cpp, gemma-3-270m: 8 slots"),
}

# Who uses it. Only what has threads has the default users.
USERS = {
    "default": [],
    "stream": ["--classes", "stream"],
    "eager": ["--classes", "stream", "--think", "0"],
}
WITHOUT_THREADS = ("litellm", "llama")


def can(name, users):
    return users != "default" or not name.startswith(WITHOUT_THREADS)
