"""Worker processes in network namespaces of their own against one responder in another."""

import contextlib
import json
import os
import subprocess
import tempfile
import time

USERS = 64
SECONDS = 8


def ip(command):
    subprocess.run(["ip", *command.split()], check=True)


@contextlib.contextmanager
def network(hosts):
    """A bridge with hosts 10.78.0.1, 10.78.0.2 …; all of it inside namespaces, gone at the end."""
    name = f"ltb-{os.getpid()}"
    names = [f"{name}-{place}" for place in range(hosts + 1)]
    try:
        for namespace in names:
            ip(f"netns add {namespace}")
            ip(f"-n {namespace} link set lo up")
        ip(f"-n {names[0]} link add br0 type bridge")
        ip(f"-n {names[0]} link set br0 up")
        for place, namespace in enumerate(names[1:], 1):
            ip(f"link add eth0 netns {namespace} type veth peer name h{place} netns {names[0]}")
            ip(f"-n {names[0]} link set h{place} master br0 up")
            ip(f"-n {namespace} addr add 10.78.0.{place}/24 dev eth0")
            ip(f"-n {namespace} link set eth0 up")
        yield [["ip", "netns", "exec", namespace] for namespace in names[1:]]
    finally:
        for namespace in names:
            subprocess.run(["ip", "netns", "del", namespace], stderr=subprocess.DEVNULL)


def run(binaries, workers):
    """One run: what the server counted, what the report says, what it cost."""
    environment = dict(os.environ, LOADTEST_TOKEN="bench-only")
    with network(workers + 2) as hosts, tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        def start(host, *command):
            process = subprocess.Popen(
                [*host, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
            )
            running.callback(lambda: (process.kill(), process.wait()))
            return process

        server = start(hosts[0], binaries / "responder", "--listen", "10.78.0.1:8000")
        server.stdout.readline()
        controller = start(
            hosts[1], binaries / "controller", "-H", "http://10.78.0.1:8000", "--bind", "10.78.0.2:5557",
            "--classes", "crud", "-u", USERS, "-r", 1000, "-t", f"{SECONDS}s", "--think", "0", "--quiet",
            "--expect-workers", workers, "--results", folder, "--json", f"{folder}/report.json",
        )
        time.sleep(0.5)
        links = [start(host, binaries / "worker", "--controller", "10.78.0.2:5557", "--threads", 1) for host in hosts[2:]]
        controller.communicate(timeout=SECONDS + 60)
        for worker in links:
            worker.wait(timeout=30)
        counted = server_count(hosts[0])
        report = json.loads(open(f"{folder}/report.json").read())
        reported = sum(endpoint["count"] for endpoint in report["endpoints"])
        return {
            "workers": workers,
            "exit": controller.returncode,
            "server": counted,
            "report": reported,
            # The one request by which the controller looks whether the API is there.
            "exact": counted == reported + 1,
            "per_second": reported / SECONDS,
            "failures": sum(endpoint["failures"] for endpoint in report["endpoints"]),
        }


def server_count(host):
    program = "import urllib.request; print(urllib.request.urlopen('http://10.78.0.1:8000/count', timeout=9).read().decode())"
    answer = subprocess.run([*host, "python3", "-c", program], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)["requests"]
