"""The programs that are compared: how to get them and how to call them."""

import os
import pathlib
import shutil
import subprocess

LOCUST = "2.47.0"
OHA = "1.16.0"

LOCUSTFILE = """
from locust import FastHttpUser, constant, task

class User(FastHttpUser):
    wait_time = constant(0)

    @task
    def threads(self):
        self.client.get("/threads")
"""


def install(root, long):
    """Gets what is missing and can be had; each failure costs a row, not the run."""
    packages = [name for name, found in (("wrk", shutil.which("wrk")), ("libmimalloc2.0", mimalloc())) if not found]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=False)
    if long and not oha(root):
        home = root / "target/bench-tools"
        command = ["cargo", "install", "oha", "--locked", "--version", OHA, "--root", home]
        subprocess.run([*command, "--target-dir", home / "build"], check=False)
    venv = root / "target/locust-venv"
    if not (venv / "bin/locust").exists():
        subprocess.run(["python3", "-m", "venv", venv], check=False)
        subprocess.run([venv / "bin/python", "-m", "pip", "install", "--quiet", f"locust=={LOCUST}"], check=False)


def oha(root):
    built = root / "target/bench-tools/bin/oha"
    return built if built.exists() else shutil.which("oha")


def locust(root):
    venv = root / "target/locust-venv/bin/locust"
    return venv if venv.exists() else None


def versions(root):
    """What was compared with what; None for a tool that is not here."""
    asked = {
        "wrk": [shutil.which("wrk"), "--version"],
        "oha": [oha(root), "--version"],
        "Locust": [locust(root), "--version"],
        "k6": [shutil.which("k6"), "version"],
    }
    return {name: version(command) for name, command in asked.items()} | {"Goose": None}


def version(command):
    if command[0] is None:
        return None
    result = subprocess.run(command, capture_output=True, text=True)
    lines = (result.stdout + result.stderr).strip().splitlines()
    return lines[0].split("[")[0].split(" from ")[0].strip() if lines else None


def ours(binaries, server, *more):
    return [binaries / "userloop", "--target", server.url, "--seconds", 60, *more]


def bare(binaries, server, *more):
    return [binaries / "hyperloop", *more, "--target", server.address, "--seconds", 60]


def closed_loop(binaries, root, server):
    """64 connections, no pauses. Ours sends its whole mix, the others GET /threads."""
    table = {"user": ours(binaries, server), "bare hyper": bare(binaries, server, "get")}
    if shutil.which("wrk"):
        table["wrk"] = ["wrk", "-t1", "-c64", "-d60", f"{server.url}/threads"]
    if oha(root):
        table["oha"] = [oha(root), "--no-tui", "-c64", "-z60s", f"{server.url}/threads"]
    return table


def slow_peers(binaries, root, server):
    table = {"user": ours(binaries, server)}
    if shutil.which("k6"):
        script = root / "target/bench_k6.js"
        script.write_text(f'import http from "k6/http";\nexport default () => http.get("{server.url}/threads");\n')
        table["k6"] = ["k6", "run", "--quiet", "--vus", "64", "--duration", "60s", script]
    if locust(root):
        script = root / "target/bench_locust.py"
        script.write_text(LOCUSTFILE)
        flags = ["--headless", "-u", "64", "-r", "64", "-H", server.url, "--only-summary"]
        table["Locust FastHttpUser"] = [locust(root), "-f", script, *flags]
    return table


def allocators(binaries, server):
    table = {"user": ours(binaries, server)}
    if mimalloc():
        table["user with mimalloc"] = ["env", f"LD_PRELOAD={mimalloc()}", *ours(binaries, server)]
    return table


def mimalloc():
    """Debian's libmimalloc2.0, to be loaded before the system's allocator."""
    return next(map(str, pathlib.Path("/usr/lib").glob("*/libmimalloc.so.2.*")), None)


def light_load(binaries, server):
    """Bare hyper and our user, 64 connections whose answers take 20 ms."""
    table = {"user": ours(binaries, server), "bare hyper": bare(binaries, server, "get")}
    if shutil.which("wrk"):
        table["wrk"] = ["wrk", "-t1", "-c64", "-d60", f"{server.url}/threads"]
    return table


def streams(binaries, server, count):
    many = ["--users", count, "--spread-ms", 1000]
    return {
        "user": ours(binaries, server, "--class", "stream", *many),
        "bare hyper": bare(binaries, server, "sse", *many),
    }
