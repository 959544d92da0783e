"""bench/ACCURACY.md, from the cells."""

import json
import statistics
import textwrap

WAVES = {"first": "first wave", "later": "later waves"}
FAULTS = {"no_end": "ends without its end", "error": "an error event in it", "cut": "the connection breaks"}
STATES = {False: "quiet core", True: "busied core"}


def markdown(results):
    cells, tools = results["cells"], results["tools"]
    lines = ["# How true the times of each tool are", "", *preface(results)]
    for streams in results["levels"]:
        for busy in (False, True):
            rows = list(level(cells, tools, streams, busy))
            if rows:
                lines += ["", f"## {streams:,} streams, {STATES[busy]}", "", *HEAD, *rows]
                lines += told(cells, streams, busy)
    lines += ["", "## Streams that fail", "", *failures(cells, tools), "", "## What each row's words are", "", *words(tools)]
    lines += ["", *unmeasured(results), *conditions(results)]
    return "\n".join(lines) + "\n"


def as_json(results):
    """Each cell on a line of its own."""
    head = json.dumps({name: value for name, value in results.items() if name != "cells"}, indent=1)
    cells = ",\n".join("  " + json.dumps(cell, ensure_ascii=False) for cell in results["cells"])
    return f'{head[:-2]},\n "cells": [\n{cells}\n ]\n}}\n'


def preface(results):
    yield f"Written by `{results['command']}`; every figure is in `ACCURACY.json`. Do not edit."
    for text in (ABOUT, COLUMN):
        yield ""
        yield from textwrap.wrap(text, 118)


ABOUT = """A model of known delays on CPU 0 notes when each question came and when it sent each token: the first after
100 to 300 ms, 40 tokens, 30 to 50 ms apart. The tool, with all its processes, has CPU 1, one worker process where it
can be told so, and its defaults otherwise. On a busied core a process that would take all of it runs beside the tool.
Each asks three questions a stream, without pauses, and begins with all at once; ours, which has no such number, asks
for seven seconds. A tool that has not ended after 90 s did not finish."""
COLUMN = """Times are **what the tool says less what the server did** for the same questions, p50 · p99, milliseconds: 0 is
the truth. The first wave is the first question of each stream, later waves are all others. *At once* is the most streams
that the server had open at one moment. CPU a stream is that of all the tool's processes while it streamed; what starting
and ending took is beside it."""


NAMES = ["tool", "TTFT, first wave", "TTFT, later waves", "gap, all waves", "end to end, first wave",
                "end to end, later waves", "at once", "CPU ms a stream", "CPU s beside that", "answers"]
HEAD = [f"| {' | '.join(NAMES)} |", "| --- |" + " --- |" * (len(NAMES) - 1)]


def level(cells, tools, streams, busy):
    for name in tools:
        wanted = (name, streams, busy, None)
        taken = [cell for cell in cells if (cell["tool"], cell["streams"], cell["busy"], cell["fault"]) == wanted]
        done = [cell for cell in taken if cell["finished"]]
        if done:
            figures = [off(done, wave, metric) for wave, metric in COLUMNS]
            yield f"| {name} | {' | '.join([*figures, *costs(done), counted(done)])} |"
        elif taken:
            ended = max(cell["model"]["ended"] for cell in taken)
            held = max(cell.get("at_once", 0) for cell in taken)
            how = "did not finish" if taken[0]["exit"] is None else f"ended with {taken[0]['exit']}"
            yield f"| {name} | {how} |" + " – |" * 4 + f" {held:,} | – | – | {ended:,} of the server's |"


def told(cells, streams, busy):
    """What a tool said of itself, where it can."""
    for cell in cells:
        said = cell.get("told")
        if said and (cell["streams"], cell["busy"]) == (streams, busy):
            shares = [f"{'–' if said[metric] is None else f'{said[metric]:.2f}'} ms" for metric in ("first", "gap")]
            notes = f"; notes: {', '.join(said['degraded'])}" if said["degraded"] else ""
            text = f"What {cell['tool']} said of itself: of TTFT's p99 at most {shares[0]} its own, of the gap's {shares[1]}{notes}."
            yield ""
            yield from textwrap.wrap(text, 118)


def costs(cells):
    middle = lambda value: statistics.median(map(value, cells))  # noqa: E731
    rest = lambda cell: cell["cpu_seconds"] - cell["cpu_ms_per_stream"] * cell["model"]["ended"] / 1000  # noqa: E731
    each = middle(lambda cell: cell["cpu_ms_per_stream"])
    return f"{middle(lambda cell: cell['at_once']):,.0f}", f"{each:.1f}", f"{max(middle(rest), 0):.1f}"


def counted(cells):
    failed = sum(cell["tool_counts"]["failed"] for cell in cells)
    answers = " · ".join(f"{cell['tool_counts']['all']:,}" for cell in cells)
    return f"{answers}, {failed} called failed" if failed else answers


COLUMNS = [("first", "first"), ("later", "first"), ("all", "gap"), ("first", "whole"), ("later", "whole")]


def off(cells, wave, metric):
    """The tool's less the server's, the median of the repetitions."""
    cut = []
    for part in ("p50", "p99"):
        sides = [(cell["waves"][wave]["tool"][metric], cell["waves"][wave]["model"][metric]) for cell in cells]
        offs = [tool[part] - model[part] for tool, model in sides if tool and model]
        cut.append(signed(statistics.median(offs)) if offs else "–")
    return " · ".join(cut)


def signed(value):
    text = f"{value:+,.2f}" if abs(value) < 10 else f"{value:+,.0f}"
    return text.replace("-", "−")


FAILING = """Each fifth stream fails in its middle, on purpose, on a quiet core: how many of those that the server made
the tool called failed. Locust knows no end of a stream and no event: what a locustfile calls failed is its author's matter,
and this one takes what raises."""


def failures(cells, tools):
    yield from textwrap.wrap(FAILING, 118)
    yield ""
    yield f"| tool | {' | '.join(FAULTS.values())} |"
    yield "| --- |" + " --- |" * len(FAULTS)
    for name in tools:
        row = [[cell for cell in cells if (cell["tool"], cell["fault"]) == (name, fault)] for fault in FAULTS]
        if any(row):
            yield f"| {name} | {' | '.join(map(failed, row))} |"


def failed(cells):
    done = [cell for cell in cells if cell["finished"]]
    if not done:
        return "did not finish" if cells else "–"
    return " · ".join(f"{cell['tool_counts']['failed']} of {cell['made']}" for cell in done)


SUMMARY = ["tool", "TTFT, 100 streams", "TTFT, 1,000", "gap, 1,000", "end to end, 1,000", "at once of 1,000",
           "CPU ms a stream", "without its end", "error event"]


def summary(results):
    """The table of docs/accuracy.md: on a quiet core, all waves."""
    yield f"| {' | '.join(SUMMARY)} |"
    yield "| --- |" + " --- |" * (len(SUMMARY) - 1)
    for name in results["tools"]:
        its = [cell for cell in results["cells"] if cell["tool"] == name and cell["finished"] and not cell["busy"]]
        at = lambda streams: [cell for cell in its if cell["streams"] == streams and not cell["fault"]]  # noqa: B023, E731
        shown = [(at(100), "first"), (at(1000), "first"), (at(1000), "gap"), (at(1000), "whole")]
        figures = [off(cells, "all", metric) if cells else "–" for cells, metric in shown]
        held, each, _ = costs(at(1000)) if at(1000) else ("–",) * 3
        broken = [failed([cell for cell in its if cell["fault"] == fault]) for fault in ("no_end", "error")]
        yield f"| {name} | {' | '.join([*figures, held, each, *broken])} |"


def words(tools):
    yield "More of them: [the same word in other tools](../docs/from-llm-benchmarks.md#the-same-word-in-other-tools)."
    yield ""
    yield "| tool | TTFT | gap | end to end |"
    yield "| --- | --- | --- | --- |"
    for name, about in tools.items():
        said = about["words"]
        yield f"| {name} {about['version']} | {said['first']} | {said['gap']} | {said['whole']} |"


def unmeasured(results):
    if results["absent"]:
        yield "Not measured:"
        yield ""
        for name, why in results["absent"].items():
            yield f"- {name}: {why}"
        yield ""


def conditions(results):
    facts, times = results["machine"], results["repeat"]
    load = f"load average {results['load_before']:.2f} before it, {results['load_after']:.2f} after it"
    where = f"{facts['cpu']}, {facts['cpus']} CPUs, {facts['memory_gib']} GiB, Linux {facts['kernel']}"
    yield f"{where}; {results['date']}; {load}; {'one run' if times == 1 else f'medians of {times} runs'}."
