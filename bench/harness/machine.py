"""The machine: its facts, its speed just now, and what a process has used."""

import os
import pathlib
import platform
import resource
import shutil
import subprocess

SERVER_CPU, GENERATOR_CPU = "0", "1"


def real_time():
    """`chrt` in front of a command, where it is permitted: a neighbour's build then takes nothing."""
    allowed = shutil.which("chrt") and subprocess.run(["chrt", "-r", "5", "true"], capture_output=True)
    return ["chrt", "-r", "5"] if allowed and allowed.returncode == 0 else []


def pinned(cpu, command):
    return [*real_time(), "taskset", "-c", cpu, *map(str, command)]


def raise_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def facts():
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in cpuinfo.splitlines() if line.startswith("model name")), "?")
    memory = pathlib.Path("/proc/meminfo").read_text().split()[1]
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    return {
        "cpu": model,
        "cpus": os.cpu_count(),
        "memory_gib": round(int(memory) / 2**20, 1),
        "kernel": platform.release(),
        "rustc": rustc,
        "descriptors": raise_descriptors(),
        "real_time_class": bool(real_time()),
        "load_average_at_start": os.getloadavg()[0],
    }


def cpu_ns(pid):
    """CPU time of all threads of a process."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total


def resident_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


class Probe:
    """A fixed piece of work on the generator's CPU: what it takes tells how fast the machine is."""

    def __init__(self, binary):
        command = pinned(GENERATOR_CPU, [binary])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.all = []

    def microseconds(self):
        times = []
        for _ in range(3):
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            times.append(int(self.process.stdout.readline()) / 1000)
        self.all.append(min(times))
        return min(times)

    def state(self, before, after):
        """`fast` or `slow` if the machine was so before and after, else `mixed`."""
        best = min(self.all)
        if max(before, after) < 1.2 * best:
            return "fast"
        return "slow" if min(before, after) > 1.4 * best else "mixed"

    def close(self):
        self.process.stdin.close()
        self.process.wait()
