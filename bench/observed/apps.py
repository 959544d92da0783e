"""What bench/twin/service.py does not have: services whose cause cannot be told from outside.

APP names one:

    threads     a ThreadPoolExecutor of ten for everything: each stream holds a thread, and every other call takes one. Its
                figures at /metrics have the names that Micrometer gives those of an executor
    processor   twelve streams fill the processors of the machine that the model has; beyond, all of them become slower
                alike. Such a machine is not here, so its processors are figures, as the node exporter would give them
                at /metrics
"""

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import service as twin
from fastapi import Response

app = twin.app
FIT, PROCESSORS = 12, 4
idle = {"seconds": 0.0, "since": time.monotonic()}


def look_at_processors():
    """Adds up what was idle since the last look."""
    now, since = time.monotonic(), idle["since"]
    busy = min(1, twin.counts["running"] / FIT)
    idle.update(seconds=idle["seconds"] + (now - since) * PROCESSORS * (1 - busy), since=now)


async def share():
    """An answer of a model that gives each of its streams the same share of its processors."""
    look_at_processors()
    twin.counts["running"] += 1
    try:
        for wait, text in twin.answer():
            await asyncio.sleep(wait * max(1, twin.counts["running"] / FIT))
            yield text
    finally:
        look_at_processors()
        twin.counts["running"] -= 1


class Counted(ThreadPoolExecutor):
    """Knows how many of its threads work."""

    active, lock = 0, threading.Lock()

    def submit(self, work, *args):
        return super().submit(self.counted, work, *args)

    def counted(self, work, *args):
        self.count(1)
        try:
            return work(*args)
        finally:
            self.count(-1)

    def count(self, more):
        with self.lock:
            self.active += more


async def through_the_pool():
    await asyncio.get_running_loop().run_in_executor(twin.model, time.sleep, 0.001)


if os.environ["APP"] == "processor":
    began, twin.healthy = time.monotonic(), share

    @app.get("/metrics")
    async def metrics():
        look_at_processors()
        used = (time.monotonic() - began) * PROCESSORS - idle["seconds"]
        page = f'node_cpu_seconds_total{{cpu="0",mode="idle"}} {idle["seconds"]}\nnode_cpu_seconds_total{{cpu="0",mode="user"}} {used}\n'
        return Response(f"# TYPE node_cpu_seconds_total counter\n{page}", media_type="text/plain; version=0.0.4")
else:
    app.dependency_overrides[twin.session] = through_the_pool

    twin.model = Counted(10)

    @app.get("/metrics")
    async def executor():
        figures = f"executor_pool_size_threads 10\nexecutor_active_threads {twin.model.active}\n"
        figures += f"executor_queued_tasks {twin.model._work_queue.qsize()}\n"
        return Response(figures, media_type="text/plain; version=0.0.4")
