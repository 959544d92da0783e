"""RESULTS.md: every row of the budget, then the figures behind it."""


def number(value, digits=2):
    return "–" if value is None else f"{value:,.{digits}f}"


def ranged(spread, digits=2):
    if not spread:
        return "–"
    low, high = number(spread["p10"], digits), number(spread["p90"], digits)
    return f"{number(spread['median'], digits)} [{low}..{high}]"


def verdict(value, bar, goal):
    if value is None:
        return "not measured"
    if goal is not None and value <= goal:
        return "goal met"
    return "bar met" if value <= bar else "**missed**"


def budget(result):
    """(what, measured as shown, value, bar, goal)"""
    loop, light, streams = (result[name] for name in ("closed_loop", "light_load", "streams"))
    many, parts = result["many"], result["parts"]
    peers = {"oha": (1.2, 0.9), "k6": (0.16, 0.12), "Locust FastHttpUser": (0.08, 0.06)}
    rows = [ratio("CPU per request, closed loop, against bare hyper", loop["ratio"]["user"], 1.3, 0.9)]
    if "ratio_to_wrk" in loop:
        rows.append(ratio("the same against wrk", loop["ratio_to_wrk"]["user"], 1.6, 1.0))
    cost = loop["slices"]["user"]["all"]["median"]
    for peer, (bar, goal) in peers.items():
        if peer in loop["slices"]:
            rows.append(plain(f"the same against {peer}", cost / loop["slices"][peer]["all"]["median"], "×", bar, goal))
    rows += [
        ratio("CPU per request, 20 ms server, against bare hyper", light["ratio"]["user"], 1.3, 1.0),
        ratio("CPU per event, 1,000 streams, against bare hyper", streams["ratio"]["user"], 1.25, 0.7),
        delivery("delivery error p99, 1,000 streams, ms", result["delivery_1000"], 1.5, 0.3),
        delivery("delivery error p99, 3,000 streams, ms", result["delivery_3000"], None, 5.0),
        plain("memory per idle user of 10,000", many["idle"]["kb_per_user"], "KB", 20, 8),
        plain("memory per open stream of 10,000", many["streams"]["kb_per_user"], "KB", 24, 12),
        plain("CPU to start a user, its first request included", many["idle"]["start_ms_per_user"], "ms", 0.1, 0.05, 3),
        plain("recording a sample", parts["record"]["ns"], "ns", 20, 8, 1),
        plain("parsing an aligned event", parts["parse"]["ns"], "ns", 100, 50, 1),
        plain("a second's delta, 12 × 1,000 samples", parts["delta_bytes"] / 1024, "KiB", 12, 6),
        plain("merging 1,000 such deltas a second", parts["merge"]["ns"] / 1e9 * 1000 * 100, "% of a core", 25, 8, 1),
        plain("start to first request of 1,000 users", result["first_requests"]["median"], "ms", 300, None, 0),
    ]
    return rows


def ratio(what, spread, bar, goal):
    return what, ranged(spread) + " ×", spread["median"], bar, goal


def plain(what, value, unit, bar, goal, digits=2):
    return what, f"{number(value, digits)} {unit}", value, bar, goal


def delivery(what, rows, bar, goal):
    values = sorted(row["error_p99_us"] / 1000 for row in rows)
    median = values[len(values) // 2]
    shown = f"{number(median)} [{number(values[0])}..{number(values[-1])}]"
    return what, shown, median, bar if bar is not None else float("inf"), goal


def markdown(result):
    facts = result["machine"]
    lines = [
        "# What load costs",
        "",
        f"Written by `bench/run` at {result['at']}; the raw figures are in `results.json`.",
        "",
        "| machine | |",
        "|---|---|",
        *(f"| {name.replace('_', ' ')} | {value} |" for name, value in facts.items()),
        f"| probe, µs | {ranged(result['probe_us'], 0)}, least {number(result['probe_us']['least'], 0)} |",
        "",
        "Server on CPU 0, generator on CPU 1, loopback, no TLS. Figures are median [10th..90th percentile].",
        "Ratios compare slices of one round in which the machine was in one speed state.",
        "",
        "| what | measured | bar | goal | |",
        "|---|---|---|---|---|",
    ]
    for what, shown, value, bar, goal in budget(result):
        bars = (number(limit, 2).rstrip("0").rstrip(".") if limit not in (None, float("inf")) else "" for limit in (bar, goal))
        lines.append(f"| {what} | {shown} | {' | '.join(bars)} | {verdict(value, bar, goal)} |")
    for title, name in (
        ("Closed loop: 64 connections, no think time, 200 B – 1 KB", "closed_loop"),
        ("Light load: the server answers after 20 ms, 64 connections", "light_load"),
        ("Streams: 1,000, an event of 65 bytes every 20 ms each", "streams"),
    ):
        lines += ["", f"## {title}", "", *table(result[name])]
    lines += ["", "## Many users in one process", "", *many(result["many"]), ""]
    lines += ["## Delivery", "", *deliveries(result), ""]
    lines += ["## Parts", "", "| part | ns | allocations |", "|---|---|---|"]
    for name, row in result["parts"].items():
        if isinstance(row, dict):
            lines.append(f"| {name} | {number(row['ns'], 1)} | {number(row['allocations'], 0)} |")
    return "\n".join(lines) + "\n"


def table(section):
    yield "| generator | CPU µs each | fast state | slow state | each second | generator CPU | server CPU | RSS MB | ratio |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, row in section["slices"].items():
        cells = [ranged(row["all"]), ranged(row["fast"]), ranged(row["slow"]), number(row["per_second"], 0)]
        cells += [f"{row['generator']:.0%}", f"{row['server']:.0%}", number(row["resident_mb"], 1)]
        yield f"| {name} | {' | '.join(cells)} | {ranged(section['ratio'][name])} |"


def many(section):
    yield "| users | KB each | RSS MB | start, ms CPU | CPU s in all | TTFT p50 / p99 ms | timers p99 ms | alive | failures |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, row in section.items():
        ttft = " / ".join(number(row[key] and row[key] / 1000, 1) for key in ("ttft_p50_us", "ttft_p99_us"))
        cells = [number(row["kb_per_user"]), number(row["resident_mb"], 1), number(row["start_ms_per_user"], 3)]
        cells += [number(row["load_cpu_s"], 1), ttft, number(row["lateness_p99_us"] / 1000, 1)]
        cells += [number(row["alive"], 0), sum(failure[2] for failure in row["failures"])]
        yield f"| {row['users']:,} {name.replace('_', ' ')} | {' | '.join(map(str, cells))} |"


def deliveries(result):
    yield "| streams | generator CPU | error p50 µs | p99 µs | most µs | TTFT p50 ms | p99 ms |"
    yield "|---|---|---|---|---|---|---|"
    for count in (1000, 3000):
        for row in result[f"delivery_{count}"]:
            errors = [number(row[f"error_{key}_us"], 0) for key in ("p50", "p99", "max")]
            ttft = [number(row[f"ttft_{key}_us"] / 1000, 1) for key in ("p50", "p99")]
            yield f"| {count:,} | {row['generator']:.0%} | {' | '.join(errors + ttft)} |"
