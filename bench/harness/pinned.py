"""Our programs on the generator's CPU, alone or beside a process that would take all of it."""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from . import machine

Run = collections.namedtuple("Run", "code said summary")


class Busy:
    """A process that would take all of the generator's CPU."""

    def __init__(self, wanted):
        command = ["taskset", "-c", machine.GENERATOR_CPU, sys.executable, "-c", "while True: pass"]
        self.process = subprocess.Popen(command) if wanted else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()


def start(*command, **more):
    return subprocess.Popen(["taskset", "-c", machine.GENERATOR_CPU, *map(str, command)], text=True, **more)


def stream_run(binaries, server, query, flags):
    """A run of controller and worker: users that only stream, without think time, of the responder's `query`."""
    with tempfile.TemporaryDirectory(prefix="pinned-") as folder:
        api = pathlib.Path(folder, "api.toml")
        api.write_text(f'[chat]\npath = "/chat/stream?{query}"\n')
        results = pathlib.Path(folder, "results")
        controller = start(
            binaries / "controller", "-H", server.url, "--bind", "127.0.0.1:0", "--api", api, "--classes", "stream",
            "--think", "0", "--seed", "1", "--results", results, "--no-dashboard", *flags,
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        )
        for line in controller.stderr:
            found = re.search(r"--controller (\S+?)`", line)
            if found:
                break
        else:
            sys.exit("the controller ended before it was ready")
        worker = start(
            binaries / "worker", "--controller", found[1], "--name", "pinned", "--threads", 1,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        said = controller.stderr.read()
        code = controller.wait(120)
        worker.wait(60)
        return Run(code, said, json.loads((results / "summary.json").read_text()))
