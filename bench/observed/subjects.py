"""What bench/observed/run searches, and the truth about each."""

from collections import namedtuple

import software

Subject = namedtuple("Subject", "what start threshold max_users users cause cites", defaults=(None, None))

STREAMS = ("--classes", "stream", "--think", "0.2s..1s")
EVERYBODY = ("--classes", "stream=8,crud=2", "--think", "0.1s..0.4s")
EAGER = ("--classes", "stream", "--think", "0")


def of(function, *more):
    """Starts a service from (pythons, folder of our programs, seed)."""
    return lambda pythons, folder, seed: function(pythons, *more)


SUBJECTS = {
    "postgres": Subject("PostgreSQL 15 by itself, behind SQLAlchemy's pool of 5 and 10", of(software.database, False),
                        "ttft.p95<300ms", 64, EVERYBODY, "database_connections", "`postgres_sessions`"),
    "postgres-exporter": Subject("the same by Debian's exporter", of(software.database, True), "ttft.p95<300ms", 64, EVERYBODY),
    "node": Subject("this machine by the node exporter", of(software.node), "ttft.p95<1s", 24, STREAMS),
    "nginx": Subject("nginx' status page by Debian's exporter", of(software.nginx), "ttft.p95<1s", 24, STREAMS),
    "quota": Subject("a container that may use half a core", of(software.quota), "icl.p95<60ms", 64, EAGER, "cpu_quota", "`throttled_share`"),
    "llama": Subject("llama.cpp, gemma-3-270m, 4 slots", of(software.engine), "ttft.p95<3s", 32, EAGER, "batch_slots", "`llamacpp:requests_deferred`"),
    "threads": Subject("ten threads for streams and all else", of(software.by_page, "threads", "pool"),
                       "ttft.p95<500ms", 64, EVERYBODY, "slot_pool", "`executor_queued_tasks`"),
    "chunk": Subject("each chunk takes one of 16 threads", of(software.by_process, "chunk"),
                     "icl.p95<60ms", 64, EAGER, "thread_per_chunk", "`threads`"),
    "processor": Subject("streams share the processors of a machine", of(software.by_page, "processor", "healthy"),
                         "icl.p95<60ms", 64, EAGER, "shared_processor", "`rate(node_cpu_seconds_total)`"),
    "batch": Subject("an engine's batch of 8, answers of one length", lambda _, folder, seed: software.batch(folder / "backend", seed),
                     "ttft.p95<2s", 64, EAGER, "batch_slots", "`sandbox_batch_waiting`"),
}
# Whose series are compared with the software's own tools.
REAL = ("postgres", "postgres-exporter", "node", "nginx", "quota", "llama")
# Whose cause cannot be told from outside.
SIX = ("postgres", "quota", "threads", "chunk", "processor", "batch")
