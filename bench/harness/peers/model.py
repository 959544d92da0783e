"""The stamped model as a process, and what it sent."""

import json
import pathlib
import subprocess
import sys

from .. import machine
from .answer import Answer

PROGRAM = pathlib.Path(__file__).with_name("stamped.py")


class Model:
    """For as long as a `with` lasts; its answers are known after that."""

    def __init__(self, place, fault=None, every=0):
        self.log = place / "model.jsonl"
        self.command = [sys.executable, PROGRAM, self.log, *([fault, every] if fault else [])]

    def __enter__(self):
        command = machine.pinned(machine.SERVER_CPU, self.command, prompt=True)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def answers(self):
        """Streams that it ended itself, and how many those were not whose tool left."""
        rows = [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return [answer(row) for row in rows if row["ended"]], sum(not row["ended"] for row in rows)


def answer(row):
    received, sent = row["received"], row["sent"]
    gaps = [(after - before) / 1e6 for before, after in zip(sent, sent[1:])]
    first = (sent[0] - received) / 1e6
    return Answer(received / 1e9, first, (row["ended"] - received) / 1e6, gaps, row["fault"])
