"""The table of bench/OBSERVED.md, and its figures in OBSERVED.json beside it."""

import fcntl
import json

from subjects import REAL, SIX, SUBJECTS

# Of the looks at a gauge so many must be what the tool said in the same second: a value may change between two answers.
MOST_EQUAL = 0.95


def judge(subject, found):
    """Whether the truth is told alone, with its figure from inside; none where there is none to tell."""
    if found["without"] or not subject.cause:
        return None
    return found["kind"] == subject.cause and not found["or"] and subject.cites in found["inside"]


def is_same(found):
    return all(row["looks"] and row["equal"] >= MOST_EQUAL * row["looks"] for row in found["series"])


def line(found):
    cause = " or ".join([found["kind"], *found["or"]])
    said = {True: "right", False: "NOT RIGHT", None: ""}[found["right"]]
    same = "" if not found["series"] else "series equal" if is_same(found) else "series NOT equal"
    text = (f"{found['name']:18} seed {found['seed']} {'without' if found['without'] else ''} {found['seconds']:4.0f} s, {found['rungs']} rungs: "
            f"{cause} {said} {same}\n    {found['inside']}")
    rows = [f"    {row['series']}: {row['equal']} of {row['looks']}, {row['is']} {row['observed']:.6g}, own {row['own']:.6g}" for row in found["series"]]
    return "\n".join([text, *rows])


def read(out):
    try:
        return json.loads(out.with_suffix(".json").read_text())
    except FileNotFoundError:
        return {"runs": [], "cost": None, "virtual": None}


def keep(found, out):
    """In the place of what was found before of the same service and seed."""
    change(out, lambda known: known | {"runs": sorted(
        [run for run in known["runs"] if key(run) != key(found)] + [found], key=key)})


def keep_cost(found, out):
    change(out, lambda known: known | {"cost": found})


def keep_virtual(lines, out):
    change(out, lambda known: known | {"virtual": lines})


def key(run):
    return run["name"], run["without"], run["seed"]


def change(out, how):
    with open(out.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = how(read(out))
        out.with_suffix(".json").write_text(json.dumps(known, indent=1) + "\n")
        out.write_text(text(known))
    out.with_suffix(".lock").unlink(missing_ok=True)


def text(known):
    runs = known["runs"]
    lines = ["# What is observed inside, beside what the software itself says", "",
             "Written by `bench/observed/run`. Each search is a ladder that was cut short (`--search-time`), on two cores that others kept",
             "busy.", ""]
    lines += ["## Equal to the software's own tools", "",
              "Of each look at a gauge, whether the tool gave that value within half a second of it, by the run's own clock; of a counter,",
              "whether its rates add up to what it grew by the tool; of a share, its mean.", "",
              "| software | series | looks | equal | observed | own tool | |", "| --- | --- | --: | --: | --: | --: | --- |"]
    for name in REAL:
        for run in [run for run in runs if run["name"] == name and run["series"]][:1]:
            lines += [f"| {SUBJECTS[name].what} | `{row['series']}` | {row['looks']} | {row['equal']} | {number(row['observed'])} | {number(row['own'])} | {row['is']} |"
                      for row in run["series"]]
    lines += ["", "## Six services whose cause cannot be told from outside", "",
              "| service | truth | from outside | right from inside, of seeds | minutes | the sentence of the first seed |",
              "| --- | --- | --- | --- | --- | --- |"]
    for name in SIX:
        own = [run for run in runs if run["name"] == name and not run["without"]]
        outside = [run for run in runs if run["name"] == name and run["without"]]
        said = ", ".join(sorted({" or ".join([run["kind"], *run["or"]]) for run in outside})) or "–"
        if own:
            minutes = sum(run["seconds"] for run in own) / len(own) / 60
            lines.append(f"| {SUBJECTS[name].what} | {SUBJECTS[name].cause} | {said} | {sum(bool(run['right']) for run in own)} of {len(own)} "
                         f"| {minutes:.1f} | {own[0]['inside'].replace('|', '/')} |")
    lines += [line for note in known.get("notes", []) for line in ("", note)]
    if known.get("virtual"):
        lines += ["", "## Services in virtual time", "",
                  "`bench/verdict --inside`: simulated services whose figures an observer sees, each with five seeds, searched to the end.", "",
                  *known["virtual"]]
    if known["cost"]:
        each = known["cost"]
        lines += ["", "## What ten observers take", "",
                  f"{each['what']}: {100 * each['with']:.2f} % of a core with them, {100 * each['without']:.2f} % without: "
                  f"**{100 * each['share']:.2f} %** ({each['date']}, {each['commit']})."]
    dates = sorted({f"{run['date']} at {run['commit']}" for run in runs})
    return "\n".join([*lines, "", f"Searched on {', '.join(dates)}.", ""])


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
