"""bench/TWIN.md, and bench/TWIN.json behind it: the last search of each service by each kind of users and seed."""

import fcntl
import json
import os

from limits import LIMITS

HONEST = {"unsure", "generator"}
HEAD = """# Limits of real software, found by the ladder

`bench/twin/run` starts each service, searches its limit and compares the answer with the truth; a row has the last
search of its service, with the commit of the programs. `default` are the default users with their think time,
`stream` are `--classes stream`, `eager` streams without think time. The services: [bench/twin](twin/service.py),
FastAPI on uvicorn in one process, PostgreSQL, nginx and HAProxy from Debian, LiteLLM, LangGraph and llama.cpp from PyPI.

*Right*: the cause alone. *Set*: it is one of two that are named with what decides between them. *Undetermined*: none is
named. *Wrong*: another, or a number of slots whose interval leaves the truth out.
"""


def named(run):
    return [run["cause"], *run["or"]]


def slots_are_wrong(run):
    slots, truth = run["slots"], LIMITS[run["variant"]].slots
    return bool(slots) and not (truth and slots["low"] <= truth <= slots["high"])


def judgement(run):
    causes, truth = named(run), LIMITS[run["variant"]].cause
    if causes[0] in HONEST:
        return "undetermined"
    if truth not in causes or slots_are_wrong(run):
        return "wrong"
    return "right" if len(causes) == 1 else "set"


def slots(run):
    found = run["slots"]
    return f"{found['estimate']:g} ({found['low']:g} to {found['high']:g})" if found else "–"


def users(run):
    found = run["users"]
    point = "–" if found["point"] is None else f"{found['point']:.0f}"
    return f"{found['verdict'].replace('_', ' ')}, {point} ({found['low']} to {found['high']})"


def row(run):
    limit = LIMITS[run["variant"]]
    exact = {True: "equal", False: "**not equal**", None: "–"}[run["exact"]]
    verdict = judgement(run)
    if verdict == "wrong":
        verdict = "**wrong**" if limit.cause not in named(run) else "**wrong** number of slots"
    cells = [run["variant"], run["by"], run["seed"], limit.truth, limit.cause, " or ".join(named(run)),
             verdict, limit.slots or "–", slots(run), users(run),
             f"{run['seconds'] / 60:.1f}", exact, f"{run['date']}, {run['commit']}"]
    return f"| {' | '.join(map(str, cells))} |"


def tally(runs):
    verdicts = [judgement(run) for run in runs]
    return ", ".join(f"{word} {verdicts.count(word)}" for word in ("right", "set", "undetermined", "wrong"))


def markdown(runs):
    columns = ["service", "users", "seed", "its limit", "cause", "named", "verdict", "slots", "slots found",
               "users found", "minutes", "counts", "when"]
    table = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}", *map(row, runs)]
    said = [f"- {run['variant']}, {run['by']}: {' '.join(run['headline'])}" for run in runs]
    return "\n".join([HEAD, *table, "", f"Of {len(runs)}: {tally(runs)}.", "", "## What each report began with", "", *said, ""])


def keep(run, out):
    """Puts a search into the table at once, so that an interrupted bench keeps what it has."""
    store = out.with_suffix(".json")
    folder = os.open(out.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        runs = json.loads(store.read_text()) if store.exists() else []
        place = lambda run: (list(LIMITS).index(run["variant"]), run["by"], run["seed"])  # noqa: E731
        runs = [other for other in runs if other["variant"] in LIMITS and place(other) != place(run)] + [run]
        runs.sort(key=place)
        store.write_text(json.dumps(runs, indent=1) + "\n")
        out.write_text(markdown(runs))
    finally:
        os.close(folder)
