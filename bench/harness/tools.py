"""The commands that are compared."""

import shutil

LOCUSTFILE = """
from locust import FastHttpUser, constant, task

class User(FastHttpUser):
    wait_time = constant(0)

    @task
    def threads(self):
        self.client.get("/threads")
"""


def ours(binaries, server, *more):
    return [binaries / "userloop", "--target", server.url, "--seconds", 60, *more]


def bare(binaries, server, *more):
    return [binaries / "hyperloop", *more, "--target", server.address, "--seconds", 60]


def wrk(server):
    return ["wrk", "-t1", "-c64", "-d60", f"{server.url}/threads"]


def closed_loop(binaries, root, server):
    """64 connections, no pauses. Ours sends its whole mix, the others GET /threads."""
    table = {"bare hyper": bare(binaries, server, "get"), "user": ours(binaries, server)}
    if shutil.which("wrk"):
        table["wrk"] = wrk(server)
    if shutil.which("oha"):
        table["oha"] = ["oha", "--no-tui", "-c64", "-z60s", f"{server.url}/threads"]
    if shutil.which("k6"):
        script = root / "target/bench_k6.js"
        script.write_text(f'import http from "k6/http";\nexport default () => http.get("{server.url}/threads");\n')
        table["k6"] = ["k6", "run", "--quiet", "--vus", "64", "--duration", "60s", script]
    locust = root / "target/locust-venv/bin/locust"
    if locust.exists():
        script = root / "target/bench_locust.py"
        script.write_text(LOCUSTFILE)
        table["Locust FastHttpUser"] = [
            locust, "-f", script, "--headless", "-u", "64", "-r", "64", "-H", server.url, "--only-summary",
        ]
    return table


def light_load(binaries, server):
    table = {"bare hyper": bare(binaries, server, "get"), "user": ours(binaries, server)}
    if shutil.which("wrk"):
        table["wrk"] = wrk(server)
    return table


def streams(binaries, server, count):
    many = ["--users", count, "--spread-ms", 1000]
    return {
        "bare hyper": bare(binaries, server, "sse", *many),
        "user": ours(binaries, server, "--class", "stream", *many),
    }
