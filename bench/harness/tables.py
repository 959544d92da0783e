"""RESULTS.md: every row of the budget, then the figures behind it."""

import statistics

from .budget import budget
from .numbers import figure, number, ranged

TITLES = {
    "closed_loop": "Closed loop: 64 connections, no think time, answers of 200 B – 1 KB",
    "slow_peers": "The same beside peers that need a second to begin",
    "allocator": "Allocator: the same closed loop with the system's allocator and with mimalloc",
    "light_load": "Light load: the server answers after 20 ms, 64 connections, about 3,000 requests a second",
    "streams": "Streams: 1,000, an event of 65 bytes every 20 ms each, every gap recorded",
}


def markdown(results):
    measured = {name: part["result"] for name, part in results["parts"].items()}
    lines = ["# What load costs", "", *preface(results), "", *budget_table(measured)]
    for name, title in TITLES.items():
        if name in measured:
            lines += ["", f"## {title}", "", *compared(measured[name])]
    sections = {
        "Many users in one process": crowds,
        "Delivery of events": deliveries,
        "The hot path alone": hot_path,
        "Calls into the kernel": system_calls,
        "One load thread against two": two_cores,
        "One controller, a thousand workers": fleet,
        "Worker processes in network namespaces": four_workers,
    }
    for title, section in sections.items():
        rows = list(section(measured))
        if rows:
            lines += ["", f"## {title}", "", *rows]
    return "\n".join([*lines, "", *conditions(results)]) + "\n"


def preface(results):
    facts, tools = results["machine"], results["tools"]
    here = ", ".join(version if name.lower() in version else f"{name} {version}" for name, version in tools.items() if version)
    absent = " and ".join(name for name, version in tools.items() if not version)
    yield "Written by `bench/run`; every slice is in `RESULTS.json`. Do not edit."
    yield ""
    yield (
        f"{facts['cpu']}, {facts['cpus']} CPUs, {facts['memory_gib']} GiB, Linux {facts['kernel']}, {facts['rustc']}. "
        f"Compared: {here}." + (f" Not here and so not compared: {absent}." if absent else "")
    )
    yield ""
    yield (
        "Responder on CPU 0, generator on CPU 1, loopback, no TLS. Tools take turns in slices of about a "
        "second (A B C A B C), each repetition with a fresh server. The figure is the CPU time of the "
        "generator's process for each request that *the server* counted: neighbours slow a rate down, but "
        "add little to CPU time. A fixed piece of work around each slice shows in which of its two speed "
        "states the machine was; ratios compare slices of one round in one state. "
        "Figures are median [10th..90th percentile] of all slices; *repetitions* are their own medians."
    )


def budget_table(measured):
    yield "| what | measured | repetitions | bar | goal | |"
    yield "|---|---|---|---|---|---|"
    for row in budget(measured):
        limits = " | ".join("" if limit is None else figure(abs(limit)) for limit in (row.bar, row.goal))
        yield f"| {row.what} | {row.shown} | {row.repetitions} | {limits} | {row.verdict} |"


def compared(section):
    base = [name.removeprefix("ratio to ") for name in section if name.startswith("ratio to ")]
    yield "| generator | CPU µs each | fast state | slow state | each second | generator | server | RSS MB | " + " | ".join(
        f"÷ {name}" for name in base
    ) + " |"
    yield "|---" * (8 + len(base)) + "|"
    for name, row in section["tools"].items():
        cells = [ranged(row["us"]), ranged(row["fast"]), ranged(row["slow"]), number(row["per_second"]["median"], 0)]
        cells += [f"{row[part]['median']:.0%}" for part in ("generator", "server")]
        cells += [number(row["resident_mb"]["median"], 1)]
        cells += [ranged(section[f"ratio to {other}"][name]) for other in base]
        yield f"| {name} | {' | '.join(cells)} |"


def crowds(measured):
    names = {"idle_users": "idle", "open_streams": "streams", "most_streams": "streams"}
    if not names.keys() & measured.keys():
        return
    yield "| users | KB each | RSS MB | start, CPU ms | CPU s in all | TTFT − 500 ms, p50 / p99 ms | timers p99 ms | alive at the end | failures |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for part, name in names.items():
        for row in measured.get(part, ()):
            late = (row[key] and row[key] / 1000 - 500 for key in ("ttft_p50_us", "ttft_p99_us"))
            cells = [number(row["kb_per_user"]), number(row["resident_mb"], 1), number(row["start_ms_per_user"], 3)]
            cells += [number(row["load_cpu_s"], 1), " / ".join(number(each) for each in late)]
            cells += [number(row["lateness_p99_us"] / 1000), number(row["alive"], 0)]
            cells += [str(sum(failure[2] for failure in row["failures"]))]
            yield f"| {row['users']:,} {name} | {' | '.join(cells)} |"


def deliveries(measured):
    if "delivery" not in measured:
        return
    yield "| streams | generator | error p50 µs | p99 µs | most µs | TTFT p50 ms | p99 ms | failures |"
    yield "|---|---|---|---|---|---|---|---|"
    for count, rows in measured["delivery"].items():
        for row in rows:
            cells = [number(row[f"error_{key}_us"], 0) for key in ("p50", "p99", "max")]
            cells += [number(row[f"ttft_{key}_us"] / 1000, 1) for key in ("p50", "p99")]
            yield f"| {int(count):,} | {row['generator']:.0%} | {' | '.join(cells)} | {row['failures']} |"


def hot_path(measured):
    if "hot_path" not in measured:
        return
    yield "| part | ns | allocations |"
    yield "|---|---|---|"
    for name, rows in measured["hot_path"].items():
        if isinstance(rows[0], dict):
            times = sorted(row["ns"] for row in rows)
            shown = f"{number(statistics.median(times), 1)} [{number(times[0], 1)}..{number(times[-1], 1)}]"
            yield f"| {name} | {shown} | {number(rows[0]['allocations'], 0)} |"


def system_calls(measured):
    counted = measured.get("system_calls", {})
    if "request" not in counted:
        return
    yield "| per | calls | of which |"
    yield "|---|---|---|"
    for name, row in counted.items():
        most = ", ".join(f"{call} {times:.2f}" for call, times in row["most"].items())
        yield f"| {name} | {row['all']:.2f} | {most} |"


def two_cores(measured):
    if "two_cores" not in measured:
        return
    section = measured["two_cores"]
    yield "| load threads | CPU µs a request | each second | generator | server |"
    yield "|---|---|---|---|---|"
    for threads, row in section["threads"].items():
        cells = [ranged(row["us"]), number(row["per_second"], 0), f"{row['generator']:.0%}", f"{row['server']:.0%}"]
        yield f"| {threads} | {' | '.join(cells)} |"
    yield ""
    yield (
        f"Two threads are worth {ranged(section['worth'])} of one: 2 × (price with one) ÷ (price with two), server at 20 ms "
        "and far from its limit. A rate cannot double on two CPUs of which the server needs one."
    )


def fleet(measured):
    if "fleet" not in measured:
        return
    yield "| workers | samples each | controller | links | memory MB | delta to ack p50 / p99 ms | seconds complete |"
    yield "|---|---|---|---|---|---|---|"
    for row in (row for rows in measured["fleet"] for row in rows):
        cells = [f"{row['workers']:,}", f"{row['samples']:,}"]
        cells += [f"{row[f'{side}_cores']:.1%}" for side in ("controller", "links")]
        cells += [number(row["peak_bytes"] / 1e6, 0)]
        cells += [f"{number(row['ack_p50_ms'], 0)} / {number(row['ack_p99_ms'], 0)}"]
        yield f"| {' | '.join(cells)} | {row['seconds_complete']} of {row['seconds']} |"
    yield ""
    yield (
        "Worker links without users on CPU 0, the controller on CPU 1: each second every link sends a heartbeat "
        "and a delta of twelve distributions, and the controller answers both, merges, and writes its history."
    )


def four_workers(measured):
    rows = measured.get("four_workers", ())
    if not rows or "skipped" in rows:
        return
    yield "| workers | the server's count | the report's | exact | each second | failures | exit |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        exact = "yes" if row["exact"] else "**no**"
        cells = [number(row["server"], 0), number(row["report"], 0), exact, number(row["per_second"], 0)]
        yield f"| {row['workers']} | {' | '.join(cells)} | {row['failures']} | {row['exit']} |"
    yield ""
    yield (
        "64 crud users without think time, shared among the workers. The server's count has one request more: "
        "the controller's look whether the API is there. With two CPUs for server, controller and workers "
        "together the rate is the machine's, not a worker's."
    )


def conditions(results):
    yield "## When each part was measured"
    yield ""
    yield "| part | at | load average | probe µs |"
    yield "|---|---|---|---|"
    for name, part in results["parts"].items():
        quick = " (quick)" if part["quick"] else ""
        yield f"| {name}{quick} | {part['at']} | {part['load_average']:.1f} | {ranged(part['probe_us'], 0)} |"
