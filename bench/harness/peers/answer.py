"""One answer as a tool, or the server, saw it, and many of them."""

import collections
import statistics

from ..server_log import percentile

# Seconds of some clock; milliseconds, None where the tool does not say; every gap, or their mean alone; and why it failed.
Answer = collections.namedtuple("Answer", "start first whole gaps failed")


def waves(answers, streams):
    """The first question of each stream, and all later ones."""
    ordered = sorted(answers, key=lambda answer: answer.start)
    return {"first": ordered[:streams], "later": ordered[streams:]}


def figures(answers, mean_gaps):
    """p50 and p99 of those that did not fail, milliseconds; of the gaps, or of each answer's mean gap."""
    good = [answer for answer in answers if not answer.failed]
    gaps = [gap for answer in good for gap in answer.gaps]
    if mean_gaps:
        gaps = [statistics.fmean(answer.gaps) for answer in good if answer.gaps]
    series = {"first": [answer.first for answer in good], "gap": gaps, "whole": [answer.whole for answer in good]}
    return {name: both(values) for name, values in series.items()}


def both(values):
    values = [value for value in values if value is not None]
    return {"p50": round(percentile(values, 0.5), 3), "p99": round(percentile(values, 0.99), 3)} if values else None
