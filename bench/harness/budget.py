"""The budget: what may each thing cost at most (the bar), and what is aimed at (the goal)."""

import statistics
from dataclasses import dataclass

from .numbers import number, ranged


@dataclass
class Row:
    what: str
    shown: str
    repetitions: str
    value: float | None
    bar: float | None
    goal: float | None

    @property
    def verdict(self):
        if self.value is None:
            return "not measured"
        if self.goal is not None and self.value <= self.goal:
            return "goal met"
        if self.bar is None:
            return "goal missed"
        return "bar met" if self.value <= self.bar else "**bar missed**"


def budget(measured):
    rows = [
        ratio(measured, "closed_loop", "bare hyper", "CPU per request of a crud user, ÷ bare hyper loop", 1.3, 0.9),
        ratio(measured, "closed_loop", "wrk", "the same ÷ wrk", 1.6, 1.0),
        ratio(measured, "closed_loop", "oha", "the same ÷ oha", 1.2, 0.9),
        Row("the same ÷ Goose", "–", "", None, 0.5, 0.35),
        ratio(measured, "slow_peers", "k6", "the same ÷ k6", 0.16, 0.12),
        ratio(measured, "slow_peers", "Locust FastHttpUser", "the same ÷ Locust FastHttpUser", 0.08, 0.06, 3),
        ratio(measured, "light_load", "bare hyper", "CPU per request at light load, ÷ bare hyper loop", 1.3, 1.0),
        ratio(measured, "streams", "bare hyper", "CPU per SSE event, 1,000 streams, ÷ bare hyper frame loop", 1.25, 0.7),
    ]
    delivery = measured.get("delivery", {})
    late = {count: [row["error_p99_us"] / 1000 for row in rows] for count, rows in delivery.items()}
    rows += [
        plain("delivery error p99 at 1,000 streams, ms", late.get("1000"), 1.5, 0.3),
        plain("delivery error p99 at 3,000 streams on one core, ms", late.get("3000"), None, 5.0),
    ]
    crowd = {name: measured.get(name) for name in ("idle_users", "open_streams")}
    each = {name: rows and [row["kb_per_user"] for row in rows] for name, rows in crowd.items()}
    start = crowd["idle_users"] and [row["start_ms_per_user"] for row in crowd["idle_users"]]
    rows += [
        plain("memory of an idle user with an open connection, of 10,000, KB", each["idle_users"], 20, 8),
        plain("memory of an open stream, of 10,000, KB", each["open_streams"], 24, 12),
        plain("CPU to start a user, its first request included, ms", start, 0.1, 0.05, 3),
    ]
    path = measured.get("hot_path", {})
    times = {name: [row["ns"] for row in rows] for name, rows in path.items() if isinstance(rows[0], dict)}
    share = [ns / 1e9 * 1000 * 100 for ns in times.get("merge", ())]
    size = [bytes_ / 1024 for bytes_ in path.get("delta_bytes", ())]
    tries = [row for rows in measured.get("fleet", ()) for row in rows]
    cores = {samples: [100 * row["controller_cores"] for row in tries if row["samples"] == samples] for samples in (100, 1000)}
    memory = [row["peak_bytes"] / 1e6 for row in tries if row["samples"] == 1000]
    worth = measured.get("two_cores", {}).get("worth")
    first = measured.get("first_requests")
    rows += [
        plain("recording one sample, ns", times.get("record"), 20, 8, 1),
        plain("parsing an aligned token event, ns", times.get("parse"), 100, 50, 1),
        plain("a second's delta, 12 endpoints × 1,000 samples, KiB", size, 12, 6),
        plain("merging 1,000 such deltas a second, % of a core", share, 25, 8, 1),
        plain("the whole controller with 1,000 workers × 12 × 100 samples, % of a core", cores[100], 25, 8, 1),
        plain("the same × 12 × 1,000 samples, % of a core", cores[1000], 25, 8, 1),
        plain("its memory, MB", memory, 200, None, 0),
        # The more the better: the bar is a least.
        Row("two load threads against one, ×", ranged(worth), "", worth and -worth["median"], -1.9, None),
        Row("start to first request of 1,000 users, ms", ranged(first, 0), "", first and first["median"], 300, None),
    ]
    return rows


def ratio(measured, part, base, what, bar, goal, digits=2):
    table = measured.get(part, {}).get(f"ratio to {base}")
    if not table:
        return Row(what, "–", "", None, bar, goal)
    found = table["user"]
    repetitions = " · ".join(number(each, digits) for each in found["repetitions"])
    return Row(what, ranged(found, digits), repetitions, found["median"], bar, goal)


def plain(what, values, bar, goal, digits=2):
    if not values:
        return Row(what, "–", "", None, bar, goal)
    middle = statistics.median(values)
    return Row(what, number(middle, digits), " · ".join(number(each, digits) for each in values), middle, bar, goal)
