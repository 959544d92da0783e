"""Tools against one server, in turn, a slice each (A B C A B C), with a probe around every slice."""

import statistics
import subprocess
import time
from collections import defaultdict

from . import machine


def compare(server, tools, probe, *, counter, warm_up, seconds, rounds):
    """`tools`: name -> command. Returns name -> list of slices."""
    slices = defaultdict(list)
    for number in range(rounds):
        for name, command in tools.items():
            settings = {"counter": counter, "warm_up": warm_up, "seconds": seconds}
            slices[name].append({"round": number, **one(server, command, probe, **settings)})
    for taken in slices.values():
        for each in taken:
            each["state"] = probe.state(each.pop("before"), each.pop("after"))
    return dict(slices)


def one(server, command, probe, *, counter, warm_up, seconds, cpus=machine.GENERATOR_CPU, prompt=False):
    before = probe.microseconds()
    generator = subprocess.Popen(
        machine.pinned(cpus, command, prompt), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(warm_up)
        count, busy, server_busy, clock = reading(server, generator, counter)
        time.sleep(seconds)
        count_2, busy_2, server_busy_2, clock_2 = reading(server, generator, counter)
        resident = machine.resident_kb(generator.pid)
    finally:
        generator.kill()
        generator.wait()
    time.sleep(0.05)
    done, wall = max(count_2 - count, 1), clock_2 - clock
    return {
        "before": before,
        "after": probe.microseconds(),
        "us": (busy_2 - busy) / 1000 / done,
        "per_second": done / wall,
        "generator": (busy_2 - busy) / 1e9 / wall,
        "server": (server_busy_2 - server_busy) / 1e9 / wall,
        "resident_mb": resident / 1024,
    }


def reading(server, generator, counter):
    return (
        server.counts()[counter],
        machine.cpu_ns(generator.pid),
        machine.cpu_ns(server.process.pid),
        time.monotonic(),
    )


def spread(values):
    """Median, 10th and 90th percentile, least and most."""
    values = sorted(values)
    if not values:
        return None
    cut = len(values) // 10
    return {"median": statistics.median(values), "p10": values[cut], "p90": values[-1 - cut], "least": values[0], "most": values[-1], "n": len(values)}


def ratios(slices, base):
    """Each tool against `base` in the same round, where both slices saw the machine in one state; the
    medians of the repetitions beside the median of all."""
    table = {}
    for name, taken in slices.items():
        pairs = list(zip(taken, slices[base]))
        same = [(one, other) for one, other in pairs if one["state"] == other["state"] != "mixed"]
        # Without slices of one state there is only the round to compare within.
        kept = same if len(same) >= len(pairs) / 3 else pairs
        values = [(one["repetition"], one["us"] / other["us"]) for one, other in kept]
        repetitions = [
            statistics.median(value for number, value in values if number == each)
            for each in sorted({number for number, _ in values})
        ]
        table[name] = spread([value for _, value in values]) | {"repetitions": repetitions}
    return table


def summary(slices):
    table = {}
    for name, taken in slices.items():
        row = {"us": spread([each["us"] for each in taken])}
        for state in ("fast", "slow"):
            row[state] = spread([each["us"] for each in taken if each["state"] == state])
        for figure in ("per_second", "generator", "server", "resident_mb"):
            row[figure] = spread([each[figure] for each in taken])
        table[name] = row
    return table
