"""Calls into the kernel, counted by strace: they do not depend on how fast the machine is."""

import json
import shutil
import subprocess
import tempfile

from .server import Server


def count(binaries):
    """Per request and per event: calls by name, the five most frequent, and all."""
    if not shutil.which("strace"):
        return {"skipped": "apt-get install strace"}
    with Server(binaries) as server:
        request = traced(binaries, server, "requests", ["--users", 64, "--seconds", 4])
        events = ["--class", "stream", "--users", 200, "--seconds", 6]
        return {"request": request, "event": traced(binaries, server, "chunks", events)}


def traced(binaries, server, unit, more):
    with tempfile.NamedTemporaryFile() as report:
        command = ["strace", "-f", "-c", "-qq", "-o", report.name]
        command += [binaries / "userloop", "--target", server.url, *more]
        ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
        done = json.loads(ran.stdout.strip().splitlines()[-1])[unit]
        calls = {}
        for line in open(report.name):
            words = line.split()
            if len(words) >= 5 and words[3].isdigit() and words[-1] != "total":
                calls[words[-1]] = int(words[3])
    most = sorted(calls.items(), key=lambda call: -call[1])[:5]
    return {"done": done, "all": sum(calls.values()) / done, "most": {name: times / done for name, times in most}}
