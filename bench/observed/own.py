"""What the observed software's own tools say, ten times a second, beside the run."""

import contextlib
import http.client
import json
import pathlib
import re
import socket
import subprocess
import threading
import time
import urllib.request

EVERY_S = 0.1


class Watch:
    """Asks a tool over and over; `said` has (time, {series: value}) of each answer."""

    def __init__(self, tool):
        self.tool, self.said, self.over = tool, [], threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.over.wait(EVERY_S):
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                self.said.append((time.time(), self.tool()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(10)


def text(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


class Psql:
    """psql, at another database of the server, so that it is in no count of the service's sessions."""

    QUERY = """
        SELECT 'sessions ' || s, (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname =
          'postgres' AND application_name <> 'loadtest-observer' AND state = s) FROM unnest(ARRAY['active', 'idle', 'idle in transaction']) s
        UNION ALL SELECT 'all ' || s, (SELECT count(*) FROM pg_stat_activity WHERE state = s)
          FROM unnest(ARRAY['idle in transaction']) s
        UNION ALL SELECT 'connections', count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
        UNION ALL SELECT 'most', current_setting('max_connections')::int
        UNION ALL SELECT 'transactions', xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'postgres'
        UNION ALL SELECT 'end', 0;
    """

    def __init__(self, host, port):
        command = ["psql", "-AtXq", "-h", host, "-p", str(port), "-U", "twin", "template1"]
        self.psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self):
        self.psql.stdin.write(" ".join(self.QUERY.split()) + "\n")
        self.psql.stdin.flush()
        said = {}
        while "end" not in said:
            name, _, value = self.psql.stdout.readline().strip().rpartition("|")
            said[name] = float(value)
        return said

    def close(self):
        self.psql.stdin.close()
        self.psql.wait(10)


def proc():
    """The system's own files, as top and free read them."""
    first = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    modes = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    memory = dict(re.findall(r"(\w+): +(\d+) kB", pathlib.Path("/proc/meminfo").read_text()))
    return {mode: int(ticks) / 100 for mode, ticks in zip(modes, first)} | {
        "load1": float(pathlib.Path("/proc/loadavg").read_text().split()[0]),
        "available": int(memory["MemAvailable"]) * 1024, "total": int(memory["MemTotal"]) * 1024,
    }


def stub_status(url):
    """nginx' own page."""
    numbers = [int(number) for number in re.findall(r"\d+", text(url))]
    names = ("active", "accepts", "handled", "requests", "reading", "writing", "waiting")
    said = dict(zip(names, numbers))
    # This question is a connection of its own, and finds that of the exporter waiting, which finds itself writing.
    return said | {"active": said["active"] - 1, "waiting": said["waiting"] - 1}


def slots(url):
    """The slots of llama.cpp's server."""
    return {"processing": sum(slot["is_processing"] for slot in json.loads(text(f"{url}/slots")))}


class Daemon(http.client.HTTPConnection):
    """Docker's daemon."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect("/var/run/docker.sock")


def stats(container):
    """What `docker stats` reads."""
    daemon = Daemon("docker")
    daemon.request("GET", f"/containers/{container}/stats?stream=false&one-shot=true")
    said = json.loads(daemon.getresponse().read())
    daemon.close()
    throttling = said["cpu_stats"]["throttling_data"]
    return {
        "cpu": said["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9, "memory": said["memory_stats"]["usage"],
        "periods": throttling["periods"], "throttled": throttling["throttled_periods"],
        "threads": said["pids_stats"]["current"],
    }
