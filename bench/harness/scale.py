"""Many users at once: memory, the price of a start, delivery, and the time to the first request."""

import json
import pathlib
import subprocess
import tempfile
import time

from . import machine, slices
from .server import Server


def users(binaries, count, extra, settle):
    """Memory of `count` users beyond that of one, and the CPU time until all had begun."""
    readings = []
    for number in (1, count):
        with Server(binaries, prompt=True) as server:
            command = [binaries / "userloop", "--target", server.url, "--users", number]
            command += ["--seconds", settle + 4, "--spread-ms", 4000, *extra]
            generator = subprocess.Popen(
                machine.pinned(machine.GENERATOR_CPU, command, prompt=True), stdout=subprocess.PIPE, text=True
            )
            begun = time.monotonic()
            while server.counts()["connections"] < number and time.monotonic() < begun + settle:
                time.sleep(0.02)
            started = machine.cpu_ns(generator.pid)
            time.sleep(max(0, begun + settle - time.monotonic()))
            resident, served = machine.resident_kb(generator.pid), server.counts()
            report = json.loads(generator.communicate()[0].strip().splitlines()[-1])
            readings.append((resident, started, served, report))
    (alone, idle_ns, _, _), (many, start_ns, served, report) = readings
    return {
        "users": count,
        "kb_per_user": (many - alone) / (count - 1),
        "resident_mb": many / 1024,
        "start_ms_per_user": (start_ns - idle_ns) / 1e6 / count,
        "connections": served["connections"],
        "failures": report["failures"],
        "alive": report["users"],
        "load_cpu_s": report["load_cpu_s"],
        "ttft_p50_us": report["ttft_p50_us"],
        "ttft_p99_us": report["ttft_p99_us"],
        "lateness_p99_us": report["lateness_p99_us"],
    }


def delivery(binaries, streams, repetitions, query="n=50&gap=20&ttft=100"):
    """How long events were on their way, each repetition's own percentiles."""
    rows = []
    for _ in range(repetitions):
        with Server(binaries, prompt=True) as server:
            command = [binaries / "delivery", "--target", server.url, "--users", streams, "--seconds", 6]
            command = machine.pinned(machine.GENERATOR_CPU, [*command, "--query", query], prompt=True)
            generator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            time.sleep(3)
            busy, clock = machine.cpu_ns(generator.pid), time.monotonic()
            time.sleep(2)
            share = (machine.cpu_ns(generator.pid) - busy) / 1e9 / (time.monotonic() - clock)
            row = json.loads(generator.communicate()[0].strip().splitlines()[-1])
            rows.append({**row, "generator": share})
    return rows


def fleet(binaries, workers):
    """What so many worker links cost one controller, with few and with many samples in a delta."""
    with tempfile.NamedTemporaryFile(suffix=".json") as figures:
        command = [binaries / "fleet", "--controller", binaries / "controller", "--json", figures.name]
        command += ["--workers", workers, "--samples", "100,1000", "--controller-core", machine.GENERATOR_CPU]
        command = machine.pinned(machine.SERVER_CPU, command)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        return json.loads(pathlib.Path(figures.name).read_text())["rows"]


def first_requests(binaries, count, repetitions):
    """Milliseconds from the process's start until `count` users have sent their first request."""
    times = []
    for _ in range(repetitions):
        with Server(binaries, prompt=True) as server:
            command = [binaries / "userloop", "--target", server.url, "--users", count]
            command += ["--think-ms", 60000, "--seconds", 3]
            begun = time.monotonic()
            generator = subprocess.Popen(
                machine.pinned(machine.GENERATOR_CPU, command, prompt=True), stdout=subprocess.DEVNULL
            )
            while server.counts()["requests"] < count and time.monotonic() < begun + 3:
                time.sleep(0.002)
            times.append((time.monotonic() - begun) * 1000)
            generator.kill()
            generator.wait()
    return slices.spread(times)
