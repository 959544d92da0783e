"""What is measured, part by part. Each takes a Bench and returns what goes into RESULTS.json."""

import json
import os
import subprocess
from dataclasses import dataclass

from . import calls, cores, machine, namespaces, scale, slices, tools
from .server import Server


@dataclass
class Scale:
    repetitions: int
    rounds: int
    users: int

    @staticmethod
    def full():
        return Scale(repetitions=3, rounds=5, users=10_000)

    @staticmethod
    def quick():
        return Scale(repetitions=1, rounds=2, users=1_000)


@dataclass
class Bench:
    root: object
    probe: machine.Probe
    scale: Scale

    @property
    def binaries(self):
        return self.root / os.environ.get("BENCH_PROGRAMS", "target/release")

    def compare(self, commands, base, **settings):
        """Every repetition has a fresh server."""
        taken = {}
        for repetition in range(self.scale.repetitions):
            with Server(self.binaries, settings.get("delay_ms", 0)) as server:
                for name, some in slices.compare(
                    server,
                    commands(server),
                    self.probe,
                    counter=settings["counter"],
                    warm_up=settings["warm_up"],
                    seconds=settings["seconds"],
                    rounds=settings.get("rounds", self.scale.rounds),
                ).items():
                    taken.setdefault(name, []).extend({"repetition": repetition, **each} for each in some)
        return {"slices": taken, "tools": slices.summary(taken)} | {
            f"ratio to {name}": slices.ratios(taken, name) for name in base if name in taken
        }


def closed_loop(bench):
    """64 connections, no pauses: bare hyper, our user, and every peer that GETs as fast."""
    commands = lambda server: tools.closed_loop(bench.binaries, bench.root, server)  # noqa: E731
    return bench.compare(commands, ["bare hyper", "wrk", "oha"], counter="requests", warm_up=0.4, seconds=0.7)


def slow_peers(bench):
    """Peers that need a second to begin, beside our user."""
    commands = lambda server: tools.slow_peers(bench.binaries, bench.root, server)  # noqa: E731
    base = ["Locust FastHttpUser", "k6"]
    return bench.compare(commands, base, counter="requests", warm_up=3.0, seconds=1.5, rounds=min(3, bench.scale.rounds))


def allocator(bench):
    """Our user with the system's allocator and with mimalloc under it."""
    commands = lambda server: tools.allocators(bench.binaries, server)  # noqa: E731
    return bench.compare(commands, ["user"], counter="requests", warm_up=0.4, seconds=0.7)


def light_load(bench):
    """The server answers after 20 ms: about 3,000 requests a second, each a wake-up of its own."""
    commands = lambda server: tools.light_load(bench.binaries, server)  # noqa: E731
    return bench.compare(commands, ["bare hyper"], counter="requests", warm_up=0.4, seconds=1.2, delay_ms=20)


def streams(bench):
    """1,000 streams, an event of 65 bytes every 20 ms each."""
    commands = lambda server: tools.streams(bench.binaries, server, 1000)  # noqa: E731
    return bench.compare(commands, ["bare hyper"], counter="events", warm_up=2.2, seconds=1.0, rounds=min(4, bench.scale.rounds))


def delivery(bench):
    """How long events are on their way, at 1,000 and at 3,000 streams on one core."""
    return {str(count): scale.delivery(bench.binaries, count, bench.scale.repetitions) for count in (1000, 3000)}


def hot_path(bench):
    """The parts of the hot path alone: time and allocations."""
    command = machine.pinned(machine.GENERATOR_CPU, [bench.binaries / "parts", "time"])
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(bench.scale.repetitions)]
    return {name: [run[name] for run in runs] for name in runs[0]}


def first_requests(bench):
    """From the process's start until 1,000 users have sent their first request."""
    return scale.first_requests(bench.binaries, 1000, 2 * bench.scale.repetitions + 1)


def idle_users(bench):
    """Users that sent one request and think for a minute, connection open."""
    idle = ["--class", "crud", "--think-ms", 60000]
    return [scale.users(bench.binaries, bench.scale.users, idle, 8) for _ in range(bench.scale.repetitions)]


# An event every two seconds: that many streams are to be open, not to be served by one core. They end
# after 6.5 s, as the time to the first token is reported with the end.
OPEN = ["--class", "stream", "--query", "n=4&gap=2000&ttft=500"]


def open_streams(bench):
    """Streams in progress in one process."""
    return [scale.users(bench.binaries, bench.scale.users, OPEN, 10) for _ in range(bench.scale.repetitions)]


def most_streams(bench):
    """Twice as many, or as many as one process may open files here, but for a few of its own."""
    most = min(2 * bench.scale.users, machine.raise_descriptors() - 25)
    # From half of an address's local ports on, the kernel searches long for a free one; those of the
    # repetition before are still waiting for late packets.
    several = [*OPEN, "--sources", ",".join(f"127.0.0.{last}" for last in range(1, 9))]
    return [scale.users(bench.binaries, most, several, 14) for _ in range(bench.scale.repetitions)]


def system_calls(bench):
    """Calls into the kernel for each request and each event, counted by strace."""
    return calls.count(bench.binaries)


def two_cores(bench):
    """One load thread against two."""
    return cores.compare(bench)


def fleet(bench):
    """A whole controller with 1,000 workers attached, at 100 and at 1,000 samples in each distribution."""
    return [scale.fleet(bench.binaries, bench.scale.users // 10) for _ in range(bench.scale.repetitions)]


def four_workers(bench):
    """One to four worker processes in network namespaces; the server's count against the report's."""
    if os.geteuid() != 0:
        return {"skipped": "network namespaces need root"}
    return [namespaces.run(bench.binaries, workers) for workers in (1, 2, 3, 4)]


ALL = {
    part.__name__: part
    for part in (
        hot_path,
        closed_loop,
        slow_peers,
        allocator,
        light_load,
        streams,
        delivery,
        first_requests,
        idle_users,
        open_streams,
        most_streams,
        system_calls,
        two_cores,
        fleet,
        four_workers,
    )
}
