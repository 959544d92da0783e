"""What the sandbox's model received, beside what the workers' logs say of it."""

import json
import math
import urllib.request

# Quick answers, and a list that forgets none.
MODEL = ["--model", "--stream-slots", "0", "--ttft", "5ms", "--ttft-sigma", "0", "--tokens", "2", "--tokens-sigma", "0",
         "--token-gap", "1ms", "--keep-requests", "200000"]
PAGE = 10_000


def received(url):
    """When the server received each question, by its trace, seconds of the server's clock."""
    after, moments = 0, {}
    while True:
        with urllib.request.urlopen(f"{url}/_sandbox/requests?after={after}&limit={PAGE}", timeout=60) as page:
            head, *lines = [json.loads(line) for line in page]
        if head["dropped"]:
            raise RuntimeError("the sandbox forgot some; raise --keep-requests")
        moments |= {line["trace"]: line["received_us"] / 1e6 for line in lines}
        if not lines:
            return moments
        after = lines[-1]["seq"]


def logged(folder):
    """The schedule as the workers' logs have it: whose each request is, when it was due, and in which file it stands, by its
    trace. Seconds of the run's clock, which each worker knows to its share of the round trip to the controller."""
    due = {}
    for path in folder.glob("all.*.jsonl"):
        for line in path.read_text().splitlines():
            if line.startswith('{"user"') and line.endswith("}"):
                request = json.loads(line)
                due[request["trace"]] = (request["user"], request["intended"] / 1e6, path.name)
    return due


def percentile(values, share):
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)] if values else float("nan")
