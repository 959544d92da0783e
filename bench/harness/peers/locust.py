"""Locust: a locustfile of ours, as Locust itself knows no stream."""

import json
import pathlib

from .answer import Answer
from .tool import Tool

FILE = pathlib.Path(__file__).with_name("locustfile.py")


class Locust(Tool):
    name, package, version = "Locust", "locust", "2.47.0"
    words = {
        "first": "what a locustfile says: here from before the call to the first content",
        "gap": "what a locustfile says: here every gap between contents",
        "whole": "what a locustfile says: here to the end of the lines",
    }

    how = "ours"

    def command(self, place, url, streams, questions):
        self.variables = {"LINES": self.how, "QUESTIONS": str(questions), "ANSWERS": str(place / "answers.jsonl")}
        flags = ["--headless", "-u", streams, "-r", streams, "-H", url, "--only-summary", "--stop-timeout", 30]
        return [self.program, "-f", FILE, *flags]

    def answers(self, place):
        for line in (place / "answers.jsonl").read_text().splitlines():
            yield Answer(**json.loads(line))


class LocustLines(Locust):
    """The same by Locust's own `iter_lines`, to see what that does."""

    levels = (100,)
    name, how = "Locust iter_lines", "locust"
    words = Locust.words | {"first": "the same, but `iter_lines` waits until 1,024 bytes are there"}
