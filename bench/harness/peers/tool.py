"""What each tool has to tell of itself."""

import pathlib


class Tool:
    """`command` asks `questions` in all, `streams` at a time, without pauses; `answers` reads what it says of each."""

    name, package, version = "", "", ""
    python = (3, 10)
    # The tool keeps the mean gap of each answer alone.
    mean_gaps = False
    # Only these numbers of streams, on a quiet core; none: all of them.
    levels = ()
    variables = {}
    offline = {"HF_HUB_OFFLINE": "1"}
    # What the words are, for the page.
    words = {"first": "", "gap": "", "whole": ""}

    def __init__(self, environment):
        self.environment = environment

    def install(self):
        return self.environment.install(self)

    @property
    def program(self):
        return self.environment.program(self)

    @property
    def tokenizer(self):
        self.environment.make_tokenizer(self)
        return self.environment.tokenizer

    def env(self):
        return self.environment.variables(self)

    def command(self, place, url, streams, questions):
        raise NotImplementedError

    def answers(self, place):
        raise NotImplementedError

    def gaps(self, place):
        """p50 and p99 of all gaps, where they are not in the answers."""
        return None

    def told(self, place):
        """What it says of itself as the limit: its own share of p99 at most, milliseconds, and its notes."""
        return None


def questions_file(place, questions, key):
    """A short question a line, as JSON."""
    path = pathlib.Path(place, "questions.jsonl")
    path.write_text("".join(f'{{"{key}": "q{number % 1000} q1 q2 q3"}}\n' for number in range(questions)))
    return path
