"""Are the observed series what the software's own tools said at the same seconds?"""

import bisect
import csv

# An answer of a tool within this time of a look is of the same second.
SAME_S = 0.5
# Of a gauge that moves between two answers of the tool.
NEAR = 0.02


def looks(folder):
    """(seconds since the run's start, value) of each observed series, by observer and series."""
    found = {}
    with open(next(folder.glob("*_observed.csv")), newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault((row["Name"], row["Series"]), []).append((float(row["Elapsed"]), float(row["Value"])))
    return found


def between(said, name, at):
    """What a counter had come to at a moment."""
    place = bisect.bisect_left(said, at, key=lambda each: each[0])
    if not 0 < place < len(said):
        return None
    (t0, before), (t1, after) = said[place - 1], said[place]
    return before[name] + (after[name] - before[name]) * (at - t0) / (t1 - t0)


def gauge(points, started, said, name):
    """How many looks have a value that the tool gave within the same second, of how many; and the greatest of both."""
    equal = count = 0
    most = [0, 0]
    for at, value in points:
        near = [answer[name] for moment, answer in said if abs(moment - started - at) <= SAME_S]
        if near:
            slack = NEAR * max(map(abs, near)) if max(near) != min(near) or max(near) > 1e6 else 0
            equal += min(near) - slack <= value <= max(near) + slack
            count, most = count + 1, [max(most[0], value), max(most[1], *near)]
    return {"looks": count, "equal": equal, "observed": most[0], "own": most[1], "is": "most"}


def rate(points, started, said, name):
    """By how much the counter grew over the looks, of both."""
    grew = own = count = 0
    for (before, _), (at, value) in zip(points, points[1:]):
        first, last = between(said, name, started + before), between(said, name, started + at)
        if first is not None and last is not None:
            grew, own, count = grew + value * (at - before), own + last - first, count + 1
    # An answer lies up to a tenth of a second beside a look.
    bound = max(0.02 * own, own / max(count, 1), 1)
    return {"looks": count, "equal": count if abs(grew - own) <= bound else 0, "observed": grew, "own": own, "is": "growth"}


def share(points, started, said, part, of):
    """A share of what grew between two looks: its mean over the run."""
    pairs = [(value, *ends) for (before, _), (at, value) in zip(points, points[1:])
             if None not in (ends := [between(said, name, started + moment) for name in (part, of) for moment in (before, at)])]
    values = [value for value, *_ in pairs]
    own = [(b - a) / (d - c) for _, a, b, c, d in pairs if d > c]
    if not own:
        return {"looks": 0, "equal": 0, "observed": 0, "own": 0, "is": "mean"}
    mean, own_mean = sum(values) / len(values), sum(own) / len(own)
    return {"looks": len(pairs), "equal": len(pairs) if abs(mean - own_mean) <= 0.02 else 0, "observed": mean, "own": own_mean, "is": "mean"}


def compare(folder, started, watch, pairs):
    """A row for each (observer, series, how, names of the tool's figures)."""
    seen = looks(folder)
    rows = []
    for observer, series, how, *names in pairs:
        points = seen.get((observer, series), [])
        # The first answer of a rate is of the second look.
        rows.append({"observer": observer, "series": series} | how(points, started, watch.said, *names))
    return rows
