"""A tool and all that it starts: how long it may take, and what CPU time it used when."""

import os
import pathlib
import signal
import subprocess
import threading
import time

from .. import machine

TICK = os.sysconf("SC_CLK_TCK")
EVERY = 0.1


class Session:
    """A command in a session of its own on the generator's CPU; `samples` are (wall clock, CPU seconds so far)."""

    def __init__(self, command, env, place):
        self.used, self.samples = {}, []
        command = ["taskset", "-c", machine.GENERATOR_CPU, *map(str, command)]
        with open(place / "said.txt", "w") as said:
            self.process = subprocess.Popen(
                command, env=env, cwd=place, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        self.over = threading.Event()
        self.watch = threading.Thread(target=self.sample, daemon=True)
        self.watch.start()

    def sample(self):
        while not self.over.wait(EVERY):
            for pid, ticks in members(self.process.pid):
                self.used[pid] = max(self.used.get(pid, 0), ticks)
            self.samples.append((time.time(), sum(self.used.values()) / TICK))

    def wait(self, seconds):
        """Its exit code; None if it had to be ended."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.end()

    def end(self):
        self.over.set()
        self.watch.join()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        for pid, _ in members(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def cpu_between(self, start, end):
        """CPU seconds from one moment of the wall clock to another, to a sample."""
        at = lambda moment: max((cpu for when, cpu in self.samples if when <= moment), default=0.0)
        return at(end + EVERY) - at(start)

    def cpu(self):
        return self.samples[-1][1] if self.samples else 0.0


def members(session):
    """(pid, ticks) of the processes of a session."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            yield int(entry.name), int(fields[11]) + int(fields[12])
