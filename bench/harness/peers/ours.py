"""Our own controller with a worker inside it; its request log has every request."""

import json
import subprocess

from .answer import Answer
from .tool import Tool

SECONDS = 7
# Users a second; the peers begin all in one instant.
AT_ONCE = 100_000


class Ours(Tool):
    """It has no number of questions, but a time."""

    name, package = "ours", "controller"
    words = {
        "first": "`ttft`, from before the question is handed to the system to the first visible text",
        "gap": "`icl`, every gap between visible texts",
        "whole": "`e2e`, to the event that ends the answer",
    }

    def __init__(self, environment, binaries):
        super().__init__(environment)
        self.binaries = binaries
        self.variables = {}

    def install(self):
        if not self.program.exists():
            return f"{self.program} is not there: cargo build --release --bin controller"
        said = subprocess.run([self.program, "--version"], capture_output=True, text=True).stdout.split()
        self.version = said[1] if len(said) > 1 else "?"
        return None

    @property
    def program(self):
        return self.binaries / "controller"

    def command(self, place, url, streams, questions):
        return [
            self.program, "-H", url, "--bind", "127.0.0.1:0", "--local-workers", 1, "--api", "openai",
            "--classes", "stream", "--think", 0, "-u", streams, "-r", AT_ONCE, "-t", f"{SECONDS}s", "--seed", 1,
            "--log", place / "requests.jsonl", "--results", place / "results", "--no-dashboard", "--quiet",
            "--threshold", "ttft.p99<10s", "--threshold", "icl.p99<10s",
        ]

    def answers(self, place):
        for path in place.glob("requests.*.jsonl"):
            for line in path.read_text().splitlines():
                row = json.loads(line)
                if row.get("outcome") not in ("ok", "failed"):
                    continue
                first = row.get("first_token") and (row["first_token"] - row["sent"]) / 1000
                failed = f"{row.get('failure')}: {row.get('text')}" if row["outcome"] == "failed" else None
                yield Answer(row["sent"] / 1e6, first, (row["end"] - row["sent"]) / 1000, [], failed)

    def gaps(self, place):
        icl = summary(place)["streams"]["metrics"]["icl"]
        return {"p50": icl["p50"], "p99": icl["p99"]}

    def told(self, place):
        said = summary(place)
        own = {row["expr"].split(".")[0]: row["own"] for row in said["thresholds"]}
        return {"first": own.get("ttft"), "gap": own.get("icl"), "degraded": said["run"]["degraded"]}


def summary(place):
    return json.loads((place / "results/summary.json").read_text())
