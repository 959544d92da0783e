"""The machine: its facts, its present speed, and what a process has used."""

import os
import pathlib
import platform
import resource
import shutil
import subprocess

SERVER_CPU, GENERATOR_CPU, BOTH_CPUS = "0", "1", "0,1"

# Enough for every part; above the usual hard limit, which root may raise.
DESCRIPTORS = 65_536


def real_time():
    """In front of a command, where it is permitted: a neighbour's build then takes nothing. For what
    needs little CPU but at once: the probe, and what measures times."""
    allowed = shutil.which("chrt") and subprocess.run(["chrt", "-r", "5", "true"], capture_output=True)
    return ["chrt", "-r", "5"] if allowed and allowed.returncode == 0 else []


def preferred():
    """For what fills a CPU: it goes first, but others still get on."""
    return ["nice", "-n", "-5"] if os.geteuid() == 0 else []


def pinned(cpu, command, prompt=False):
    return [*(real_time() if prompt else preferred()), "taskset", "-c", cpu, *map(str, command)]


def raise_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # CAP_SYS_RESOURCE, which containers and small virtual machines often take from root.
    for most in (max(hard, DESCRIPTORS), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            return most
        except ValueError:
            continue


def load_average():
    return os.getloadavg()[0]


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
        "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
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
    """A fixed piece of work on the generator's CPU: its time shows how fast the machine is."""

    def __init__(self, binary):
        command = pinned(GENERATOR_CPU, [binary], prompt=True)
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

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
