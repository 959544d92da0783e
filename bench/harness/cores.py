"""One load thread against two.

On a machine of two CPUs the server needs one of them, so a rate cannot double here. What can be measured is
the price: with the server waiting 20 ms before each answer it is far from its limit, and a second thread
is worth 2 × (price with one thread) ÷ (price with two).
"""

import statistics

from . import machine, slices
from .server import Server


def compare(bench):
    taken = {1: [], 2: []}
    for repetition in range(bench.scale.repetitions):
        with Server(bench.binaries, delay_ms=20, prompt=True) as server:
            for _ in range(bench.scale.rounds):
                for threads in taken:
                    command = [bench.binaries / "userloop", "--target", server.url, "--seconds", 60]
                    # As many users on each thread: batches are as long, and so is the work for a wake-up.
                    command += ["--users", 600 * threads, "--cores", threads]
                    cpus = machine.GENERATOR_CPU if threads == 1 else machine.BOTH_CPUS
                    settings = {"counter": "requests", "warm_up": 0.8, "seconds": 1.2, "cpus": cpus, "prompt": True}
                    each = slices.one(server, command, bench.probe, **settings)
                    taken[threads].append({"repetition": repetition, **each})
    price = {threads: [each["us"] for each in some] for threads, some in taken.items()}
    worth = [2 * one / two for one, two in zip(price[1], price[2])]
    return {
        "threads": {
            threads: {
                "us": slices.spread(price[threads]),
                "per_second": statistics.median(each["per_second"] for each in some),
                "generator": statistics.median(each["generator"] for each in some),
                "server": statistics.median(each["server"] for each in some),
            }
            for threads, some in taken.items()
        },
        "worth": slices.spread(worth),
    }
